import { useActions, useAppState } from '../../../store/context.ts';
import { shownPair } from '../../../store/view.ts';
import { ComparisonToolbar } from '../../viewer/comparison/ComparisonToolbar.tsx';
import { ExportButtons } from '../export/ExportButtons.tsx';
import { layersOf, useComparePictures, useTitles } from '../use-compare.ts';

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
