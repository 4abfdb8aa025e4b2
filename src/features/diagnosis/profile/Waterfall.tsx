import type { TileProfile } from '../../../protocol/diagnosis.ts';
import styles from './Profile.module.css';
import { milliseconds } from './rows.ts';

/** A bar a phase, where it lies in the tile's time; the dark part is what its programs took. */
export function Waterfall({ profile }: { readonly profile: TileProfile }) {
  const percent = (ms: number) => `${(100 * ms) / (profile.ms || 1)}%`;
  return (
    <ol className={styles.waterfall} aria-label={`Phases of a tile of ${profile.side} px, ${milliseconds(profile.ms)}`}>
      {profile.phases.map(({ name, start, ms, busyMs }) => (
        <li key={name}>
          <span className={styles.phase}>{name}</span>
          <span className={styles.track}>
            <span className={styles.bar} style={{ marginLeft: percent(start), width: percent(ms) }}>
              <span className={styles.busy} style={{ width: `${(100 * busyMs) / (ms || 1)}%` }} />
            </span>
          </span>
          <span className={styles.number}>{milliseconds(ms)}</span>
        </li>
      ))}
    </ol>
  );
}
