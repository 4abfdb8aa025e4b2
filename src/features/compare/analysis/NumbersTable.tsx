import { hasCurrentScores, isCurrent } from '../../../protocol/compare.ts';
import { formatValue, ranksOf } from '../../../report/columns.ts';
import { useAppState } from '../../../store/context.ts';
import { memoryMeaning } from '../../ui/format.ts';
import { ScrollRegion } from '../../ui/ScrollRegion.tsx';
import { useTitles } from '../use-compare.ts';
import styles from './analysis.module.css';
import { metricsOf, workCells, workTitles } from './metrics.ts';

const places = { 1: 'best', 2: '2nd' } as const;

/** Cost of each method, and its distance to the ground truth. */
export function NumbersTable() {
  const state = useAppState(({ compare }) => compare.state);
  const options = useAppState(({ settings }) => settings.options);
  const titleOf = useTitles();
  const results = (state?.methods ?? []).flatMap(
    (method) => state?.results.filter((result) => result.method === method && result.fault === null) ?? [],
  );
  if (results.length === 0) return null;
  const metrics = metricsOf(results).map((metric) => {
    const values = results.map(({ method, scores }) => ({ of: method, value: scores && metric.of(scores) }));
    return { ...metric, ranks: ranksOf(values, metric.better) };
  });
  const missing = metrics.flatMap(({ label, needs, of }) =>
    needs && results.some(({ scores }) => scores && of(scores) === null) ? [`${label} takes ${needs}`] : [],
  );
  return (
    <section className={styles.section} aria-labelledby="compare-numbers">
      <h2 id="compare-numbers">Numbers</h2>
      <ScrollRegion label="Table of numbers">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Method</th>
              {metrics.map(({ id, label, unit, better }) => (
                <th key={id} scope="col">
                  {label}
                  {unit && ` (${unit})`} <span aria-hidden="true">{better === 'higher' ? '↑' : '↓'}</span>
                </th>
              ))}
              {workTitles.map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {results.map((result) => (
              <tr key={result.method}>
                <th scope="row">
                  {titleOf(result.method)}
                  {!isCurrent(result, options) && (
                    <span className={styles.old}>
                      {hasCurrentScores(result)
                        ? ` seed ${result.settings.seed}, other settings`
                        : ' measured with other metrics: run it again'}
                    </span>
                  )}
                </th>
                {metrics.map(({ id, label, digits, needs, of, ranks }) => {
                  const value = result.scores && of(result.scores);
                  const rank = ranks.get(result.method);
                  return (
                    <td
                      key={id}
                      data-rank={rank}
                      data-metric={id}
                      title={value === null && needs ? `${label} takes ${needs}` : undefined}
                    >
                      {formatValue(value, { digits })}
                      {rank && <span className={styles.place}>{places[rank]}</span>}
                    </td>
                  );
                })}
                {workCells(result).map((text, i) => (
                  <td key={workTitles[i]}>{text}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles.note}>
        Times exclude loading and warm-up. {memoryMeaning} Not known for ONNX models. LPIPS: AlexNet, v0.1. NIQE rates
        the result alone, with its authors’ model.
        {missing.length > 0 &&
          ` A dash: the picture is too small, or was measured with other metrics (${missing.join('; ')}).`}
      </p>
    </section>
  );
}
