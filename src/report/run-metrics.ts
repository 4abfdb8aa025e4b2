/** The numbers of an iteration: their fixed order, and rows of them as lines of JSON (metrics.jsonl). */
import { FormatError } from '../formats/errors.ts';
import type { TrainingConfig } from '../paper/config.ts';
import { heldOutNames, lossNames, networkNames, phases, pixelStdNames, scoreNames, termNames } from '../paper/names.ts';

/** Something that happened to the run between two iterations: on the charts a line. */
export interface Annotation {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
}

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
  ...under('pixelStd', pixelStdNames),
  ...under('heldOut', heldOutNames),
  ...under('termGrads', termNames),
  ...under('termShares', termNames),
  ...under('gradNorms', networkNames),
  ...under('timing', [...trainingPhases, 'whole']),
] as const;
export type MetricsColumn = (typeof metricsColumns)[number];

/** Names that files of earlier versions have for a column. */
const earlierColumns: Readonly<Record<string, MetricsColumn>> = {
  'spreads.lq': 'pixelStd.lr',
  'spreads.low': 'pixelStd.yHat',
};

/** Today's name of a column of a file. */
export const currentColumn = (name: string): string => earlierColumns[name] ?? name;

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

/**
 * The configuration with the columns first, then a line an iteration; numbers that were not measured are left out. In parts, for a Blob.
 * @param rows each by `metricsColumns`
 */
export function* rowLines(rows: Iterable<ArrayLike<number>>, { config, annotations }: Head): Generator<string> {
  yield `${JSON.stringify({ config, columns: metricsColumns, annotations })}\n`;
  for (const row of rows) {
    const measured = metricsColumns.flatMap((name, i) => {
      const value = Math.fround(row[i]);
      return Number.isNaN(value) ? [] : [[name, Number(shortest(value))]];
    });
    yield `${JSON.stringify(Object.fromEntries(measured))}\n`;
  }
}

export const isAnnotation = (value: unknown): value is Annotation => {
  const { step, text } = (value ?? {}) as Partial<Annotation>;
  return Number.isInteger(step) && typeof text === 'string';
};

const damaged = (line: number) => new FormatError(`Line ${line} of the run’s metrics is damaged.`);

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
    throw damaged(number);
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
    const named = new Map(Object.entries(values).map(([name, value]) => [currentColumn(name), value]));
    const row = Float64Array.from(metricsColumns, (name) => {
      const value = named.get(name);
      if (value === undefined) return Number.NaN;
      // JSON has no ∞, the PSNR of equal pictures.
      if (value === null) return Number.POSITIVE_INFINITY;
      if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) throw damaged(number);
      return Math.fround(value);
    });
    const step = row[0];
    if (!Number.isSafeInteger(step) || step <= before) throw damaged(number);
    before = step;
    take(row);
  }
  return { annotations };
}

/**
 * An exponential moving average that does not lean to 0 at its start: like Adam's moments it is divided by the weight that
 * the values seen so far have.
 */
export class DebiasedAverage {
  readonly decay: number;
  #sum = 0;
  #weight = 0;

  /** @param decay 0 to below 1 */
  constructor(decay: number) {
    this.decay = decay;
  }

  /** The average with one more value; NaN, which counts as no value, gives NaN. */
  next(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    this.#sum = this.decay * this.#sum + (1 - this.decay) * value;
    this.#weight = this.decay * this.#weight + (1 - this.decay);
    return this.#sum / this.#weight;
  }
}

/**
 * The first of the measurements on held-out pictures from which on the student is above bicubic at every one; null: it never is for good.
 * @param points in the order of their iterations, dB
 */
export function aheadFrom(
  points: readonly { readonly step: number; readonly student: number; readonly bicubic: number }[],
): number | null {
  const behind = points.findLastIndex(({ student, bicubic }) => student <= bicubic);
  return points[behind + 1]?.step ?? null;
}
