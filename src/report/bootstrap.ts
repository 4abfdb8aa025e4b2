/** The paired bootstrap: how sure a mean difference between two methods is that were measured on the same pictures. */
import { RandomStream } from '../imaging/random.ts';
import type { Better, Column, MethodResult } from './columns.ts';

/** Of a mean: the middle 95 % of its resampled values. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** yes: the whole interval is on the better side; no: on the worse; not shown: it has 0 in it. */
export type Verdict = 'yes' | 'no' | 'not shown';

const draws = 2000;

/** Mean over the cells of `rows` × `columns` of a table, rows and columns by their indices. */
function meanOf(table: readonly (readonly number[])[], rows: readonly number[], columns: readonly number[]): number {
  let sum = 0;
  for (const row of rows) for (const column of columns) sum += table[row]?.[column] ?? Number.NaN;
  return sum / (rows.length * columns.length);
}

/**
 * The mean of paired differences and its interval. Pictures are drawn with replacement, and seeds (of noise or training) where
 * there are several.
 * The draws are the same in every call.
 * @param differences a row a seed, a column a picture: first method − second
 * @throws RangeError where there is no picture, or rows differ in length
 */
export function bootstrap(differences: readonly (readonly number[])[]): Interval {
  const [seeds, pictures] = [differences.length, differences[0]?.length ?? 0];
  if (pictures === 0 || differences.some((row) => row.length !== pictures))
    throw new RangeError('A bootstrap needs a value a picture in every row.');
  const random = new RandomStream(0);
  const drawn = (count: number) => Array.from({ length: count }, () => random.integer(count));
  const all = (count: number) => Array.from({ length: count }, (_, index) => index);
  const means = Array.from({ length: draws }, () => meanOf(differences, drawn(seeds), drawn(pictures))).sort(
    (a, b) => a - b,
  );
  return {
    mean: meanOf(differences, all(seeds), all(pictures)),
    low: means[Math.floor(0.025 * draws)] ?? Number.NaN,
    high: means[Math.ceil(0.975 * draws) - 1] ?? Number.NaN,
  };
}

/**
 * "+0.20 [0.11, 0.29]": the mean and its interval.
 * @param digits after the point
 */
export function intervalText({ mean, low, high }: Interval, digits: number, unit = ''): string {
  const signed = (value: number) => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
  return `${mean < 0 ? '' : '+'}${signed(mean)}${unit} [${signed(low)}, ${signed(high)}]`;
}

/** @param better the direction in which the first method should differ */
export function verdictOf({ low, high }: Interval, better: Better): Verdict {
  const [worst, best] = better === 'higher' ? [low, high] : [-high, -low];
  if (worst > 0) return 'yes';
  return best < 0 ? 'no' : 'not shown';
}

type Rows = Pick<MethodResult, 'images' | 'seeds'>;

/** A method's pictures under a noise seed; null where it was not run under it. A method without further seeds has no noise. */
function picturesOf({ images, seeds }: Rows, seed: number | null): MethodResult['images'] | null {
  if (seed === null || !seeds) return images;
  return seeds.find((entry) => entry.seed === seed)?.images ?? null;
}

/**
 * First method − second: a row a noise seed that both were run under, a column a picture that has a finite value of both in all
 * rows; as `bootstrap` takes them. No row where there is no such picture.
 * @param column a metric with a value for each picture
 */
export function pairedDifferences(first: Rows, second: Rows, { ofPicture }: Pick<Column, 'ofPicture'>): number[][] {
  const seeds = new Set([...(first.seeds ?? []), ...(second.seeds ?? [])].map(({ seed }) => seed));
  const rows = [null, ...seeds].flatMap((seed) => {
    const [one, other] = [picturesOf(first, seed), picturesOf(second, seed)];
    if (!one || !other) return [];
    const values = new Map(other.map((row) => [row.name, ofPicture(row)]));
    const found = one.flatMap((row): [string, number][] => {
      const difference = Number(ofPicture(row) ?? Number.NaN) - Number(values.get(row.name) ?? Number.NaN);
      return Number.isFinite(difference) ? [[row.name, difference]] : [];
    });
    return [new Map(found)];
  });
  const names = [...(rows[0]?.keys() ?? [])].filter((name) => rows.every((row) => row.has(name)));
  return names.length > 0 ? rows.map((row) => names.map((name) => row.get(name) ?? Number.NaN)) : [];
}
