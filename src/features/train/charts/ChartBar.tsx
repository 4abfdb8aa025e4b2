import { Download, ZoomOut } from 'lucide-react';
import type { TrainingConfig } from '../../../paper/config.ts';
import { metricsColumns, rowLines, shortest } from '../../../report/run-metrics.ts';
import { useApp } from '../../../store/context.ts';
import { halfLife } from '../../../store/curves/curves.ts';
import { currentConfig } from '../../../store/training.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import { Button } from '../../ui/buttons.tsx';
import { save } from '../../ui/save.ts';
import { useChartView } from '../use-feed.ts';
import styles from './Charts.module.css';

type Source = Pick<TrainingFeed, 'curves' | 'annotations'>;

function* rows({ curves }: Source): Generator<readonly number[]> {
  const pyramids = metricsColumns.map((name) => curves.get(name));
  for (let index = curves.first; index < curves.end; index++) yield pyramids.map((pyramid) => pyramid.at(index));
}

/** The head is a comment of one line, which readers of tables can leave out. */
export function curvesCsv(source: Source, config: TrainingConfig): string[] {
  const lines = [`# ${JSON.stringify({ config, annotations: source.annotations })}\n`, `${metricsColumns.join(',')}\n`];
  for (const row of rows(source)) {
    lines.push(`${row.map((value) => (Number.isNaN(value) ? '' : shortest(value))).join(',')}\n`);
  }
  return lines;
}

export const curvesJsonLines = (source: Source, config: TrainingConfig): string[] => [
  ...rowLines(rows(source), { config, annotations: source.annotations }),
];

const tails = [100, 1000, 10_000];

function halfLifeText(decay: number): string {
  const life = halfLife(decay);
  if (life === 0) return 'off';
  return `half-life ${life < 10 ? life.toFixed(1) : Math.round(life)} it.`;
}

/** Controls of all charts: smoothing, range of iterations, and their numbers as a file. */
export function ChartBar({ config: given }: { readonly config: TrainingConfig | null }) {
  const { feed, chartView, store } = useApp();
  const smoothing = useChartView((now) => now.smoothing);
  const range = useChartView((now) => now.range);
  const tail = useChartView((now) => now.tail);
  const download = (ending: 'csv' | 'jsonl') => {
    const config = given ?? currentConfig(store.getState().training);
    const text = ending === 'csv' ? curvesCsv(feed, config) : curvesJsonLines(feed, config);
    save(
      `cosr-training-${feed.step}.${ending}`,
      new Blob(text, { type: ending === 'csv' ? 'text/csv' : 'text/plain' }),
    );
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label="Curves">
      <label className={styles.smoothing}>
        Smoothing
        <input
          type="range"
          min={0}
          max={0.995}
          step={0.005}
          value={smoothing}
          aria-valuetext={halfLifeText(smoothing)}
          onChange={(event) => chartView.change({ smoothing: Number(event.target.value) })}
        />
        <output className={styles.life}>{halfLifeText(smoothing)}</output>
      </label>
      <select
        aria-label="Iterations shown"
        value={range ? 'zoom' : (tail ?? 'all')}
        onChange={(event) => {
          const { value } = event.target;
          chartView.change({ range: null, tail: value === 'all' ? null : Number(value) });
        }}
      >
        {range && (
          <option value="zoom">
            {Math.round(range[0])}–{Math.round(range[1])}
          </option>
        )}
        <option value="all">All iterations</option>
        {tails.map((count) => (
          <option key={count} value={count}>
            Last {count.toLocaleString('en-US')}
          </option>
        ))}
      </select>
      <Button onClick={() => chartView.change({ range: null, tail: null })} disabled={!range && tail === null}>
        <ZoomOut size={16} aria-hidden="true" />
        Zoom out
      </Button>
      <Button onClick={() => download('csv')} title="All numbers of all iterations, as a table">
        <Download size={16} aria-hidden="true" />
        CSV
      </Button>
      <Button onClick={() => download('jsonl')} title="All numbers of all iterations, one JSON object a line">
        <Download size={16} aria-hidden="true" />
        JSONL
      </Button>
    </div>
  );
}
