import { FilePlus2 } from 'lucide-react';
import { useActions } from '../../store/context.ts';
import { FileButton } from '../ui/FileButton.tsx';
import styles from './AddWeights.module.css';

/** A native file input over the whole area: picking, dropping and keyboard work as everywhere. */
export function AddWeights() {
  const { addWeights } = useActions();
  return (
    <div className={styles.area}>
      <FileButton
        icon={FilePlus2}
        label="Add weights"
        accept=".pth,.pt,.ckpt,.bin,.safetensors"
        multiple
        prominent
        describedBy="add-weights-hint"
        onFiles={addWeights}
      />
      <p id="add-weights-hint" className={styles.hint}>
        Or drop them anywhere: <code>resshift_realsrx4_s15_v1.pth</code>, <code>…_v2.pth</code>,{' '}
        <code>…_s4_v3.pth</code>, <code>SinSR_v1.pth</code>, <code>SinSR_v2.pth</code> and{' '}
        <code>autoencoder_vq_f4.pth</code> as ResShift and SinSR publish them, or any .pth or .safetensors file of these
        networks.
      </p>
    </div>
  );
}
