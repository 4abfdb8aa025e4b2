import { useAppState } from '../store/context.ts';
import { NoticeCard } from './NoticeCard.tsx';
import styles from './Notices.module.css';

/** Short messages, said aloud as they come. The region is always there: a live region that appears with its text is silent. */
export function Notices() {
  const list = useAppState((state) => state.notices.list);
  const announcement = useAppState((state) => state.notices.announcement);
  return (
    <section className={styles.region} aria-label="Notices">
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
