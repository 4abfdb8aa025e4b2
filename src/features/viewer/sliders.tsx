/** The sliders over a picture: the line between two of them, and the dial of their detail. */
import { MoveHorizontal } from 'lucide-react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { fullDetail } from '../../imaging/detail.ts';
import { sliderChange } from './controls.ts';
import measured from './detail-curve.json' with { type: 'json' };
import styles from './detail-slider.module.css';
import shapes from './viewer.module.css';

interface SplitLineProps {
  /** 0 (left) … 1 (right). */
  readonly slider: number;
  /** Names of the pictures to the left and to the right of it. */
  readonly before: string;
  readonly after: string;
  readonly onMove: (slider: number) => void;
}

/** The line between two pictures. Only the line and its grip take the pointer: everywhere else the picture pans. */
export function SplitLine({ slider, before, after, onMove }: SplitLineProps) {
  const percent = Math.round(slider * 100);

  const grab = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    event.preventDefault();
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) onMove(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  const press = (event: KeyboardEvent) => {
    const next = sliderChange(event.key, slider);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(next);
  };

  return (
    <div
      className={shapes.slider}
      style={{ left: `${slider * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label="Comparison line"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} % ${before}, ${100 - percent} % ${after}`}
      onPointerDown={grab}
      onPointerMove={drag}
      onKeyDown={press}
    >
      <span className={shapes.grip}>
        <MoveHorizontal size={16} aria-hidden="true" />
      </span>
    </div>
  );
}

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
      <figcaption title="Means over 64 photographs that no network has seen, reduced as Real-ESRGAN’s test set is.">
        <span>Typical, not of this picture: the mean over 64 photographs. Both lines rise where it gets better.</span>
        <span data-line="psnr_y">Closer to the pixels: PSNR-Y {at('psnr_y', 2)} dB, more is better</span>
        <span data-line="lpips_alex">Closer in looks: LPIPS {at('lpips_alex', 3)}, less is better</span>
        <span data-line="advised">Advised: {advised} %</span>
      </figcaption>
    </figure>
  );
}

interface DetailSliderProps {
  readonly id: string;
  /** 0 … 100. */
  readonly detail: number;
  /** The curve is of blends of l2 and ours. */
  readonly hasCurve: boolean;
  readonly onDetail: (detail: number) => void;
}

/** The dial from a faithful picture to a detailed one, with the measured curve of both metrics and the place that it advises. */
export function DetailSlider({ id, detail, hasCurve, onDetail }: DetailSliderProps) {
  return (
    <>
      <label htmlFor={id}>Detail</label>
      <span className={styles.end}>faithful</span>
      <div className={styles.track}>
        {hasCurve && <Curve detail={detail} />}
        <input
          id={id}
          type="range"
          min={0}
          max={fullDetail}
          value={detail}
          aria-valuetext={`${detail} % detail`}
          onChange={(event) => onDetail(event.target.valueAsNumber)}
        />
      </div>
      <span className={styles.end}>detailed</span>
      <output htmlFor={id}>{detail} %</output>
    </>
  );
}
