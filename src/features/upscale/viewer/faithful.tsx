/** The uses of the faithful picture: the dial that blends it in, and the map of what the result has beyond it. */

import { Download } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { stem } from '../../../formats/names.ts';
import type { InventionFacts } from '../../../imaging/detail.ts';
import { heatStops } from '../../../imaging/heat-map.ts';
import { faithfulMethod, isDetailed, methodTitle } from '../../../report/methods.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import type { QueueItem } from '../../../store/queue.ts';
import type { AppState } from '../../../store/state.ts';
import { heatScales } from '../../../store/view.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatSeconds } from '../../ui/format.ts';
import { save } from '../../ui/save.ts';
import styles from '../../viewer/detail-slider.module.css';
import { DetailSlider } from '../../viewer/sliders.tsx';
import legend from './invention-legend.module.css';
import shapes from './stage.module.css';
import type { Viewer } from './viewer.ts';

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

interface InventionLegendProps {
  readonly viewer: RefObject<Viewer | null>;
  readonly item: QueueItem;
}

/** Shows the map of what was invented in the result's place, with the scale of its colours. It needs the faithful picture. */
export function InventionLegend({ viewer, item }: InventionLegendProps) {
  const { engine, actions } = useApp();
  const [full, setFull] = useState(16);
  const [facts, setFacts] = useState<InventionFacts | null>(null);
  const { id, name } = item.image;
  const { state } = item.faithful;

  useEffect(() => {
    if (state === 'ready') engine.send({ type: 'map-invention', id, full });
  }, [engine, id, state, full]);
  useEffect(() => {
    const stop = engine.listen((event) => {
      if (event.type === 'invention' && event.id === id) setFacts(event.facts);
    });
    return stop;
  }, [engine, id]);
  useEffect(() => {
    const shown = viewer.current;
    shown?.showInvention(true);
    return () => shown?.showInvention(false);
  }, [viewer]);

  const download = async () => {
    const file = await viewer.current?.inventionFile();
    if (file) save(`${stem(name)}-invented.png`, file);
  };
  return (
    <section className={`${shapes.floating} ${legend.legend}`} aria-label="What was invented">
      <p>
        Invented: what {methodTitle(faithfulMethod)} does not have.
        {!facts && state !== 'none' && state !== 'failed' && ' It is being measured.'}
      </p>
      {(state === 'none' || state === 'failed') && <Button onClick={() => actions.makeFaithful(id)}>Measure it</Button>}
      <span>0</span>
      <span className={legend.bar} style={{ background: `linear-gradient(90deg, ${heatStops.join(', ')})` }} />
      <select
        aria-label="Full scale of the map in 8-bit levels"
        value={full}
        onChange={(event) => setFull(Number(event.target.value))}
      >
        {heatScales.map((scale) => (
          <option key={scale} value={scale}>
            {scale}
          </option>
        ))}
      </select>
      <span role="status">
        of 255
        {facts
          ? `; mean ${facts.mean.toFixed(1)}, most ${facts.most.toFixed(0)}; against the input ${facts.againstInput.toFixed(1)}`
          : ''}
      </span>
      <IconButton icon={Download} label="Download the map" disabled={!facts} onClick={() => void download()} />
    </section>
  );
}
