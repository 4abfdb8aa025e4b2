import type { TileProfile } from '../../protocol/diagnosis.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/buttons.tsx';
import styles from './Profile.module.css';

const shown = 12;
/** A build names tfjs's programs by letters: they are told together. */
const stockName = 'TensorFlow.js’s own programs';

export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

interface ProgramRow {
  readonly name: string;
  readonly runs: number;
  readonly ms: number;
  /** Of all programs' time. */
  readonly ofAll: string;
  readonly rate: string;
  readonly ofPeak: string;
}

export function programRows({ programs }: TileProfile): ProgramRow[] {
  const total = programs.reduce((sum, { ms }) => sum + ms, 0) || 1;
  const own = programs.filter(({ isOwn }) => isOwn);
  const together = (name: string, rest: typeof programs): ProgramRow[] => {
    if (rest.length === 0) return [];
    const ms = rest.reduce((sum, program) => sum + program.ms, 0);
    const runs = rest.reduce((sum, { count }) => sum + count, 0);
    return [{ name, runs, ms, ofAll: percent(ms / total), rate: '', ofPeak: '' }];
  };
  const rows = own.slice(0, shown).map(({ name, count, ms, flops, bytes, share }) => ({
    name,
    runs: count,
    ms,
    ofAll: percent(ms / total),
    rate:
      ms > 0 ? (flops > 0 ? `${(flops / ms / 1e6).toFixed(1)} GFLOP/s` : `${(bytes / ms / 1e6).toFixed(1)} GB/s`) : '',
    ofPeak: share === null ? '' : percent(share),
  }));
  const stock = programs.filter(({ isOwn }) => !isOwn);
  return [...rows, ...together('Our other programs', own.slice(shown)), ...together(stockName, stock)];
}

/** A bar a phase, where it lies in the tile's time; the dark part is what its programs took. */
function Waterfall({ profile }: { readonly profile: TileProfile }) {
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

function ProgramTable({ profile }: { readonly profile: TileProfile }) {
  const { flopsPerSecond, bytesPerSecond } = profile.peak;
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <caption>
          Programs, slowest first. Measured peak of this adapter: {(flopsPerSecond / 1e9).toFixed(1)} GFLOP/s,{' '}
          {(bytesPerSecond / 1e9).toFixed(1)} GB/s.
        </caption>
        <thead>
          <tr>
            <th scope="col">Program</th>
            <th scope="col">Runs</th>
            <th scope="col">Time</th>
            <th scope="col">Of all</th>
            <th scope="col">Rate</th>
            <th scope="col">Of peak</th>
          </tr>
        </thead>
        <tbody>
          {programRows(profile).map(({ name, runs, ms, ofAll, rate, ofPeak }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{runs}</td>
              <td>{milliseconds(ms)}</td>
              <td>{ofAll}</td>
              <td>{rate}</td>
              <td>{ofPeak}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The time of a tile: phases in order, then the programs, beside the adapter's measured peak. */
export function ProfileSection() {
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
