/** Results as a table: what its columns are, what stands in them, and which methods are best. Pure, for page and files alike. */

import { msSsimSmallestSide, niqeNeeds } from '../../imaging/metrics/sizes.ts';
import { lpipsSmallestSide } from '../../nn/lpips-shapes.ts';
import { isOutside, outsideTitle } from '../outside/names.ts';
import type { Better } from '../outside/onnx-metric.ts';
import type { EvaluationMethod, OwnMethod } from './methods.ts';
import { ranksOf } from './ranks.ts';
import type { MethodResult, PictureRow } from './results.ts';
import type { NamedScores } from './scores.ts';

const methodTitles: Readonly<Record<OwnMethod, string>> = {
  nearest: 'nearest',
  bicubic: 'bicubic',
  lanczos: 'Lanczos',
  autoencoder: 'autoencoder of HR',
  resshift: 'teacher-15 (ResShift)',
  sinsr: 'SinSR-1',
  l2: 'L2-1',
  'ours-conv': 'ours-1 (conv)',
  ours: 'ours-1 (diff)',
};

export const methodTitle = (method: EvaluationMethod): string =>
  isOutside(method) ? outsideTitle(method) : methodTitles[method];

type Value = number | null | undefined;

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
    ms === undefined || !width || !height ? undefined : (ms / (width * height)) * 1e6,
  ofMethod: ({ msPerMegapixel }) => msPerMegapixel,
};

/** Which way is better, by the metric's name; those that are not named are better when smaller. */
export type Directions = Readonly<Record<string, Better>>;

/** The metrics that some of the results have, the time last. */
export function columnsOf(results: readonly MethodResult[], directions: Directions = {}): Column[] {
  const named = (group: 'perceptual' | 'noReference' | 'frechet') => {
    const names = [...new Set(results.flatMap((result) => Object.keys(result[group] ?? {})))];
    return names.map((name) => namedColumn(group, name, directions[name] ?? 'lower'));
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
  const values = result.images.map(column.ofPicture).filter((value): value is number => typeof value === 'number');
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
  if (typeof value !== 'number') return '—';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
}

/** The column's title with the way that is better. */
export const headOf = ({ title, better }: Column): string => `${title} ${better === 'higher' ? '↑' : '↓'}`;

/** A sentence for each column that some pictures are missing in: of how many it is, and why. */
export const shortfalls = (results: readonly MethodResult[], columns: readonly Column[]): string[] =>
  columns.flatMap((column) => {
    const [first] = results;
    const count = first ? statistics(first, column).count : 0;
    return column.needs && first && count < first.images.length
      ? [`${column.title} of ${count} of ${first.images.length} pictures: it takes ${column.needs}.`]
      : [];
  });
