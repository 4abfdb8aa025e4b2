import { faithfulMethod, isDetailed, methodTitle } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import type { QueueItem } from '../../../store/queue.ts';
import type { AppState } from '../../../store/state.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatSeconds } from '../../ui/format.ts';
import styles from '../../viewer/detail-slider.module.css';
import { DetailSlider } from '../../viewer/sliders.tsx';
import shapes from './stage.module.css';

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
      <DetailSlider
        id="detail"
        detail={detail}
        hasCurve={result.options.method === 'ours'}
        onDetail={(value) => setDetail(image.id, value)}
      />
      <FaithfulNote item={item} />
    </div>
  );
}
