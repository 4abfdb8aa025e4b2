import { useStore } from 'zustand';
import type { CompareLayer } from '../../protocol/compare.ts';
import {
  type Column,
  formatValue,
  headOf,
  lpipsColumn,
  psnrColumn,
  ranksOf,
  rankTitles,
} from '../../report/columns.ts';
import { type GalleryRun, type GalleryScores, sharedPictures } from '../../report/gallery.ts';
import { isExternal, methodExplanation } from '../../report/methods.ts';
import { ScrollRegion } from '../ui/regions.tsx';
import shapes from '../ui/shapes.module.css';
import styles from './gallery.module.css';
import { gallery, pairOf, setView, shownRuns } from './gallery.ts';

const columns: readonly { readonly column: Column; readonly of: keyof GalleryScores }[] = [
  { column: psnrColumn, of: 'psnrY' },
  { column: lpipsColumn, of: 'lpips' },
];

const explained = ({ method }: GalleryRun) =>
  isExternal(method) ? 'A public network of others.' : methodExplanation(method);

const meanOf = ({ scores }: GalleryRun, of: keyof GalleryScores, pictures: readonly string[]): number =>
  pictures.reduce((sum, name) => sum + (scores[name]?.[of] ?? Number.NaN), 0) / pictures.length;

/** Each method's scores on the picture and over the set; a press puts it on the right. */
export function ScoresTable() {
  const state = useStore(gallery);
  const { picture } = state;
  const runs = shownRuns(state);
  const pair = pairOf(state);
  const shared = sharedPictures(runs);
  const ranked = columns.map(({ column, of }) => {
    const values = runs.map(({ method, scores }) => ({ of: method, value: scores[picture]?.[of] }));
    return { column, of, ranks: ranksOf(values, column.better) };
  });
  return (
    <section className={styles.scores} aria-labelledby="gallery-scores">
      <h2 id="gallery-scores">Scores</h2>
      <ScrollRegion label="Table of scores">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Method</th>
              {columns.map(({ column }) => (
                <th key={column.title} scope="col">
                  {headOf(column)}
                </th>
              ))}
              {columns.map(({ column }) => (
                <th key={column.title} scope="col" className={styles.mean}>
                  {column.title}, mean of {shared.length}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.method} data-shown={run.method === pair?.[1] || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className={styles.choose}
                    title={`${explained(run)} Press to see it on the right.`}
                    aria-pressed={run.method === pair?.[1]}
                    onClick={() => setView({ right: run.method as CompareLayer })}
                  >
                    {run.title}
                  </button>
                </th>
                {ranked.map(({ column, of, ranks }) => {
                  const rank = ranks.get(run.method);
                  return (
                    <td key={column.title} data-rank={rank} data-score={of}>
                      {formatValue(run.scores[picture]?.[of], column)}
                      {rank && ' '}
                      {rank && <span className={shapes.rank}>{rankTitles[rank]}</span>}
                    </td>
                  );
                })}
                {columns.map(({ column, of }) => (
                  <td key={column.title} className={styles.mean}>
                    {formatValue(meanOf(run, of, shared), column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles.note}>
        PSNR-Y: higher is nearer to the true pixels. LPIPS: lower is nearer to the look of the true picture. Measured on
        the outputs themselves; the pictures here are WebP files, smaller and slightly lossy.
      </p>
    </section>
  );
}
