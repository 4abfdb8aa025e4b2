import 'uplot/dist/uPlot.min.css';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Annotation } from '../../../report/run-metrics.ts';
import { useApp } from '../../../store/context.ts';
import type { CurveName } from '../../../store/curves/curves.ts';
import { Explained } from '../equations/Formula.tsx';
import panel from '../panels.module.css';
import { type RecordedRun, type ShownRun, useShownRuns } from '../runs/shown-runs.ts';
import { useFeed } from '../use-feed.ts';
import { ChartBar } from './ChartBar.tsx';
import styles from './Charts.module.css';
import { type ChartGroup, type ChartPlace, type Scale, scales } from './groups.ts';
import { curveText, isComparison, linesOf, type NamedLine } from './legend.ts';
import { attachPlot, marksOf } from './plot.ts';

interface ChartProps {
  readonly group: ChartGroup;
  readonly runs: readonly ShownRun[];
  /** In the place of the title: a choice among several charts. */
  readonly choice?: ReactNode;
}

function Chart({ group, runs, choice }: ChartProps) {
  const { feed, chartView, store } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLTableSectionElement>(null);
  const [scale, setScale] = useState<Scale>(group.scale);
  const [curve, setCurve] = useState<CurveName>(group.series[0].curve);
  const lines = useMemo(() => linesOf(group, runs, curve), [group, runs, curve]);
  const comparing = isComparison(runs);
  // Another name alone is no reason to draw it all again.
  const drawn = useRef(lines);
  const isSame = lines.length === drawn.current.length && lines.every((line, i) => isDrawnAs(line, drawn.current[i]));
  if (!isSame) drawn.current = lines;
  const plotted = drawn.current;
  useEffect(() => {
    if (!host.current || !legend.current) return;
    const parts = { host: host.current, legend: [...legend.current.children] as HTMLElement[] };
    return attachPlot(parts, plotted, scale, feed, chartView, () => marksOf(feed, store.getState().training));
  }, [plotted, scale, feed, chartView, store]);
  return (
    <figure className={`${panel.figure} ${styles.chart}`}>
      <figcaption className={styles.title}>
        <h3>{choice ?? group.title}</h3>
        {comparing && group.series.length > 1 && (
          <select
            className={styles.scale}
            aria-label={`Curve of ${group.title}`}
            value={curve}
            onChange={(event) => setCurve(event.target.value as CurveName)}
          >
            {group.series.map((series) => (
              <option key={series.curve} value={series.curve}>
                {curveText(series)}
              </option>
            ))}
          </select>
        )}
        <select
          className={styles.scale}
          aria-label={`Vertical axis of ${group.title}`}
          value={scale}
          onChange={(event) => setScale(event.target.value as Scale)}
        >
          {scales.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </figcaption>
      {group.note && <p className={panel.hint}>{group.note}</p>}
      <div ref={host} className={styles.plot} role="img" aria-label={`${group.description}, by iteration`} />
      <table className={styles.legend}>
        <caption className="sr-only">{group.description}, at the iteration that is shown</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{comparing ? 'Run' : 'Curve'}</th>
            <th scope="col">Smoothed</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody ref={legend}>
          {lines.map(({ key, curve: column, symbol, name, colour, isDashed, run }) => (
            <tr
              key={key}
              className={styles.item}
              style={{ color: colour }}
              data-column={column}
              data-run={comparing ? (run ?? 'open') : undefined}
              data-dashed={isDashed || undefined}
            >
              <th scope="row">
                <span className={styles.name}>
                  <span className={styles.swatch} aria-hidden="true" />
                  {symbol && <Explained tex={symbol} />}{' '}
                  <span className={styles.word} title={name}>
                    {name}
                  </span>
                </span>
              </th>
              <td className={styles.smooth} data-smooth />
              <td className={styles.value} data-value />
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

const isDrawnAs = (line: NamedLine, other: NamedLine | undefined): boolean =>
  line.key === other?.key && line.curve === other.curve && line.run === other.run && line.colour === other.colour;

/** One chart, chosen by its title where there are several. */
function ChartOfPlace({ place, runs }: { readonly place: ChartPlace; readonly runs: readonly ShownRun[] }) {
  const [title, setTitle] = useState(place[0].title);
  const group = place.find((other) => other.title === title) ?? place[0];
  const choice = place.length > 1 && (
    <select
      className={styles.choice}
      aria-label="Chart"
      value={group.title}
      onChange={(event) => setTitle(event.target.value)}
    >
      {place.map((other) => (
        <option key={other.title}>{other.title}</option>
      ))}
    </select>
  );
  return <Chart key={group.title} group={group} runs={runs} choice={choice || undefined} />;
}

/** The changes that are marked on the charts, in words; each leads to its iteration. */
function Marks() {
  const { chartView } = useApp();
  const [edits, setEdits] = useState<readonly Annotation[]>([]);
  const list = useFeed<HTMLElement>('rows', (_, { annotations }) => {
    if (annotations.length !== edits.length || annotations[0] !== edits[0]) setEdits([...annotations]);
  });
  return (
    <section ref={list} className={styles.marks} aria-label="Changes of settings" hidden={edits.length === 0}>
      <h3>Changes of settings</h3>
      <ol>
        {edits.map(({ step, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows
          <li key={index}>
            <button type="button" className={styles.mark} onClick={() => chartView.change({ iteration: step })}>
              {step.toLocaleString('en-US')}
            </button>{' '}
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ChartsProps {
  readonly title: string;
  readonly places: readonly ChartPlace[];
  /** The run that is replayed; null: the open one is shown. */
  readonly recording: RecordedRun | null;
  /** As high as there is room together, each with one line or two of numbers; without the controls of all charts. */
  readonly isCompact?: boolean;
}

/** Numbers of every iteration, beside other runs where some are ticked. Range and cursor are the same in all charts. */
export function Charts({ title, places, recording, isCompact = false }: ChartsProps) {
  const runs = useShownRuns(recording);
  return (
    <section className={styles.section} aria-label={title} data-compact={isCompact || undefined}>
      <h2 className="sr-only">{title}</h2>
      {!isCompact && <ChartBar config={recording?.config ?? null} />}
      <div className={styles.charts}>
        {places.map((place) => (
          <ChartOfPlace key={place[0].title} place={place} runs={runs} />
        ))}
      </div>
      {!isCompact && <Marks />}
    </section>
  );
}
