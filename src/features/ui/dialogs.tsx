import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from './buttons.tsx';
import styles from './dialogs.module.css';

export interface Question {
  readonly title: string;
  /** The loss that a yes brings. */
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
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={`${styles.popup} ${styles.confirmPopup}`}>
          <AlertDialog.Title className={styles.title}>{question?.title}</AlertDialog.Title>
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

interface DrawerProps {
  readonly title: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly children: ReactNode;
}

/** Comes in from the right, over the page, which stays as it is. */
export function Drawer({ title, open, onOpenChange, children }: DrawerProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.drawer}>
          <div className={styles.head}>
            <Dialog.Title className={styles.title}>{title}</Dialog.Title>
            <Dialog.Close className={styles.close} aria-label="Close">
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** One or more keys and what they do. */
interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

function Group({ title, shortcuts }: ShortcutGroup) {
  return (
    <section>
      <h3 className={styles.groupTitle}>{title}</h3>
      <dl className={styles.list}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does} className={styles.row}>
            <dt className={styles.keys}>
              {keys.map((key) => (
                <kbd key={key} className={styles.key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className={styles.does}>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface ShortcutsDialogProps {
  readonly groups: readonly ShortcutGroup[];
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function ShortcutsDialog({ groups, open, onOpenChange }: ShortcutsDialogProps) {
  const letterKeys = useAppState(({ settings }) => settings.letterKeys);
  const { setSettings } = useActions();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={`${styles.popup} ${styles.shortcutsPopup}`}>
          <div className={styles.head}>
            <Dialog.Title className={styles.title}>Keyboard shortcuts</Dialog.Title>
            <Dialog.Close className={styles.close} aria-label="Close">
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          {groups.map((group) => (
            <Group key={group.title} {...group} />
          ))}
          <label className={styles.option}>
            <input
              type="checkbox"
              checked={letterKeys}
              onChange={(event) => setSettings({ letterKeys: event.target.checked })}
            />
            Single characters work everywhere on the page (off: only in the viewer)
          </label>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
