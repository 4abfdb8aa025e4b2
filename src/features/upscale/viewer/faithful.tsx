/** The uses of the faithful picture: the dial that blends it in, and the map of what the result has beyond it. */

import { Download } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { stem } from '../../../formats/names.ts';
import { fullDetail, type InventionFacts, spreadSeeds } from '../../../imaging/detail.ts';
import { heatStops } from '../../../imaging/heat-map.ts';
import type { InventionMeasure, OnDemandState } from '../../../protocol/upscale.ts';
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
import { RedoButton } from './ViewerFooter.tsx';
import type { Viewer } from './viewer.ts';

interface OnDemandNoteProps {
  readonly state: OnDemandState;
  /** Said beside the progress. */
  readonly name: string;
  /** Of the progress, for screen readers. */
  readonly making: string;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
}

/** The progress of something beside the result, or why it failed. */
function OnDemandNote({ state, name, making, onCancel, onAgain }: OnDemandNoteProps) {
  switch (state.state) {
    case 'running':
      return (
        <p className={styles.note} role="status">
          <progress aria-label={making} value={state.share} max={1} />
          {name}
          {state.etaSeconds === null ? '' : `, ${formatSeconds(state.etaSeconds)} left`}
          <Button look="quiet" onClick={onCancel}>
            Cancel
          </Button>
        </p>
      );
    case 'failed':
      return (
        <p className={styles.note} role="alert">
          {state.message}{' '}
          <Button look="quiet" onClick={onAgain}>
            Try again
          </Button>
        </p>
      );
    default:
      return null;
  }
}

function FaithfulNote({ item: { faithful, image } }: { readonly item: QueueItem }) {
  const { makeFaithful, cancel } = useActions();
  return (
    <OnDemandNote
      state={faithful}
      name={methodTitle(faithfulMethod)}
      making="Making the faithful picture"
      onCancel={() => cancel(image.id)}
      onAgain={() => makeFaithful(image.id)}
    />
  );
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

/** The dial turns no further before the map is measured anew. */
const settleMilliseconds = 150;

interface InventionLegendProps {
  readonly viewer: RefObject<Viewer | null>;
  readonly item: QueueItem;
}

const measures: Readonly<Record<InventionMeasure, string>> = {
  faithful: `beyond ${methodTitle(faithfulMethod)}`,
  seeds: 'spread over seeds',
};

/** Runs the method with other seeds, after saying what it costs. */
function SpreadRun({ item: { image, spread, result } }: { readonly item: QueueItem }) {
  const { engine, actions } = useApp();
  const run = () => engine.send({ type: 'run-spread', id: image.id });
  return (
    <>
      {spread.state === 'none' && (
        <Button onClick={run}>
          Measure it: {spreadSeeds} more runs, about {formatSeconds(spreadSeeds * (result?.seconds ?? 0))}
        </Button>
      )}
      <OnDemandNote
        state={spread}
        name={`${spreadSeeds} other seeds`}
        making="Running other seeds"
        onCancel={() => actions.cancel(image.id)}
        onAgain={run}
      />
    </>
  );
}

/**
 * Shows a map of the result in its place, with the scale of its colours: what the picture on screen has beyond the faithful one, or
 * how far results of other seeds are from the result, wherever the dial stands.
 */
export function InventionLegend({ viewer, item }: InventionLegendProps) {
  const { engine, actions } = useApp();
  const [of, setOf] = useState<InventionMeasure>('faithful');
  const [full, setFull] = useState(16);
  const [facts, setFacts] = useState<InventionFacts | null>(null);
  const { id, name } = item.image;
  const { state } = of === 'seeds' ? item.spread : item.faithful;

  const detail = of === 'seeds' ? fullDetail : item.detail;

  useEffect(() => {
    if (state !== 'ready') return setFacts(null);
    const ask = () => engine.send({ type: 'map-invention', id, of, full, detail });
    const timer = setTimeout(ask, settleMilliseconds);
    return () => clearTimeout(timer);
  }, [engine, id, of, state, full, detail]);
  useEffect(() => {
    const stop = engine.listen((event) => {
      if (event.type === 'invention' && event.id === id && event.of === of) setFacts(event.facts);
    });
    return stop;
  }, [engine, id, of]);
  const isKnown = facts !== null;
  useEffect(() => {
    const shown = viewer.current;
    shown?.showInvention(isKnown);
    return () => shown?.showInvention(false);
  }, [viewer, isKnown]);

  const choose = (measure: InventionMeasure) => {
    setFacts(null);
    setOf(measure);
  };
  const download = async () => {
    const file = await viewer.current?.inventionFile();
    if (file) save(`${stem(name)}-${of === 'seeds' ? 'spread' : 'invented'}.png`, file);
  };
  return (
    <section className={`${shapes.floating} ${legend.legend}`} aria-label="What was invented">
      <select
        aria-label="Measure of the map"
        value={of}
        onChange={({ target }) => choose(target.value === 'seeds' ? 'seeds' : 'faithful')}
      >
        {Object.entries(measures).map(([measure, text]) => (
          <option key={measure} value={measure}>
            {text}
          </option>
        ))}
      </select>
      <p>
        {of === 'seeds'
          ? 'Dark: other seeds give the same. Bright: guessed, other seeds give something else. Of the result with all detail, whatever the dial and the brush say.'
          : `Dark: supported by the input. Bright: invented, beyond ${methodTitle(faithfulMethod)}, the student that was taught to be faithful.`}
        {of === 'faithful' && !facts && state !== 'none' && state !== 'failed' && ' It is being measured.'}
      </p>
      {of === 'seeds' && <SpreadRun item={item} />}
      {of === 'faithful' && (state === 'none' || state === 'failed') && (
        <Button onClick={() => actions.makeFaithful(id)}>Measure it</Button>
      )}
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
      <RedoButton item={item} />
    </section>
  );
}
