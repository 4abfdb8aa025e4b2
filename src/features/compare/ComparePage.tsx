import { useCallback, useState } from 'react';
import { fewestMethods } from '../../protocol/compare.ts';
import { useApp, useAppState } from '../../store/context.ts';
import { shownPair } from '../../store/view.ts';
import { useCommands } from '../ui/commands.ts';
import { ShortcutsDialog } from '../ui/dialogs.tsx';
import { EngineBanner } from '../ui/regions.tsx';
import { usePageLink } from '../ui/router.ts';
import shapes from '../viewer/comparison/comparison.module.css';
import { comparisonCommands, comparisonShortcuts, useComparisonKeys } from '../viewer/comparison/keys.ts';
import { Showcase } from '../viewer/Showcase.tsx';
import { NumbersTable } from './analysis/NumbersTable.tsx';
import { SeedSweep } from './analysis/SeedSweep.tsx';
import { ChainStrip, CriticStrip } from './analysis/strips.tsx';
import styles from './compare.module.css';
import { InputPanel } from './input/InputPanel.tsx';
import { MethodPicker, RunBar } from './input/RunBar.tsx';
import { CompareStage, CompareToolbar } from './stage/CompareStage.tsx';
import { compareLink, layersOf, useCompareOpened } from './use-compare.ts';

/** One picture through several methods, side by side, with numbers. */
export function ComparePage() {
  const empty = useAppState(({ compare }) => compare.state?.selected === null);
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  useCompareOpened();
  usePageLink(compareLink);
  const { store, pictures, actions } = useApp();
  const now = () => {
    const { compare } = store.getState();
    const layers = layersOf(compare, pictures.layers);
    return { view: compare.view, pair: shownPair(compare.view, layers), layers };
  };
  useComparisonKeys(now, actions.setCompareView, openHelp);
  useCommands(() => {
    const { state, work } = store.getState().compare;
    const canRun = state !== null && state.selected !== null && state.methods.length >= fewestMethods && !work;
    return [
      ...(canRun ? [{ label: 'Run the comparison', run: () => actions.runComparison() }] : []),
      ...(work ? [{ label: 'Cancel', run: actions.cancelComparison }] : []),
      ...comparisonCommands(now(), actions.setCompareView),
      { label: 'Show keyboard shortcuts', keys: '?', run: openHelp },
    ];
  });
  return (
    <div className={`${shapes.page} ${styles.page}`}>
      <h1 className="sr-only">Compare</h1>
      <EngineBanner />
      <div className={shapes.panels}>
        <div className={`${shapes.side} ${styles.side}`}>
          <InputPanel />
          <MethodPicker />
          <RunBar />
        </div>
        <div className={shapes.main}>
          <section className={`${shapes.viewer} ${styles.viewer}`} aria-label="Viewer" data-viewer="comparison">
            <CompareToolbar onShortcuts={openHelp} />
            {empty ? (
              <>
                <p className={styles.lead}>
                  Decide with your own eyes, and by numbers, which method is better on your picture: SinSR, ours, the
                  multi-step teacher, classical methods, ESRGANs and any ONNX model ×4. Everything runs in this tab.
                </p>
                <Showcase />
              </>
            ) : (
              <CompareStage />
            )}
          </section>
          {empty ? null : (
            <div className={`${shapes.below} ${styles.below}`}>
              <NumbersTable />
              <ChainStrip />
              <SeedSweep />
              <CriticStrip />
            </div>
          )}
        </div>
      </div>
      <ShortcutsDialog groups={comparisonShortcuts} open={help} onOpenChange={setHelp} />
    </div>
  );
}
