import { useEffect } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatBytes } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import styles from './ConfigForm.module.css';

/** What the settings take of memory on the preset that is open, and which crop and batch would suit it. */
export function MemoryNote() {
  const config = useAppState(({ training }) => currentConfig(training));
  const isRun = useAppState(({ training }) => (training.run?.run ?? null) !== null);
  const estimate = useAppState(({ training }) => training.estimate);
  const ready = useAppState(({ engine }) => engine.ready);
  const budget = useAppState(({ settings }) => settings.options.memoryBudget);
  const { estimateTraining, editTraining } = useActions();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another backend, preset or budget makes another estimate
  useEffect(() => {
    if (ready) estimateTraining(config);
  }, [config, ready?.preset, ready?.backend, budget, estimateTraining]);

  if (!estimate) return null;
  const { bytes, proposed, fault } = estimate;
  const { crop, batch } = proposed;
  const isOver = bytes > estimate.budget;
  const isProposed = config.crop === crop && config.batch === batch;
  const use = () => editTraining({ crop, batch, window: Math.min(config.window, crop) });
  return (
    <div className={styles.memory} role="status">
      <p className={shapes.fieldHint}>
        Takes about {formatBytes(bytes)} of the memory budget of {formatBytes(estimate.budget)}.
      </p>
      {isOver && (
        <p className={styles.error}>
          That is more than the budget: lower batch, crop or window, or raise the budget on the Upscale page.
        </p>
      )}
      {fault && <p className={styles.error}>{fault}</p>}
      {!isProposed && !isRun && (
        <Button onClick={use}>
          Use crop {crop}, batch {batch}
        </Button>
      )}
    </div>
  );
}
