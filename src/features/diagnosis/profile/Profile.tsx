import { useActions, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './Profile.module.css';
import { ProgramTable } from './ProgramTable.tsx';
import { Waterfall } from './Waterfall.tsx';

/** Where the time of a tile goes: phases in order, then the programs, beside what the adapter can do. */
export function Profile() {
  const { running, profile, message } = useAppState((state) => state.profile);
  const isReady = useAppState(({ engine }) => engine.phase === 'ready');
  const { profile: start } = useActions();
  return (
    <section className={styles.section} aria-label="Profile">
      <div className={styles.head}>
        <div>
          <h2>Profile</h2>
          <p className={styles.detail}>
            One tile with every GPU program timed by the GPU’s clock. Chrome rounds it to 0.1 ms unless started with
            --enable-webgpu-developer-features.
          </p>
        </div>
        <Button disabled={!isReady || running} onClick={start}>
          {running ? 'Timing …' : 'Profile a tile'}
        </Button>
      </div>
      <p className={styles.message} role="status">
        {message}
      </p>
      {profile && (
        <>
          <Waterfall profile={profile} />
          <ProgramTable profile={profile} />
        </>
      )}
    </section>
  );
}
