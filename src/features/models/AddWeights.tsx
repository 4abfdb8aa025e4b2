import { FilePlus2 } from 'lucide-react';
import type { ChangeEvent } from 'react';
import { useActions } from '../../store/context.ts';
import styles from './AddWeights.module.css';

/** A native file input over the whole area: picking, dropping and keyboard work as everywhere. */
export function AddWeights() {
  const { bringWeights } = useActions();
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    // Cleared, so that choosing the same file again is a change too.
    event.target.value = '';
    if (files.length > 0) bringWeights(files);
  };
  return (
    <div className={styles.area}>
      <label className={styles.label}>
        <FilePlus2 size={16} aria-hidden="true" />
        Add weights
        <input
          className={styles.input}
          type="file"
          accept=".pth,.pt,.ckpt,.bin,.safetensors"
          multiple
          aria-describedby="add-weights-hint"
          onChange={take}
        />
      </label>
      <p id="add-weights-hint" className={styles.hint}>
        Or drop them anywhere: <code>resshift_realsrx4_s15_v1.pth</code>, <code>…_v2.pth</code>,{' '}
        <code>…_s4_v3.pth</code>, <code>SinSR_v1.pth</code>, <code>SinSR_v2.pth</code> and{' '}
        <code>autoencoder_vq_f4.pth</code> as ResShift and SinSR publish them, or any .pth or .safetensors file of these
        networks.
      </p>
    </div>
  );
}
