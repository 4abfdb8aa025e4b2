import type { ModelStorage } from '../../protocol/models.ts';
import { useActions } from '../../store/context.ts';
import { Button } from '../ui/Button.tsx';
import { formatBytes } from '../ui/format.ts';
import styles from './StorageUse.module.css';

/** What this site takes of the browser's storage, and whether it may be cleared. */
export function StorageUse({ storage }: { readonly storage: ModelStorage }) {
  const { keepStorage } = useActions();
  const { usage, quota, persisted, available } = storage;
  return (
    <section className={styles.storage} aria-labelledby="storage-title">
      <h2 id="storage-title">Storage</h2>
      {usage !== null && quota !== null && (
        <>
          <progress aria-label="Storage in use" max={quota} value={usage} />
          <p>
            {formatBytes(usage)} in use by this site, of {formatBytes(quota)} that the browser allows: weights, images,
            training runs.
          </p>
        </>
      )}
      {!available && <p>This window can’t keep weights: it is private, or its address is not secure.</p>}
      {available && (
        <div className={styles.row}>
          <p>
            {persisted
              ? 'The browser keeps it until you delete it.'
              : 'The browser may clear it when the disk gets full.'}
          </p>
          {!persisted && <Button onClick={keepStorage}>Keep it for good</Button>}
        </div>
      )}
    </section>
  );
}
