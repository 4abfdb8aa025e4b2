import { fullDetail } from '../../../imaging/detail.ts';
import { blendEnds, type CompareLayer, type CompareScores } from '../../../protocol/compare.ts';
import { formatValue, ranksOf, rankTitles } from '../../../report/columns.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { memoryMeaning } from '../../ui/format.ts';
import { ScrollRegion } from '../../ui/regions.tsx';
import shapes from '../../ui/shapes.module.css';
import slider from '../../viewer/detail-slider.module.css';
import { DetailSlider } from '../../viewer/sliders.tsx';
import { useTitles } from '../use-compare.ts';
import styles from './analysis.module.css';
import { metricsOf, noteOf, workCells, workTitles } from './metrics.ts';

interface Row {
  readonly layer: CompareLayer;
  readonly scores: CompareScores | null;
  /** Why its numbers do not stand beside the others'; empty: they do. */
  readonly note: string;
  readonly work: readonly string[];
}

/** Of a column, where it is shown. */
const metricNotes: Readonly<Record<string, string>> = {
  lpips: ' LPIPS: AlexNet, v0.1.',
  niqe: ' NIQE rates the result alone, with its authors’ model.',
};

/** Cost of each method, and its distance to the ground truth. */
export function NumbersTable() {
  const state = useAppState(({ compare }) => compare.state);
  const options = useAppState(({ settings }) => settings.options);
  const { blend: setBlend } = useActions();
  const titleOf = useTitles();
  const results = (state?.methods ?? []).flatMap(
    (method) => state?.results.filter((result) => result.method === method && result.fault === null) ?? [],
  );
  const blend = useAppState(({ compare }) => compare.blend);
  if (results.length === 0) return null;
  const canBlend = blendEnds.every((end) => results.some(({ method }) => method === end));
  const rows: readonly Row[] = [
    ...results.map((result) => ({
      layer: result.method,
      scores: result.scores,
      note: noteOf(result, options),
      work: workCells(result),
    })),
    ...(blend && canBlend
      ? [{ layer: 'blend', scores: blend.scores, note: '', work: workTitles.map(() => '—') } as const]
      : []),
  ];
  const metrics = metricsOf(results).map((metric) => {
    const values = rows.map(({ layer, scores }) => ({ of: layer, value: scores && metric.of(scores) }));
    return { ...metric, ranks: ranksOf(values, metric.better) };
  });
  const missing = metrics.flatMap(({ label, needs, of }) =>
    needs && results.some(({ scores }) => scores && of(scores) === null) ? [`${label} takes ${needs}`] : [],
  );
  return (
    <section className={styles.section} aria-labelledby="compare-numbers">
      <h2 id="compare-numbers">Numbers</h2>
      {canBlend && (
        <div className={slider.inline}>
          <DetailSlider id="blend" detail={blend?.detail ?? fullDetail} hasCurve onDetail={setBlend} />
        </div>
      )}
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
            {rows.map(({ layer, scores, note, work }) => (
              <tr key={layer}>
                <th scope="row">
                  {titleOf(layer)}
                  {note && <span className={styles.old}>{note}</span>}
                </th>
                {metrics.map(({ id, label, digits, needs, of, ranks }) => {
                  const value = scores && of(scores);
                  const rank = ranks.get(layer);
                  return (
                    <td
                      key={id}
                      data-rank={rank}
                      data-metric={id}
                      title={value === null && needs && layer !== 'blend' ? `${label} takes ${needs}` : undefined}
                    >
                      {formatValue(value, { digits })}
                      {rank && ' '}
                      {rank && <span className={shapes.rank}>{rankTitles[rank]}</span>}
                    </td>
                  );
                })}
                {work.map((text, i) => (
                  <td key={workTitles[i]}>{text}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles.note}>
        Times exclude loading and warm-up. {memoryMeaning} Not known for ONNX models.
        {metrics.map(({ id }) => metricNotes[id] ?? '')}
        {canBlend &&
          ' The dial blends the two pictures and runs no network; LPIPS and NIQE take too long to follow it.'}
        {missing.length > 0 &&
          ` A dash: the picture is too small, or was measured with other metrics (${missing.join('; ')}).`}
      </p>
    </section>
  );
}
