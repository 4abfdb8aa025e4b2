import type { SelfTestRow } from '../../protocol/diagnosis.ts';
import { errorText } from './report-text.ts';
import styles from './SelfTest.module.css';

export function SelfTest({ rows }: { readonly rows: readonly SelfTestRow[] }) {
  const failed = rows.filter(({ ok }) => !ok).length;
  return (
    <section className={styles.section}>
      <h2>Self-test</h2>
      <p className={styles.summary}>
        {rows.length === 0
          ? 'Not run: the engine is not ready. Run the diagnosis again when it is.'
          : failed === 0
            ? `All ${rows.length} operations agree with the CPU.`
            : `${failed} of ${rows.length} operations are wrong here.`}
      </p>
      {rows.length > 0 && (
        <div className={styles.frame}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col">Result</th>
                <th scope="col">Largest error</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ op, ok, maxError, message }) => (
                <tr key={op}>
                  <th scope="row">{op}</th>
                  <td data-ok={ok}>{ok ? 'ok' : `wrong${message && `: ${message}`}`}</td>
                  <td>{errorText(maxError)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
