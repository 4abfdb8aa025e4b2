/** The results page's tables in Markdown. */
import type { MethodResult } from '../../src/engine/evaluation/evaluate.ts';
import type { EvaluationMethod, OwnMethod } from '../../src/engine/evaluation/methods.ts';
import { FeatureDistance } from '../../src/engine/feature-distance.ts';
import { isOutside, outsideTitle } from '../../src/engine/outside/names.ts';
import type { Claim, Metric } from './paper.ts';
import type { StoredSet } from './stored.ts';

const methodTitles: Readonly<Record<OwnMethod, string>> = {
  nearest: 'nearest',
  bicubic: 'bicubic',
  lanczos: 'Lanczos',
  autoencoder: 'autoencoder of HR',
  resshift: 'teacher-15 (ResShift)',
  sinsr: 'SinSR-1',
  'ours-conv': 'ours-1 (conv)',
  ours: 'ours-1 (diff)',
};

export const methodTitle = (method: EvaluationMethod): string =>
  isOutside(method) ? outsideTitle(method) : methodTitles[method];

interface Column {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  /** 1: larger is better; −1: smaller is. */
  readonly sign: 1 | -1;
  readonly value: (scores: Partial<MethodResult> | MethodResult['images'][number]) => number | null | undefined;
}

export const metricColumns: Readonly<Record<Metric, Column>> = {
  psnrY: { title: 'PSNR-Y', unit: ' dB', digits: 2, sign: 1, value: ({ psnrY }) => psnrY },
  ssimY: { title: 'SSIM-Y', unit: '', digits: 4, sign: 1, value: ({ ssimY }) => ssimY },
  msSsim: { title: 'MS-SSIM', unit: '', digits: 4, sign: 1, value: ({ msSsim }) => msSsim },
  perceptual: {
    title: FeatureDistance.label,
    unit: '',
    digits: 4,
    sign: -1,
    value: ({ perceptual }) => perceptual?.[FeatureDistance.label],
  },
};

export const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment?: string[],
): string[] => [row(head), row(alignment ?? head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(row)];

/** Best bold, second best italic, among those that see the LR picture alone. */
function marked(results: readonly MethodResult[], { value, sign, digits }: Column): Map<EvaluationMethod, string> {
  const ranked = results
    .filter(({ method }) => method !== 'autoencoder')
    .map((result) => ({ method: result.method, score: value(result) }))
    .filter((entry): entry is { method: EvaluationMethod; score: number } => typeof entry.score === 'number')
    .sort((a, b) => sign * (b.score - a.score));
  const marks = ['**', '_'];
  return new Map(
    results.map((result) => {
      const score = value(result);
      const text = typeof score === 'number' ? score.toFixed(digits) : '—';
      const mark = marks[ranked.findIndex(({ method }) => method === result.method)] ?? '';
      return [result.method, `${mark}${text}${mark}`];
    }),
  );
}

export function methodTable(results: readonly MethodResult[]): string[] {
  const columns = Object.values(metricColumns);
  const cells = columns.map((column) => marked(results, column));
  return table(
    ['', ...columns.map(({ title, sign }) => `${title} ${sign > 0 ? '↑' : '↓'}`), 'ms/MP'],
    results.map((result) => [
      methodTitle(result.method),
      ...cells.map((column) => column.get(result.method) ?? ''),
      Math.round(result.msPerMegapixel).toLocaleString('en'),
    ]),
  );
}

/** What became of a claim on one set: null where one of the two methods is missing. */
export interface Verdict {
  readonly holds: boolean;
  readonly text: string;
}

export function judge({ better, worse }: Claim, metric: Metric, set: StoredSet): Verdict | null {
  const { value, sign, digits, unit } = metricColumns[metric];
  const [a, b] = [better, worse].map((name) => set.methods.find(({ method }) => method === name));
  const [ofA, ofB] = [a && value(a), b && value(b)];
  if (!a || !b || typeof ofA !== 'number' || typeof ofB !== 'number') return null;
  const pairs = a.images.map((image) => [value(image), value(b.images.find(({ name }) => name === image.name) ?? {})]);
  const wins = pairs.filter(([x, y]) => typeof x === 'number' && typeof y === 'number' && sign * (x - y) > 0).length;
  const difference = ofA - ofB;
  const holds = sign * difference > 0;
  const shown = `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(digits)}${unit}`;
  return { holds, text: `${holds ? 'yes' : '**no**'}, ${shown} (${wins} of ${pairs.length})` };
}
