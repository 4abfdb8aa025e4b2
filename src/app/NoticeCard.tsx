import { CircleAlert, Info, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../features/ui/Button.tsx';
import { IconButton } from '../features/ui/IconButton.tsx';
import { useActions } from '../store/context.ts';
import type { Notice } from '../store/notices.ts';
import styles from './Notices.module.css';

const shownMilliseconds = 7000;

/** Informations go by themselves, but not while they are pointed at or focused; warnings wait to be dismissed. */
export function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { dismiss, undoRemove } = useActions();
  const [held, setHeld] = useState(false);
  const { id, level, message, undo } = notice;

  useEffect(() => {
    if (held || level === 'warning') return;
    const timer = setTimeout(() => dismiss(id), shownMilliseconds);
    return () => clearTimeout(timer);
  }, [held, level, id, dismiss]);

  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  const Icon = level === 'warning' ? CircleAlert : Info;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only keeps the message from vanishing
    <div
      className={styles.card}
      data-level={level}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      <Icon size={16} className={styles.icon} aria-hidden="true" />
      <div className={styles.body}>
        <p className={styles.message}>{message}</p>
        {undo && <Button onClick={() => undoRemove(undo)}>Undo</Button>}
      </div>
      <IconButton icon={X} label="Dismiss" onClick={() => dismiss(id)} />
    </div>
  );
}
