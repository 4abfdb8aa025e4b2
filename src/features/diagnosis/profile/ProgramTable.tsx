import type { TileProfile } from '../../../protocol/diagnosis.ts';
import styles from './Profile.module.css';
import { milliseconds, programRows } from './rows.ts';

export function ProgramTable({ profile }: { readonly profile: TileProfile }) {
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
