import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Button } from '../ui/Button.tsx';
import { formatCount } from '../ui/format.ts';
import styles from './ResetDialog.module.css';

interface ResetDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** Iterations that would be lost. */
  readonly step: number;
  readonly onReset: () => void;
}

export function ResetDialog({ open, onOpenChange, step, onReset }: ResetDialogProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title className={styles.title}>Start over?</AlertDialog.Title>
          <AlertDialog.Description>
            The run of {formatCount(step, 'iteration')} and its checkpoint go; there is no way back to them. Its
            settings stay.
          </AlertDialog.Description>
          <div className={styles.buttons}>
            <AlertDialog.Close render={<Button />}>Keep the run</AlertDialog.Close>
            <AlertDialog.Close render={<Button look="primary" />} onClick={onReset}>
              Throw it away
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
