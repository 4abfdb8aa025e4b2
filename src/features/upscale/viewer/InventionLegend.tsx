import { Download } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { stem } from '../../../formats/names.ts';
import type { InventionFacts } from '../../../imaging/detail.ts';
import { heatStops } from '../../../imaging/heat-map.ts';
import { faithfulMethod, methodTitle } from '../../../report/methods.ts';
import { useApp } from '../../../store/context.ts';
import type { QueueItem } from '../../../store/queue.ts';
import { heatScales } from '../../../store/view.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { save } from '../../ui/save.ts';
import styles from './invention-legend.module.css';
import shapes from './stage.module.css';
import type { Viewer } from './viewer.ts';

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
    <section className={`${shapes.floating} ${styles.legend}`} aria-label="What was invented">
      <p>
        Invented: what {methodTitle(faithfulMethod)} does not have.
        {!facts && state !== 'none' && state !== 'failed' && ' It is being measured.'}
      </p>
      {(state === 'none' || state === 'failed') && <Button onClick={() => actions.makeFaithful(id)}>Measure it</Button>}
      <span>0</span>
      <span className={styles.bar} style={{ background: `linear-gradient(90deg, ${heatStops.join(', ')})` }} />
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
