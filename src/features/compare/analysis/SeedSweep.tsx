import { Download } from 'lucide-react';
import { useRef, useState } from 'react';
import { stem } from '../../../formats/names.ts';
import { formatValue } from '../../../report/columns.ts';
import { type Method, methods } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { blobOf, save } from '../../ui/save.ts';
import { HeatBar } from '../../viewer/comparison/ComparisonStage.tsx';
import { WorkProgress } from '../input/RunBar.tsx';
import { useComparePictures, useTitles } from '../use-compare.ts';
import styles from './analysis.module.css';
import { metricsOf, seedRange } from './metrics.ts';
import { BitmapView } from './strips.tsx';

const counts = [2, 4, 8, 16, 32];

function Outcome() {
  const { sweep } = useComparePictures();
  const titleOf = useTitles();
  const input = useAppState(({ compare: { state } }) => state?.inputs.find(({ id }) => id === state.selected));
  const figure = useRef<HTMLElement>(null);
  if (!sweep) return null;
  const download = async () => {
    const canvas = figure.current?.querySelector('canvas');
    if (canvas) save(`${stem(input?.name ?? '') || 'picture'}-spread.png`, await blobOf(canvas));
  };
  const metrics = metricsOf(sweep.rows);
  return (
    <div className={styles.outcome}>
      <figure ref={figure} className={styles.figure}>
        <BitmapView
          className={styles.map}
          bitmap={sweep.map}
          label={`Spread of ${titleOf(sweep.method)} over ${sweep.rows.length} seeds`}
        />
        <figcaption>
          0 <HeatBar /> {sweep.full.toFixed(1)} of 255: standard deviation over the seeds; mean {sweep.mean.toFixed(2)}
          <IconButton icon={Download} label="Download the map of the spread" onClick={() => void download()} />
        </figcaption>
      </figure>
      <table className={styles.analysisTable}>
        <caption>
          {titleOf(sweep.method)}, seeds {sweep.rows[0]?.seed} to {sweep.rows.at(-1)?.seed}
        </caption>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Least</th>
            <th scope="col">Mean</th>
            <th scope="col">Most</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => {
            const range = seedRange(metric, sweep.rows);
            return (
              <tr key={metric.id}>
                <th scope="row">{metric.label}</th>
                {(['least', 'mean', 'most'] as const).map((name) => (
                  <td key={name}>{formatValue(range?.[name], metric)}</td>
                ))}
              </tr>
            );
          })}
          <tr>
            <th scope="row">Milliseconds</th>
            {[
              Math.min(...sweep.rows.map(({ ms }) => ms)),
              sweep.rows.reduce((sum, { ms }) => sum + ms, 0) / sweep.rows.length,
              Math.max(...sweep.rows.map(({ ms }) => ms)),
            ].map((value, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: three places that never move
              <td key={i}>{Math.round(value)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** One method with several seeds: how much of its picture the noise decides. */
export function SeedSweep() {
  const prepared = useAppState(({ compare }) => compare.state?.prepared);
  const work = useAppState(({ compare }) => compare.work);
  const ready = useAppState(({ engine }) => engine.ready);
  const { sweepSeeds } = useActions();
  const titleOf = useTitles();
  const offered = ready?.methods ?? methods;
  const [chosen, setChosen] = useState<Method>('ours');
  const [count, setCount] = useState(8);
  const method = offered.includes(chosen) ? chosen : offered[0];
  if (!prepared || !method) return null;
  return (
    <section className={styles.section} aria-labelledby="compare-sweep">
      <div className={styles.head}>
        <h2 id="compare-sweep">Spread over seeds</h2>
        <select
          aria-label="Method to sweep"
          value={method}
          onChange={(event) => setChosen(event.target.value as Method)}
        >
          {offered.map((value) => (
            <option key={value} value={value}>
              {titleOf(value)}
            </option>
          ))}
        </select>
        <select aria-label="Seeds" value={count} onChange={(event) => setCount(Number(event.target.value))}>
          {counts.map((value) => (
            <option key={value} value={value}>
              {value} seeds
            </option>
          ))}
        </select>
        {work?.task === 'sweep' ? (
          <WorkProgress work={work} />
        ) : (
          <Button disabled={work !== null} onClick={() => sweepSeeds(method, count)}>
            Sweep
          </Button>
        )}
      </div>
      <Outcome />
    </section>
  );
}
