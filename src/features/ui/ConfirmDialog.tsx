import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Button } from './Button.tsx';
import styles from './ConfirmDialog.module.css';
import dialog from './dialog.module.css';

export interface Question {
  readonly title: string;
  /** What would be lost. */
  readonly text: string;
  /** Names of the two ways out. */
  readonly no: string;
  readonly yes: string;
  readonly onYes: () => void;
}

interface ConfirmDialogProps {
  /** Null: there is nothing to ask. */
  readonly question: Question | null;
  readonly onClose: () => void;
}

/** Asks before something goes for good. */
export function ConfirmDialog({ question, onClose }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={question !== null} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={dialog.backdrop} />
        <AlertDialog.Popup className={`${dialog.popup} ${styles.popup}`}>
          <AlertDialog.Title className={dialog.title}>{question?.title}</AlertDialog.Title>
          <AlertDialog.Description>{question?.text}</AlertDialog.Description>
          <div className={styles.buttons}>
            <AlertDialog.Close render={<Button />}>{question?.no}</AlertDialog.Close>
            <AlertDialog.Close render={<Button look="primary" />} onClick={question?.onYes}>
              {question?.yes}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
