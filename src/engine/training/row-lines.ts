/** Rows as lines of JSON: the configuration with the columns first, then each iteration; what was not measured is left out. */
import { FormatError } from '../../formats/format-error.ts';
import type { TrainingConfig } from '../../training/config.ts';
import type { Annotation } from '../training-protocol.ts';
import { columns } from './columns.ts';

/** The fewest digits that are the same number in single precision, in which it is kept. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

interface Head {
  readonly config: TrainingConfig;
  readonly annotations: readonly Annotation[];
}

/** In parts, for a Blob. @param rows each by `columns` */
export function* rowLines(rows: Iterable<ArrayLike<number>>, { config, annotations }: Head): Generator<string> {
  yield `${JSON.stringify({ config, columns, annotations })}\n`;
  for (const row of rows) {
    const measured = columns.flatMap((name, i) => {
      const value = Math.fround(row[i] as number);
      return Number.isNaN(value) ? [] : [[name, Number(shortest(value))]];
    });
    yield `${JSON.stringify(Object.fromEntries(measured))}\n`;
  }
}

export const isAnnotation = (value: unknown): value is Annotation => {
  const { step, text } = (value ?? {}) as Partial<Annotation>;
  return Number.isInteger(step) && typeof text === 'string';
};

/**
 * @param take gets each row in single precision, by `columns`; columns of another version that are unknown here are left out
 * @throws FormatError, one sentence, at the first line that is no row after the one before
 */
export function readRowLines(text: string, take: (row: Float64Array) => void): Pick<Head, 'annotations'> {
  const parse = (line: string, number: number): Readonly<Record<string, unknown>> => {
    try {
      const value = JSON.parse(line);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    } catch {
      // Said below.
    }
    throw new FormatError(`Line ${number} of the run’s metrics is damaged.`);
  };
  let [start, number, before] = [0, 0, -1];
  let annotations: readonly Annotation[] = [];
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length : end + 1;
    const values = parse(line, ++number);
    if (number === 1) {
      annotations = Array.isArray(values.annotations) ? values.annotations.filter(isAnnotation) : [];
      continue;
    }
    const row = Float64Array.from(columns, (name) => {
      const value = Object.hasOwn(values, name) ? values[name] : Number.NaN;
      return typeof value === 'number' ? Math.fround(value) : Number.POSITIVE_INFINITY;
    });
    const step = row[0] as number;
    if (row.includes(Number.POSITIVE_INFINITY) || !Number.isSafeInteger(step) || step <= before) {
      throw new FormatError(`Line ${number} of the run’s metrics is damaged.`);
    }
    before = step;
    take(row);
  }
  return { annotations };
}
