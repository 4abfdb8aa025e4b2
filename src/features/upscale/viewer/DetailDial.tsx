import { fullDetail } from '../../../imaging/detail.ts';
import { faithfulMethod, isDetailed, methodTitle } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import type { QueueItem } from '../../../store/queue.ts';
import type { AppState } from '../../../store/state.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatSeconds } from '../../ui/format.ts';
import measured from './detail-curve.json' with { type: 'json' };
import styles from './detail-dial.module.css';
import shapes from './stage.module.css';

interface CurvePoint {
  readonly detail: number;
  readonly psnr_y: number;
  readonly lpips_alex: number;
}

/** LR pictures as photographs from the net: `python -m trainer dial` measures them, as it does others. */
const { curve, advised } = measured['realesrgan-test'];
const metrics = { psnr_y: 'PSNR-Y', lpips_alex: 'LPIPS' } as const;
type Metric = keyof typeof metrics;

/** Points of an SVG line, 100 wide and 20 high: the better, the higher. */
export function curveLine(points: readonly CurvePoint[], metric: Metric): string {
  const values = points.map((point) => (metric === 'lpips_alex' ? -point[metric] : point[metric]));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return points
    .map(({ detail }, i) => `${detail},${(19 - (18 * ((values[i] ?? 0) - least)) / (most - least || 1)).toFixed(2)}`)
    .join(' ');
}

/** The measured scores at a place between two measured ones. */
export function scoreAt(points: readonly CurvePoint[], detail: number, metric: Metric): number {
  const above = points.findIndex((point) => point.detail >= detail);
  const [low, high] = [points[Math.max(0, above - 1)], points[above]];
  if (!low || !high) return Number.NaN;
  const part = high.detail === low.detail ? 0 : (detail - low.detail) / (high.detail - low.detail);
  return low[metric] + part * (high[metric] - low[metric]);
}

function Curve({ detail }: { readonly detail: number }) {
  const at = (metric: Metric, digits: number) => scoreAt(curve, detail, metric).toFixed(digits);
  return (
    <figure className={styles.curve}>
      <svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
        <polyline points={curveLine(curve, 'psnr_y')} data-metric="psnr_y" />
        <polyline points={curveLine(curve, 'lpips_alex')} data-metric="lpips_alex" />
        <line x1={advised} x2={advised} y1={0} y2={20} />
      </svg>
      <figcaption title="Means over 64 photographs that no network has seen, reduced as Real-ESRGAN’s test set is. Both lines rise where the picture gets better; the mark is the place that the measurements advise.">
        <span data-metric="psnr_y">PSNR-Y {at('psnr_y', 2)} dB</span>
        <span data-metric="lpips_alex">LPIPS {at('lpips_alex', 3)}</span>
      </figcaption>
    </figure>
  );
}

function FaithfulNote({ item }: { readonly item: QueueItem }) {
  const { makeFaithful, cancel } = useActions();
  const { faithful, image } = item;
  switch (faithful.state) {
    case 'running':
      return (
        <p className={styles.note} role="status">
          <progress aria-label="Making the faithful picture" value={faithful.share} max={1} />
          {methodTitle(faithfulMethod)}
          {faithful.etaSeconds === null ? '' : `, ${formatSeconds(faithful.etaSeconds)} left`}
          <Button look="quiet" onClick={() => cancel(image.id)}>
            Cancel
          </Button>
        </p>
      );
    case 'failed':
      return (
        <p className={styles.note} role="alert">
          {faithful.message}{' '}
          <Button look="quiet" onClick={() => makeFaithful(image.id)}>
            Try again
          </Button>
        </p>
      );
    default:
      return null;
  }
}

/** Whether an image can be blended: made by a student, where the weights have the faithful method too. */
export const canBlend = ({ queue, engine }: AppState): boolean => {
  const item = queue.items[queue.selected ?? ''];
  const hasFaithful = engine.ready?.methods.includes(faithfulMethod) ?? false;
  return hasFaithful && item?.state === 'done' && item.result !== null && isDetailed(item.result.options.method);
};

/**
 * From the faithful picture of regression to the detailed one of the method that ran. The first turn runs the faithful method; from
 * then on the dial only blends.
 */
export function DetailDial() {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  const isBlendable = useAppState(canBlend);
  const { setDetail } = useActions();
  if (!item?.result || !isBlendable) return null;
  const { detail, image, result } = item;
  return (
    <div className={`${shapes.floating} ${styles.dial}`}>
      <label htmlFor="detail">Detail</label>
      <span className={styles.end}>faithful</span>
      <div className={styles.track}>
        {result.options.method === 'ours' && <Curve detail={detail} />}
        <input
          id="detail"
          type="range"
          min={0}
          max={fullDetail}
          value={detail}
          aria-valuetext={`${detail} % detail`}
          onChange={(event) => setDetail(image.id, event.target.valueAsNumber)}
        />
      </div>
      <span className={styles.end}>detailed</span>
      <output htmlFor="detail">{detail} %</output>
      <FaithfulNote item={item} />
    </div>
  );
}
