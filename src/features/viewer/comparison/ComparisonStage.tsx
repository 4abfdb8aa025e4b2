import { type ReactNode, useEffect, useRef, useState } from 'react';
import { heatStops } from '../../../imaging/heat-map.ts';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { type CompareView, type ErrorScale, errorScales } from '../../../store/view.ts';
import { arrowChange, takesArrows } from '../controls.ts';
import { SplitLine } from '../sliders.tsx';
import { percentText, type Size } from '../transform.ts';
import shapes from '../viewer.module.css';
import styles from './comparison.module.css';
import { ComparisonViewer, type Subject } from './comparison-viewer.ts';
import { aimChange } from './keys.ts';

/** The colours from nothing to a full scale. */
export const HeatBar = () => (
  <span className={styles.bar} style={{ background: `linear-gradient(90deg, ${heatStops.join(', ')})` }} />
);

export interface ErrorFacts {
  /** Of the scale: 8-bit levels, or FLIP's 0 … 1. */
  readonly mean: number;
  readonly most: number;
}

const flipExplained =
  'What a viewer sees change when the two pictures alternate, 0 to 1, at the distance of a desk: 67 pixels a degree.';

interface ErrorLegendProps {
  readonly full: ErrorScale;
  /** Null: not known yet. */
  readonly facts: ErrorFacts | null;
  readonly onFull: (full: ErrorScale) => void;
}

function factsOf(full: ErrorScale, facts: ErrorFacts | null): string {
  const [unit, ofMean, ofMost] = full === 'flip' ? (['FLIP error', 3, 2] as const) : (['of 255', 2, 1] as const);
  return facts ? `${unit}; mean ${facts.mean.toFixed(ofMean)}, most ${facts.most.toFixed(ofMost)}` : unit;
}

/** The scale of the error map's colours, with its mean and largest value. */
export function ErrorLegend({ full, facts, onFull }: ErrorLegendProps) {
  return (
    <div className={styles.legend}>
      <span>0</span>
      <HeatBar />
      <select
        aria-label="Measure and full scale of the error map"
        value={full}
        onChange={({ target }) => onFull(errorScales.find((scale) => String(scale) === target.value) ?? full)}
      >
        {errorScales.map((scale) => (
          <option key={scale} value={scale}>
            {scale === 'flip' ? 'visible difference (FLIP)' : scale}
          </option>
        ))}
      </select>
      <span className={styles.heatFacts} role="status" title={full === 'flip' ? flipExplained : undefined}>
        {factsOf(full, facts)}
      </span>
    </div>
  );
}

interface ComparisonStageProps {
  readonly view: CompareView;
  readonly onView: (change: Partial<CompareView>) => void;
  /** Of the LR picture; null: there is none yet. */
  readonly image: Size | null;
  /** Null: there is nothing to compare yet. */
  readonly pair: readonly [CompareLayer, CompareLayer] | null;
  /** Those side by side. */
  readonly several: readonly CompareLayer[];
  readonly titleOf: (layer: CompareLayer) => string;
  /** Facts beside a picture's name in its corner. */
  readonly factsOf: (layer: CompareLayer) => ReactNode;
  /** Of the error map. */
  readonly legend: ReactNode;
  /** The state that is painted, whenever something has changed. */
  readonly subject: () => Subject | null;
  /** Tells of every change of the subject; returns the function that stops. */
  readonly listen: (changed: () => void) => () => void;
}

/** The canvas, the names and numbers over it, and its arrow keys. */
export function ComparisonStage(props: ComparisonStageProps) {
  const { view, onView, image, pair, several, titleOf, factsOf, legend, listen } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [grid, setGrid] = useState({ columns: 1, rows: 1 });

  useEffect(() => {
    if (!canvas.current) return;
    const viewer = new ComparisonViewer(canvas.current, {
      subject: () => latest.current.subject(),
      changeView: (change) => latest.current.onView(change),
      showGrid: (columns, rows) => setGrid({ columns, rows }),
    });
    const stop = listen(() => viewer.update());
    return () => {
      stop();
      viewer.destroy();
    };
  }, [listen]);

  const press = (event: React.KeyboardEvent) => {
    if (!image || takesArrows(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const change = event.shiftKey ? aimChange(event.key, view, image) : arrowChange(event.key, view, image);
    if (!change) return;
    event.preventDefault();
    onView(change);
  };

  const isGrid = view.mode === 'side-by-side';
  const [left, right] = pair ?? [null, null];
  const shown = isGrid ? several : view.held && right ? [right] : view.mode === 'blink' && left ? [left] : [];
  const words = !pair
    ? 'no picture'
    : isGrid
      ? several.map(titleOf).join(', ')
      : `${titleOf(pair[0])} and ${titleOf(pair[1])}, ${view.mode}`;
  // Before a run both sides are the same picture: a key by it alone would leave one of the two behind.
  const label = (layer: CompareLayer, key: string = layer) => (
    <p key={key} className={styles.label}>
      <strong className={styles.name}>{titleOf(layer)}</strong>
      {factsOf(layer)}
    </p>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: an application to screen readers, so that the arrow keys reach it
    <div className={shapes.stage} role="application" aria-label="Comparison viewer" tabIndex={0} onKeyDown={press}>
      <canvas
        ref={canvas}
        className={`${shapes.canvas} ${styles.canvas}`}
        role="img"
        aria-label={`${words}, at ${percentText(view.zoom)} %`}
      />
      {pair && view.mode === 'slider' && !view.held && (
        <>
          <SplitLine
            slider={view.slider}
            before={titleOf(pair[0])}
            after={titleOf(pair[1])}
            onMove={(slider) => onView({ slider })}
          />
          <div className={styles.ends}>
            {label(pair[0], 'left')}
            {label(pair[1], 'right')}
          </div>
        </>
      )}
      {pair && view.mode === 'difference' && legend}
      {shown.length > 0 && (
        <div
          className={styles.grid}
          style={{
            gridTemplateColumns: `repeat(${isGrid ? grid.columns : 1}, minmax(0, 1fr))`,
            gridTemplateRows: `repeat(${isGrid ? grid.rows : 1}, minmax(0, 1fr))`,
          }}
        >
          {shown.map((layer) => label(layer))}
        </div>
      )}
    </div>
  );
}
