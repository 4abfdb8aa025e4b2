import { useState } from 'react';
import { degradationTitles } from '../../../degradation/index.ts';
import type { TermName } from '../../../paper/names.ts';
import { type EvaluationMethod, shortMethodTitle } from '../../../report/methods.ts';
import { useAppState } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import { termTitles } from '../charts/groups.ts';
import { Explained } from '../equations/Formula.tsx';
import panel from '../panels.module.css';
import type { RecordedRun } from '../runs/shown-runs.ts';
import { useFeed, writeText } from '../use-feed.ts';
import fixedPoints from './fixed-points.json' with { type: 'json' };
import styles from './forces.module.css';
import { bandPoints, labelled, type PathPoint, pathOf, planeScale, stackedShares } from './plots.ts';
import { Spectrum } from './Spectrum.tsx';

const [sharesWidth, sharesBuckets] = [400, 160];
const terms = Object.keys(termTitles) as TermName[];
/** As in the chart of the losses, whose first colour is the whole. */
const colourOf = (term: number): string => `var(--curve-${(term + 1) % terms.length})`;

/** Each term's part of the student's gradient, stacked over the run. */
function Shares() {
  const figure = useFeed<HTMLElement>(['rows', 'view'], (element, { curves }, { now }) => {
    const { first } = curves;
    const end = now.iteration === null ? curves.end : curves.indexOf(now.iteration) + 1;
    const bands = stackedShares({ first, end, get: (name) => curves.get(name) }, sharesBuckets);
    for (const polygon of element.querySelectorAll('polygon')) {
      const band = bands.find(({ term }) => term === polygon.dataset.term);
      polygon.setAttribute('points', band ? bandPoints(band, sharesWidth) : '');
    }
    for (const item of element.querySelectorAll('li')) {
      const band = bands.find(({ term }) => term === item.dataset.term);
      item.toggleAttribute('data-none', band === undefined);
      const value = item.querySelector('[data-value]');
      if (value) writeText(value, band ? `${Math.round(100 * band.share)} %` : '');
    }
    const last = Math.min(now.iteration ?? curves.span[1], curves.span[1]);
    const range = element.querySelector('[data-range]');
    if (range) writeText(range, last > 0 ? `to iteration ${last.toLocaleString('en-US')}` : 'no iteration yet');
  });
  return (
    <figure ref={figure} className={`${panel.figure} ${styles.figure}`}>
      <figcaption>
        <h3 className={panel.title}>Forces on the student</h3>
        <span className={panel.hint} data-range />
      </figcaption>
      <p className={panel.hint}>The part that each term of the loss has in the gradient at its output.</p>
      <svg
        className={styles.shares}
        viewBox={`0 0 ${sharesWidth} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Shares of the terms in the student’s gradient, stacked to 100 %, by iteration; the newest are in the list below"
      >
        {terms.map((term, i) => (
          <polygon key={term} data-term={term} style={{ fill: colourOf(i) }} />
        ))}
      </svg>
      <ul className={styles.legend} aria-label="Shares at the iteration that is shown">
        {terms.map((term, i) => (
          <li key={term} data-term={term}>
            <span className={styles.swatch} style={{ background: colourOf(i) }} aria-hidden="true" />
            <Explained tex={termTitles[term][1]} /> {termTitles[term][0]} <b data-value />
          </li>
        ))}
      </ul>
    </figure>
  );
}

interface ForcesProps {
  /** The run that is replayed; null: the open one is shown. */
  readonly recording: Pick<RecordedRun, 'config'> | null;
}

const box = { left: 46, top: 10, right: 390, bottom: 208, width: 400 };

const fixedTitle = ({ method, steps }: { readonly method: string; readonly steps: number | null }): string =>
  shortMethodTitle(method as EvaluationMethod, steps);

const signed = (value: number, digits: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

/** In words, for those who do not see it. */
function pathText(path: readonly PathPoint[]): string {
  const [first, last] = [path[0], path.at(-1)];
  if (!first || !last) return 'The student was not measured on held-out crops yet.';
  const at = ({ step, psnrY, lpips }: PathPoint) =>
    `after iteration ${step}: PSNR-Y ${signed(psnrY, 2)} dB, LPIPS ${signed(-lpips, 3)}`;
  return `The student against bicubic of the same crops, ${at(first)}${last === first ? '' : `; ${at(last)}`}.`;
}

/** Another run may have been measured at the same iterations. */
const isSame = (path: readonly PathPoint[], next: readonly PathPoint[]): boolean =>
  path.length === next.length &&
  path.every(({ step, psnrY, lpips }, i) => {
    const other = next[i];
    return step === other?.step && psnrY === other.psnrY && lpips === other.lpips;
  });

/** The student's way between closeness in pixels and in looks. */
function Plane({ recording }: ForcesProps) {
  const [path, setPath] = useState<readonly PathPoint[]>([]);
  const open = useAppState(({ training }) => currentConfig(training));
  const { degradation } = recording?.config ?? open;
  const watch = useFeed<HTMLElement>(['rows', 'view'], (_, { curves }, { now }) => {
    const next = pathOf(curves, now.iteration);
    setPath((before) => (isSame(before, next) ? before : next));
  });
  const fixed = fixedPoints[degradation];
  const scale = planeScale([...path, ...fixed], box);
  const now = path.at(-1);
  return (
    <figure ref={watch} className={`${panel.figure} ${styles.figure}`}>
      <figcaption>
        <h3 className={panel.title}>The student’s way</h3>
        <span className={panel.hint}>{now ? `iteration ${now.step.toLocaleString('en-US')}` : 'not measured yet'}</span>
      </figcaption>
      <p className={panel.hint}>Held-out crops against bicubic of the same: right is closer in pixels, up in looks.</p>
      <svg className={styles.plane} viewBox="0 0 400 250" role="img" aria-label={pathText(path)}>
        {scale.xTicks.map((value) => (
          <g key={`x${value}`}>
            <line
              x1={scale.x(value)}
              x2={scale.x(value)}
              y1={box.top}
              y2={box.bottom}
              data-zero={value === 0 || undefined}
            />
            <text x={scale.x(value)} y={box.bottom + 16} textAnchor="middle">
              {String(value).replace('-', '−')}
            </text>
          </g>
        ))}
        {scale.yTicks.map((value) => (
          <g key={`y${value}`}>
            <line
              x1={box.left}
              x2={box.right}
              y1={scale.y(value)}
              y2={scale.y(value)}
              data-zero={value === 0 || undefined}
            />
            <text x={box.left - 5} y={scale.y(value) + 4} textAnchor="end">
              {String(value).replace('-', '−')}
            </text>
          </g>
        ))}
        <text x={(box.left + box.right) / 2} y={244} textAnchor="middle">
          PSNR-Y above bicubic, dB
        </text>
        <text transform={`translate(11 ${(box.top + box.bottom) / 2}) rotate(-90)`} textAnchor="middle">
          LPIPS below bicubic
        </text>
        {labelled(fixed, fixedTitle, scale, box.width).map(({ item, text, x, y, labelX, labelY, anchor }) => (
          <g key={item.method} data-fixed={item.method}>
            <circle cx={x} cy={y} r={4} />
            <text x={labelX} y={labelY} textAnchor={anchor}>
              {text}
            </text>
          </g>
        ))}
        <rect x={scale.x(0) - 4} y={scale.y(0) - 4} width={8} height={8} />
        <text x={scale.x(0) + 7} y={scale.y(0) + 14}>
          bicubic
        </text>
        <polyline points={path.map(({ psnrY, lpips }) => `${scale.x(psnrY)},${scale.y(lpips)}`).join(' ')} />
        {now && <circle data-now cx={scale.x(now.psnrY)} cy={scale.y(now.lpips)} r={5} />}
      </svg>
      <p className={panel.hint}>
        Line: this run, on its own held-out crops. Hollow: finished networks on the test pictures of this project’s
        published results ({degradationTitles[degradation]}), each against bicubic there.
      </p>
    </figure>
  );
}

/** Forces on the student, its way on the plane, and whether ŷ is as fine as y. */
export function Forces({ recording }: ForcesProps) {
  return (
    <section id="forces" className={styles.forces} aria-label="Forces">
      <h2 className="sr-only">Forces</h2>
      <Shares />
      <Plane recording={recording} />
      <Spectrum />
    </section>
  );
}
