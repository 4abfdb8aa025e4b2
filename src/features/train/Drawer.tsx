import { X } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { Button, IconButton } from '../ui/buttons.tsx';
import styles from './Drawer.module.css';

export type DrawerName = 'settings' | 'runs' | 'teach';

const idOf = (name: DrawerName) => `train-${name}`;

interface DrawerButtonProps {
  readonly name: DrawerName;
  readonly children: ReactNode;
  readonly open: DrawerName | null;
  readonly onOpen: (name: DrawerName | null) => void;
}

/** Opens its drawer, and closes it again. */
export function DrawerButton({ name, children, open, onOpen }: DrawerButtonProps) {
  const isOpen = open === name;
  return (
    <Button
      id={`${idOf(name)}-button`}
      aria-expanded={isOpen}
      aria-controls={isOpen ? idOf(name) : undefined}
      onClick={() => onOpen(isOpen ? null : name)}
    >
      {children}
    </Button>
  );
}

interface DrawerProps {
  readonly name: DrawerName;
  readonly title: string;
  readonly open: DrawerName | null;
  readonly onClose: (name: null) => void;
  readonly children: ReactNode;
}

/** Forms beside the run, which goes on and stays in use: Escape closes them, and the focus returns to their button. */
export function Drawer({ name, title, open, onClose, children }: DrawerProps) {
  const panel = useRef<HTMLElement>(null);
  const isOpen = open === name;
  const close = useCallback(() => {
    onClose(null);
    document.getElementById(`${idOf(name)}-button`)?.focus();
  }, [name, onClose]);
  useEffect(() => {
    if (!isOpen) return;
    panel.current?.focus();
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // A control that is gone, as that of a deleted run, leaves the focus to the page; a dialog keeps it for itself.
      const { activeElement, body } = document;
      if (activeElement !== body && !panel.current?.contains(activeElement)) return;
      event.preventDefault();
      close();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [isOpen, close]);
  if (!isOpen) return null;
  return (
    <aside ref={panel} id={idOf(name)} className={styles.drawer} aria-label={title} tabIndex={-1} data-drawer={name}>
      <div className={styles.drawerHead}>
        <h2>{title}</h2>
        <IconButton icon={X} label={`Close ${title.toLowerCase()}`} keys="Esc" onClick={close} />
      </div>
      {children}
    </aside>
  );
}
