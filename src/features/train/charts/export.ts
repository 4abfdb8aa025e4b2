/** A run's numbers as text: configuration and seed first, then each iteration with all its columns. In parts, for a Blob. */

import type { TrainingConfig } from '../../../paper/config.ts';
import { metricsColumns, rowLines, shortest } from '../../../report/run-metrics.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';

type Source = Pick<TrainingFeed, 'curves' | 'annotations'>;

function* rows({ curves }: Source): Generator<readonly number[]> {
  const pyramids = metricsColumns.map((name) => curves.get(name));
  for (let index = curves.first; index < curves.end; index++) yield pyramids.map((pyramid) => pyramid.at(index));
}

/** The head is a comment of one line, which readers of tables can leave out. */
export function csvOf(source: Source, config: TrainingConfig): string[] {
  const lines = [`# ${JSON.stringify({ config, annotations: source.annotations })}\n`, `${metricsColumns.join(',')}\n`];
  for (const row of rows(source)) {
    lines.push(`${row.map((value) => (Number.isNaN(value) ? '' : shortest(value))).join(',')}\n`);
  }
  return lines;
}

export const jsonLinesOf = (source: Source, config: TrainingConfig): string[] => [
  ...rowLines(rows(source), { config, annotations: source.annotations }),
];
