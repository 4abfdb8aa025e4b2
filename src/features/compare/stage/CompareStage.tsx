import { useCallback, useEffect } from 'react';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { shownPair } from '../../../store/view.ts';
import { formatMilliseconds, formatPsnr } from '../../ui/format.ts';
import { ComparisonStage, ErrorLegend } from '../../viewer/comparison/ComparisonStage.tsx';
import { ComparisonToolbar } from '../../viewer/comparison/ComparisonToolbar.tsx';
import { ExportButtons } from '../export/ExportButtons.tsx';
import { layersOf, panesOf, subjectOf, useComparePictures, useResultOf, useTitles } from '../use-compare.ts';

export function CompareToolbar({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const compare = useAppState((state) => state.compare);
  const layers = layersOf(compare, useComparePictures().layers);
  const titleOf = useTitles();
  const { setCompareView } = useActions();
  return (
    <ComparisonToolbar
      view={compare.view}
      onView={setCompareView}
      pair={shownPair(compare.view, layers)}
      layers={layers}
      titleOf={titleOf}
      onShortcuts={onShortcuts}
    >
      <ExportButtons />
    </ComparisonToolbar>
  );
}

function Facts({ layer }: { readonly layer: CompareLayer }) {
  const result = useResultOf(layer);
  const blend = useAppState(({ compare }) => (layer === 'blend' ? compare.blend : null));
  const psnr = (blend ?? result)?.scores?.psnrY;
  return (
    <>
      {psnr !== undefined && <span>{formatPsnr(psnr)}</span>}
      {result && <span>{formatMilliseconds(result.ms)}</span>}
    </>
  );
}

/** The pictures of the input on screen. */
export function CompareStage() {
  const { store, actions } = useApp();
  const compare = useAppState((state) => state.compare);
  const pictures = useComparePictures();
  const titleOf = useTitles();
  const { view, state } = compare;
  const layers = layersOf(compare, pictures.layers);
  const pair = shownPair(view, layers);
  const [left, right] = pair ?? [null, null];
  const asked = view.mode === 'difference' && left !== null && right !== null;
  const difference = asked ? pictures.difference(right, left, view.full) : null;
  const isKnown = difference !== null;

  useEffect(() => {
    if (asked && !isKnown) actions.askDifference(right, left, view.full);
  }, [asked, isKnown, left, right, view.full, actions]);

  const listen = useCallback(
    (changed: () => void) => {
      const stops = [
        store.subscribe((now, before) => now.compare !== before.compare && changed()),
        pictures.listen(changed),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    [store, pictures],
  );
  return (
    <ComparisonStage
      view={view}
      onView={actions.setCompareView}
      image={state?.prepared ?? null}
      pair={pair}
      several={panesOf(layers)}
      titleOf={titleOf}
      factsOf={(layer) => <Facts layer={layer} />}
      legend={<ErrorLegend full={view.full} facts={difference} onFull={(full) => actions.setCompareView({ full })} />}
      subject={() => subjectOf({ store, pictures })}
      listen={listen}
    />
  );
}
