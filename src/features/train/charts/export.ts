/** A run's numbers as text: configuration and seed first, then each iteration with all its columns. In parts, for a Blob. */
import { columns, type TrainingConfig } from '../../../engine/training-protocol.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';

type Source = Pick<TrainingFeed, 'curves' | 'annotations'>;

/** The fewest digits that are the same number in single precision, in which it was kept. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

function* rows({ curves }: Source): Generator<readonly number[]> {
  const pyramids = columns.map((name) => curves.get(name));
  for (let index = curves.first; index < curves.end; index++) yield pyramids.map((pyramid) => pyramid.at(index));
}

/** The head is a comment of one line, which readers of tables can leave out. */
export function csvOf(source: Source, config: TrainingConfig): string[] {
  const lines = [`# ${JSON.stringify({ config, annotations: source.annotations })}\n`, `${columns.join(',')}\n`];
  for (const row of rows(source)) {
    lines.push(`${row.map((value) => (Number.isNaN(value) ? '' : shortest(value))).join(',')}\n`);
  }
  return lines;
}

/** The first line is the configuration with the columns; what was not measured is left out of the others. */
export function jsonLinesOf(source: Source, config: TrainingConfig): string[] {
  const lines = [`${JSON.stringify({ config, columns, annotations: source.annotations })}\n`];
  for (const row of rows(source)) {
    const measured = columns.flatMap((name, i) => {
      const value = row[i] as number;
      return Number.isNaN(value) ? [] : [[name, Number(shortest(value))]];
    });
    lines.push(`${JSON.stringify(Object.fromEntries(measured))}\n`);
  }
  return lines;
}
