import { useCallback, useState } from 'react';
import { useAppState } from '../../store/context.ts';
import { EngineBanner } from '../ui/EngineBanner.tsx';
import { ShortcutsDialog } from '../ui/ShortcutsDialog.tsx';
import styles from './ComparePage.module.css';
import { ChainStrip } from './closer/ChainStrip.tsx';
import { SeedSweep } from './closer/SeedSweep.tsx';
import { InputPanel } from './input/InputPanel.tsx';
import { MethodPicker } from './methods/MethodPicker.tsx';
import { RunBar } from './methods/RunBar.tsx';
import { NumbersTable } from './numbers/NumbersTable.tsx';
import { shortcutGroups } from './shortcuts.ts';
import { CompareStage } from './stage/CompareStage.tsx';
import { CompareToolbar } from './stage/CompareToolbar.tsx';
import { useCompareOpened } from './use-compare.ts';
import { useCompareKeys } from './use-compare-keys.ts';

/** One picture through several methods, side by side, with numbers. */
export function ComparePage() {
  const empty = useAppState(({ compare }) => compare.state?.selected === null);
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  useCompareOpened();
  useCompareKeys(openHelp);
  return (
    <div className={styles.page}>
      <h1 className="sr-only">Compare</h1>
      <EngineBanner />
      <div className={styles.panels}>
        <div className={styles.side}>
          <InputPanel />
          <MethodPicker />
          <RunBar />
        </div>
        <div className={styles.main}>
          <section className={styles.viewer} aria-label="Viewer" data-viewer="comparison">
            <CompareToolbar onShortcuts={openHelp} />
            <CompareStage />
            {empty ? (
              <p className={styles.lead}>
                Decide with your own eyes, and by numbers, which method is better on your picture: SinSR, ours, the
                15-step teacher, classical methods, ESRGANs and any ONNX model ×4. Everything runs in this tab.
              </p>
            ) : null}
          </section>
          {empty ? null : (
            <div className={styles.below}>
              <NumbersTable />
              <ChainStrip />
              <SeedSweep />
            </div>
          )}
        </div>
      </div>
      <ShortcutsDialog groups={shortcutGroups} open={help} onOpenChange={setHelp} />
    </div>
  );
}
