import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useActions, useAppState } from '../../store/context.ts';
import dialog from './dialog.module.css';
import styles from './ShortcutsDialog.module.css';

/** One or more keys and what they do. */
export interface Shortcut {
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
      <h3 className={styles.title}>{title}</h3>
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
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${styles.popup}`}>
          <div className={styles.head}>
            <Dialog.Title className={dialog.title}>Keyboard shortcuts</Dialog.Title>
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
