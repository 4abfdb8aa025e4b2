import { useEffect, useRef, useState } from 'react';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import { shownPair } from '../../../store/view.ts';
import { formatMilliseconds, formatPsnr } from '../../ui/format.ts';
import { SplitLine } from '../../viewer/SplitLine.tsx';
import { percentText } from '../../viewer/transform.ts';
import { arrowChange } from '../../viewer/view-keys.ts';
import shapes from '../../viewer/viewer.module.css';
import { aimChange } from '../keys.ts';
import { layersOf, panesOf, useComparePictures, useResultOf, useTitles } from '../use-compare.ts';
import { ComparisonViewer, subjectOf } from './comparison-viewer.ts';
import { HeatLegend } from './HeatLegend.tsx';
import styles from './stage.module.css';

/** A pane's picture by name, and its numbers. */
function PaneLabel({ layer }: { readonly layer: CompareLayer }) {
  const titleOf = useTitles();
  const result = useResultOf(layer);
  const psnr = result?.scores?.psnrY;
  return (
    <p className={styles.label}>
      <strong className={styles.name}>{titleOf(layer)}</strong>
      {psnr !== undefined && <span>{formatPsnr(psnr)}</span>}
      {result && <span>{formatMilliseconds(result.ms)}</span>}
    </p>
  );
}

/** The canvas, the names and numbers over it, and its arrow keys. */
export function CompareStage() {
  const app = useApp();
  const { store, actions } = app;
  const canvas = useRef<HTMLCanvasElement>(null);
  const compare = useAppState((state) => state.compare);
  const pictures = useComparePictures();
  const titleOf = useTitles();
  const [grid, setGrid] = useState({ columns: 1, rows: 1 });
  const { view, state } = compare;
  const layers = layersOf(compare, pictures.layers);
  const pair = shownPair(view, layers);
  const [left, right] = pair ?? [null, null];
  const asked = view.mode === 'difference' && left !== null && right !== null;
  const known = asked && pictures.difference(right, left, view.full) !== null;

  useEffect(() => {
    if (!canvas.current) return;
    const viewer = new ComparisonViewer(canvas.current, {
      subject: () => subjectOf({ store, pictures }),
      changeView: actions.setCompareView,
      showGrid: (columns, rows) => setGrid({ columns, rows }),
    });
    const stops = [
      store.subscribe((now, before) => now.compare !== before.compare && viewer.update()),
      pictures.listen(() => viewer.update()),
    ];
    return () => {
      for (const stop of stops) stop();
      viewer.destroy();
    };
  }, [store, pictures, actions]);

  useEffect(() => {
    if (asked && !known) actions.askDifference(right, left, view.full);
  }, [asked, known, left, right, view.full, actions]);

  const press = (event: React.KeyboardEvent) => {
    if (!state?.prepared || event.ctrlKey || event.metaKey || event.altKey) return;
    const change = event.shiftKey
      ? aimChange(event.key, view, state.prepared)
      : arrowChange(event.key, view, state.prepared);
    if (!change) return;
    event.preventDefault();
    actions.setCompareView(change);
  };

  const several = view.mode === 'side-by-side';
  const shown = several ? panesOf(layers) : view.held && right ? [right] : view.mode === 'blink' && left ? [left] : [];
  const words = !pair
    ? 'no picture'
    : several
      ? panesOf(layers).map(titleOf).join(', ')
      : `${titleOf(pair[0])} and ${titleOf(pair[1])}, ${view.mode}`;
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
            onMove={(slider) => actions.setCompareView({ slider })}
          />
          <div className={styles.ends}>
            <PaneLabel layer={pair[0]} />
            <PaneLabel layer={pair[1]} />
          </div>
        </>
      )}
      {pair && view.mode === 'difference' && <HeatLegend pair={pair} />}
      {shown.length > 0 && (
        <div
          className={styles.grid}
          style={{
            gridTemplateColumns: `repeat(${several ? grid.columns : 1}, minmax(0, 1fr))`,
            gridTemplateRows: `repeat(${several ? grid.rows : 1}, minmax(0, 1fr))`,
          }}
        >
          {shown.map((layer) => (
            <PaneLabel key={layer} layer={layer} />
          ))}
        </div>
      )}
    </div>
  );
}
