import { CircleAlert, Info, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from '../features/ui/buttons.tsx';
import { type Page, parseHash } from '../features/ui/router.ts';
import { useActions, useApp, useAppState } from '../store/context.ts';
import type { Notice } from '../store/notices.ts';
import styles from './Notices.module.css';

const shownMilliseconds = { info: 7000, warning: 15_000 };

/** Goes by itself, but not while it is pointed at or focused. */
function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { dismiss, undoRemove } = useActions();
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const held = isPointed || isFocused;
  const { id, level, message, undo } = notice;

  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), shownMilliseconds[level]);
    return () => clearTimeout(timer);
  }, [held, level, id, dismiss]);

  const Icon = level === 'warning' ? CircleAlert : Info;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only keeps the message from vanishing
    <div
      className={styles.card}
      data-level={level}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
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

/** Whether a message belongs to this page. */
const isOf = (place: Notice['place'], page: Page) => place === null || parseHash(place) === page;

/** Short messages of the page on screen, said aloud as they come. The region is always there: a live region that appears with its text is silent. */
export function Notices({ page }: { readonly page: Page }) {
  const all = useAppState((state) => state.notices.list);
  const list = all.filter(({ place }) => isOf(place, page));
  const announcement = useAppState((state) => state.notices.announcement);
  const { dismiss } = useActions();
  const { store } = useApp();
  useEffect(() => {
    for (const { id, place } of store.getState().notices.list) if (!isOf(place, page)) dismiss(id);
  }, [store, page, dismiss]);
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
