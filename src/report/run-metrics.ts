/** Something that happened to the run between two iterations: on the charts a line. */
export interface Annotation {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
}

import { FormatError } from '../formats/errors.ts';
import type { TrainingConfig } from '../paper/config.ts';
/** The fixed order of an iteration's phases and numbers, by which both ends read them. */
import { heldOutNames, lossNames, networkNames, phases, scoreNames, spreadNames, termNames } from '../paper/names.ts';

/** In the order of an iteration; the teacher samples only crops that it has not sampled before. */
export const trainingPhases = ['teacherTarget', ...phases] as const;
export type TrainingPhase = (typeof trainingPhases)[number];

const under = <const G extends string, const N extends string>(group: G, names: readonly N[]) =>
  names.map((name) => `${group}.${name}` as const);

/** The numbers of one iteration in their order; NaN stands for what was not measured. Times are milliseconds. */
export const metricsColumns = [
  'step' as const,
  ...under('losses', lossNames),
  ...under('scores', scoreNames),
  ...under('accuracies', scoreNames),
  ...under('spreads', spreadNames),
  ...under('heldOut', heldOutNames),
  ...under('termGrads', termNames),
  ...under('termShares', termNames),
  ...under('gradNorms', networkNames),
  ...under('timing', [...trainingPhases, 'whole']),
] as const;
export type MetricsColumn = (typeof metricsColumns)[number];

/** Rows as lines of JSON: the configuration with the columns first, then each iteration; what was not measured is left out. */

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
  yield `${JSON.stringify({ config, columns: metricsColumns, annotations })}\n`;
  for (const row of rows) {
    const measured = metricsColumns.flatMap((name, i) => {
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
    const row = Float64Array.from(metricsColumns, (name) => {
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
