/**
 * Results of methods over pictures, and their table: its columns, the values that stand in them, and the methods that are best.
 * Pure, for page and files alike.
 */

import { lpipsSmallestSide, msSsimSmallestSide, niqeNeeds, ssimWindow } from '../imaging/metrics/planes.ts';
import type { EvaluationMethod } from './methods.ts';

/** Of several metrics by their names; those that a picture is too small for are null. */
export type NamedScores = Readonly<Record<string, number | null>>;

/** Against the truth. Metrics that a picture is too small for are null. */
export interface Scores {
  /** dB, larger is better; infinite for equal pictures. */
  readonly psnrY: number;
  /** Larger is better, at most 1. */
  readonly ssimY: number | null;
  readonly msSsim: number | null;
  /** LPIPS (AlexNet, v0.1): smaller is better, 0 for equal pictures. */
  readonly lpips: number | null;
  /** Metrics of the user's, by name. */
  readonly perceptual: NamedScores;
}

export interface PictureRow extends Partial<Scores> {
  readonly name: string;
  /** Of the output alone; missing in results that were kept before they were measured. */
  readonly niqe?: number | null;
  readonly noReference?: NamedScores;
  /** Of the output, pixels; 0 where there is none. */
  readonly width: number;
  readonly height: number;
  /** Null where another program made the output. */
  readonly ms: number | null;
  /** Why cells are empty that a picture of this size would fill, in one sentence; missing where all went well. */
  readonly fault?: string;
}

/** The same pictures from other noise. */
export interface SeedRows {
  readonly seed: number;
  readonly images: readonly PictureRow[];
}

/** Means over the pictures; without the truth, of the no-reference scores and times alone. */
export interface MethodResult extends Partial<Scores> {
  readonly method: EvaluationMethod;
  /** Of the teacher's schedule; missing for other methods, and in results stored before it was recorded. */
  readonly steps?: number;
  readonly niqe?: number | null;
  readonly noReference?: NamedScores;
  /** Of the outputs as a set against the truths as a set, by the features' name; smaller is better. */
  readonly frechet?: NamedScores;
  /** Milliseconds per million output pixels, reading and measuring left out; null where no picture was run here. */
  readonly msPerMegapixel: number | null;
  readonly images: readonly PictureRow[];
  /** Of further noise seeds, for intervals; missing where there were none, or the method has no noise. */
  readonly seeds?: readonly SeedRows[];
}

type Value = number | null | undefined;

/** A metric of the user's may give what is no number. */
export const isMeasured = (value: Value): value is number => typeof value === 'number' && !Number.isNaN(value);

export interface Column {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: Better;
  /** The condition on pictures, of metrics that not every picture can be measured in. */
  readonly needs?: string;
  /** Of one picture; undefined where it was not measured. Columns over the whole set have no pictures' values. */
  readonly ofPicture: (row: Partial<PictureRow>) => Value;
  /** The mean, or the set's own. */
  readonly ofMethod: (result: Partial<MethodResult>) => Value;
}

const both = (value: (scores: Partial<MethodResult> | Partial<PictureRow>) => Value) => ({
  ofPicture: value,
  ofMethod: value,
});

export const psnrColumn: Column = {
  title: 'PSNR-Y',
  unit: ' dB',
  digits: 2,
  better: 'higher',
  ...both(({ psnrY }) => psnrY),
};
export const ssimColumn: Column = {
  title: 'SSIM-Y',
  unit: '',
  digits: 4,
  better: 'higher',
  needs: `${ssimWindow} px a side`,
  ...both(({ ssimY }) => ssimY),
};
export const msSsimColumn: Column = {
  title: 'MS-SSIM',
  unit: '',
  digits: 4,
  better: 'higher',
  needs: `${msSsimSmallestSide} px a side`,
  ...both(({ msSsim }) => msSsim),
};
export const lpipsColumn: Column = {
  title: 'LPIPS',
  unit: '',
  digits: 4,
  better: 'lower',
  needs: `${lpipsSmallestSide} px a side`,
  ...both(({ lpips }) => lpips),
};
export const niqeColumn: Column = {
  title: 'NIQE',
  unit: '',
  digits: 3,
  better: 'lower',
  needs: niqeNeeds,
  ...both(({ niqe }) => niqe),
};
const ownTitles: readonly string[] = [psnrColumn, ssimColumn, msSsimColumn, lpipsColumn, niqeColumn].map(
  ({ title }) => title,
);

/** A metric of the user's in tables: by its name, which may be that of one of ours. */
export const namedTitle = (name: string): string => (ownTitles.includes(name) ? `${name} (ONNX)` : name);

function namedColumn(group: 'perceptual' | 'noReference' | 'frechet', name: string, better: Better): Column {
  const of = (scores: Readonly<Record<string, unknown>>) => (scores[group] as NamedScores | undefined)?.[name];
  return { title: namedTitle(name), unit: '', digits: 4, better, ofPicture: of, ofMethod: of };
}

export const timeColumn: Column = {
  title: 'ms/MP',
  unit: '',
  digits: 0,
  better: 'lower',
  ofPicture: ({ ms, width, height }) =>
    typeof ms !== 'number' || !width || !height ? undefined : (ms / (width * height)) * 1e6,
  ofMethod: ({ msPerMegapixel }) => msPerMegapixel,
};

/** The better direction by the metric's name; metrics that are not named have their kind's usual one. */
export type Directions = Readonly<Record<string, Better>>;

/** Metrics of one picture that are known to fall as pictures get better. */
const falling = /niqe|brisque|piqe|^pi$/i;

/** Of a metric of one picture that says nothing of its direction. */
export const usualDirection = (name: string): Better => (falling.test(name) ? 'lower' : 'higher');

/** The metrics that some of the results have, the time last. */
export function columnsOf(results: readonly MethodResult[], directions: Directions = {}): Column[] {
  const named = (group: 'perceptual' | 'noReference' | 'frechet') => {
    const names = [...new Set(results.flatMap((result) => Object.keys(result[group] ?? {})))];
    const usual = (name: string) => (group === 'noReference' ? usualDirection(name) : 'lower');
    return names.map((name) => namedColumn(group, name, directions[name] ?? usual(name)));
  };
  const there = (columns: readonly Column[]) =>
    columns.filter(({ ofMethod }) => results.some((result) => ofMethod(result) !== undefined));
  return [
    ...there([psnrColumn, ssimColumn, msSsimColumn, lpipsColumn]),
    ...named('perceptual'),
    ...there([niqeColumn]),
    ...named('noReference'),
    ...named('frechet'),
    timeColumn,
  ];
}

export interface Statistics {
  /** Of the column over the method; null where nothing could be measured. */
  readonly mean: number | null;
  /** Standard deviation over the pictures (n − 1); null for less than two. */
  readonly deviation: number | null;
  /** Pictures that were measured. */
  readonly count: number;
}

export function statistics(result: MethodResult, column: Column): Statistics {
  const values = result.images.map(column.ofPicture).filter(isMeasured);
  const mean = column.ofMethod(result) ?? null;
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const deviation = values.length > 1 && Number.isFinite(squares) ? Math.sqrt(squares / (values.length - 1)) : null;
  return { mean, deviation, count: values.length };
}

/** Best and second best of those that see the LR picture alone. */
export const ranks = (results: readonly MethodResult[], { better, ofMethod }: Column) =>
  ranksOf(
    results
      .filter(({ method }) => method !== 'autoencoder')
      .map((result) => ({ of: result.method, value: ofMethod(result) })),
    better,
  );

export function formatValue(value: Value, { digits }: Pick<Column, 'digits'>): string {
  if (!isMeasured(value)) return '—';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
}

/** The column's title with the way that is better. */
export const headOf = ({ title, better }: Pick<Column, 'title' | 'better'>): string =>
  `${title} ${better === 'higher' ? '↑' : '↓'}`;

/** A sentence for each column that some pictures are missing in: of how many it is, and why. Pictures that failed have sentences of their own. */
export const shortfalls = (results: readonly MethodResult[], columns: readonly Column[]): string[] =>
  columns.flatMap((column) => {
    const [first] = results;
    if (!first || !column.needs) return [];
    const whole = { ...first, images: first.images.filter(({ fault }) => fault === undefined) };
    const [{ count }, total] = [statistics(whole, column), whole.images.length];
    return count < total ? [`${column.title} of ${count} of ${total} pictures: it takes ${column.needs}.`] : [];
  });

/** Why pictures have empty cells: each reason once. */
export const faultsOf = (results: readonly MethodResult[]): string[] => [
  ...new Set(results.flatMap(({ images }) => images.flatMap(({ fault = [] }) => fault))),
];

export type MetricKind = 'full-reference' | 'no-reference' | 'features';

export type Better = 'lower' | 'higher';

export interface MetricFacts {
  readonly name: string;
  readonly kind: MetricKind;
  readonly better: Better;
}

// Best and second best of several values: one rule for every table.

export interface Entry<K> {
  readonly of: K;
  /** Null or undefined: not measured. */
  readonly value: number | null | undefined;
}

/** Ranks in tables' words. */
export const rankTitles = { 1: 'best', 2: '2nd' } as const;

/** 1 and 2 for the best and the second best; equal values share a place, and one value alone has none. */
export function ranksOf<K>(entries: readonly Entry<K>[], better: Better): ReadonlyMap<K, 1 | 2> {
  const measured = entries.flatMap(({ of, value }) => (isMeasured(value) ? [{ of, value }] : []));
  const ranks = new Map<K, 1 | 2>();
  if (measured.length < 2) return ranks;
  const sign = better === 'higher' ? -1 : 1;
  // Not by subtraction: equal pictures have an infinite PSNR.
  const [best, second] = [...new Set(measured.map(({ value }) => value))].sort((a, b) => (a < b ? -sign : sign));
  for (const { of, value } of measured) {
    if (value === best) ranks.set(of, 1);
    else if (value === second) ranks.set(of, 2);
  }
  return ranks;
}

/**
 * Of what is measured besides PSNR, SSIM and MS-SSIM. Raised with every change of a metric's numbers: what was kept with
 * another one is measured anew and stands in no table beside new numbers.
 */
export const metricsVersion = 2;
