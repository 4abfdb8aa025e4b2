import { Button } from '../features/ui/Button.tsx';
import { useActions, useAppState } from '../store/context.ts';
import { NoticeCard } from './NoticeCard.tsx';
import styles from './Notices.module.css';

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
