/** Beside and below the gallery's viewer: the pictures to choose from, and the scores of those that are shown. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { type DegradationKind, degradationTitles } from '../../degradation/settings.ts';
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
import { IconButton } from '../ui/buttons.tsx';
import { ScrollRegion } from '../ui/regions.tsx';
import shapes from '../ui/shapes.module.css';
import styles from './gallery.module.css';
import { degradationsOf, gallery, pairOf, picturesOf, setView, show, shownRuns, step, urlOf } from './gallery.ts';

const explained: Readonly<Record<DegradationKind, string>> = {
  bicubic: 'Clean: the photograph, reduced ×4.',
  'realesrgan-test': 'Mild blur, noise and JPEG: what most papers test on.',
  realesrgan: 'Strong blur, noise and JPEG, twice over.',
};

/** The making of the small pictures, and all of them to choose from. */
export function PicturePicker() {
  const state = useStore(gallery);
  const { degradation, picture } = state;
  const list = useRef<HTMLUListElement>(null);
  const pictures = picturesOf(state);
  const at = pictures.findIndex(({ name }) => name === picture);

  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>(`[data-picture="${CSS.escape(picture)}"]`);
    // Within the list alone: the page stays where it is.
    const box = list.current;
    if (!chosen || !box) return;
    const [left, top] = [chosen.offsetLeft - box.offsetLeft, chosen.offsetTop - box.offsetTop];
    if (left < box.scrollLeft || left + chosen.offsetWidth > box.scrollLeft + box.clientWidth) box.scrollLeft = left;
    if (top < box.scrollTop || top + chosen.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top;
  }, [picture]);

  return (
    <>
      <fieldset className={styles.inputs}>
        <legend>Input made by</legend>
        {degradationsOf(state).map((kind) => (
          <label key={kind} className={styles.input}>
            <input
              type="radio"
              name="gallery-input"
              checked={kind === degradation}
              onChange={() => show({ degradation: kind })}
            />
            {degradationTitles[kind]}
          </label>
        ))}
        <p className={styles.note}>{explained[degradation]}</p>
      </fieldset>
      <section className={styles.pictures} aria-labelledby="gallery-pictures">
        <div className={styles.head}>
          <h2 id="gallery-pictures" aria-live="polite">
            Picture {at + 1} of {pictures.length}
          </h2>
          <IconButton icon={ChevronLeft} label="Previous picture" keys="," onClick={() => step(-1)} />
          <IconButton icon={ChevronRight} label="Next picture" keys="." onClick={() => step(1)} />
        </div>
        <ul ref={list} className={styles.thumbs} aria-label="Pictures">
          {pictures.map(({ name, title }) => (
            <li key={name} data-picture={name}>
              <button
                type="button"
                className={styles.thumb}
                aria-pressed={name === picture}
                aria-label={title}
                title={title}
                onClick={() => show({ picture: name })}
              >
                <img src={urlOf(name, degradation, 'lr')} alt="" width={56} height={56} loading="lazy" />
              </button>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

const columns: readonly { readonly column: Column; readonly of: keyof GalleryScores }[] = [
  { column: psnrColumn, of: 'psnrY' },
  { column: lpipsColumn, of: 'lpips' },
];

const explanationOf = ({ method }: GalleryRun) =>
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
                    title={`${explanationOf(run)} Press to see it on the right.`}
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
