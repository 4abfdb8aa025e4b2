import { useEffect } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { pageHref } from '../ui/router.ts';
import { AddWeights } from './AddWeights.tsx';
import { ImportCard } from './ImportCard.tsx';
import styles from './ModelsPage.module.css';
import { PresetSection } from './PresetSection.tsx';
import { StorageUse } from './StorageUse.tsx';

export function ModelsPage() {
  const state = useAppState(({ models }) => models.state);
  const imports = useAppState(({ models }) => models.imports);
  const { listModels } = useActions();

  useEffect(() => listModels(), [listModels]);

  return (
    <div className={styles.page}>
      <h1>Models</h1>
      <p>
        Weights that run in this browser. Files that you add are converted here and stay on this device; no code in them
        is ever run. How good they are on pictures of yours, in numbers: <a href={pageHref('evaluate')}>Evaluate</a>.
      </p>
      <AddWeights />
      {imports.length > 0 && (
        <section className={styles.imports} aria-label="Added files">
          {imports.map((file) => (
            <ImportCard key={file.id} file={file} />
          ))}
        </section>
      )}
      {state ? (
        <>
          {state.presets.map((models) => (
            <PresetSection key={models.preset} models={models} />
          ))}
          <StorageUse storage={state.storage} />
        </>
      ) : (
        <p role="status">Looking for weights …</p>
      )}
    </div>
  );
}
