import { CircleAlert, Info, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from '../features/ui/buttons.tsx';
import { useActions, useAppState } from '../store/context.ts';
import type { Notice } from '../store/notices.ts';
import styles from './Notices.module.css';

const shownMilliseconds = 7000;

/** Informations go by themselves, but not while they are pointed at or focused; warnings wait to be dismissed. */
function NoticeCard({ notice }: { readonly notice: Notice }) {
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

/** Short messages, said aloud as they come. The region is always there: a live region that appears with its text is silent. */
export function Notices() {
  const list = useAppState((state) => state.notices.list);
  const announcement = useAppState((state) => state.notices.announcement);
  const { dismiss } = useActions();
  const dismissAll = () => {
    for (const { id } of list) dismiss(id);
  };
  return (
    <section className={styles.region} aria-label="Notices">
      {list.length > 2 && (
        <div className={styles.all}>
          <Button onClick={dismissAll}>Dismiss all {list.length}</Button>
        </div>
      )}
      <div className={styles.stack} aria-live="polite">
        {list.map((notice) => (
          <NoticeCard key={notice.id} notice={notice} />
        ))}
      </div>
      <p className="sr-only" aria-live="polite">
        {announcement}
      </p>
    </section>
  );
}
