/** The trainer's experiments of rows over seeds, as it writes them: the ablation (Table IV), variants, usefulness; and their parts of the page. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type DegradationKind, degradationTitles } from '../../src/degradation/index.ts';
import { bootstrap } from '../../src/report/bootstrap.ts';
import type { Better } from '../../src/report/columns.ts';
import { tableFour, tableFourClaims, tableFourRows } from '../../src/report/paper-tables.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import { judgement } from './tables.ts';

/** The metrics of the table, by the trainer's names. */
const metrics = {
  psnr_y: { title: 'PSNR-Y', digits: 2, unit: ' dB', better: 'higher' },
  ssim_y: { title: 'SSIM-Y', digits: 4, unit: '', better: 'higher' },
  lpips_alex: { title: 'LPIPS', digits: 4, unit: '', better: 'lower' },
  dists: { title: 'DISTS', digits: 4, unit: '', better: 'lower' },
  niqe: { title: 'NIQE', digits: 2, unit: '', better: 'lower' },
} as const satisfies Record<string, { title: string; digits: number; unit: string; better: Better }>;
type Metric = keyof typeof metrics;
const metricNames = Object.keys(metrics) as Metric[];

interface Run {
  readonly row: string;
  readonly seed: number;
  /** Of the student. */
  readonly updates: number;
  readonly metrics: Readonly<Record<string, Readonly<Partial<Record<Metric, number>>>>>;
  /** A value a picture of the validation set, in one order. */
  readonly each?: Readonly<Record<string, Readonly<Partial<Record<Metric, readonly number[]>>>>>;
}

type Quoted = Readonly<Record<string, string | undefined>>;
/** Two rows that differ by one part: [with it, without it, the part]. */
type RowClaim = readonly [string, string, string];

export interface Ablation {
  readonly teacher_steps?: number;
  /** Of the terms, by the trainer's names; a row may leave terms out. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly runs: readonly Run[];
}

/** Null where there is no such file. @throws one sentence when it is there and damaged */
export async function readAblation(path: string): Promise<Ablation | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const ablation = JSON.parse(text) as Ablation;
    if (Array.isArray(ablation.runs) && ablation.runs.length > 0) return ablation;
  } catch {
    // Told below.
  }
  const stage = basename(path, '.json');
  throw new Error(`${path}: not what \`python -m trainer ${stage}\` writes (an object with a list of "runs").`);
}

/** Of a row over its seeds; NaN without a run. */
export function meanOf({ runs }: Ablation, row: string, kind: string, metric: Metric): number {
  const values = runs.flatMap((run) => (run.row === row ? (run.metrics[kind]?.[metric] ?? []) : []));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean, and half the range over seeds where there are several. */
function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return '—';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  return values.length > 1 ? `${mean.toFixed(digits)} ± ${half.toFixed(digits)}` : mean.toFixed(digits);
}

/** @param quoted the paper's numbers by row; null: it has no such experiment */
function scoreTable(runs: readonly Run[], order: readonly string[], kind: string, quoted: Quoted | null): string[] {
  const measured = metricNames.filter((name) => runs.some(({ metrics }) => metrics[kind]?.[name] !== undefined));
  const rows = order.filter((row) => runs.some((run) => run.row === row));
  return markdownTable(
    ['', 'seeds', ...measured.map((name) => metrics[name].title), ...(quoted ? ['paper: CLIPIQA / MUSIQ'] : [])],
    rows.map((row) => {
      const own = runs.filter((run) => run.row === row);
      const cells = measured.map((name) =>
        spread(
          own.flatMap(({ metrics }) => metrics[kind]?.[name] ?? []),
          metrics[name].digits,
        ),
      );
      return [row, String(own.length), ...cells, ...(quoted ? [quoted[row] ?? '—'] : [])];
    }),
  );
}

/** The differences that a part makes: a row a training seed that both rows have, a column a picture. */
function differences(runs: readonly Run[], [a, b]: readonly string[], kind: string, metric: Metric) {
  const valuesOf = (row: string | undefined, seed: number) =>
    runs.find((run) => run.row === row && run.seed === seed)?.each?.[kind]?.[metric];
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const [first, second] = [valuesOf(a, seed), valuesOf(b, seed)];
    return first && second ? [first.map((value, index) => value - (second[index] ?? Number.NaN))] : [];
  });
}

function effectTable(runs: readonly Run[], claims: readonly RowClaim[], kind: string): string[] {
  const named = metricNames.filter((name) => runs.some(({ each }) => each?.[kind]?.[name]));
  const rows = claims.flatMap(([a, b, part]) => {
    const cells = named.map((name) => {
      const found = differences(runs, [a, b], kind, name);
      const { better, digits, unit } = metrics[name];
      return found.length > 0 ? judgement(bootstrap(found), better, digits, unit).text : '—';
    });
    const seeds = differences(runs, [a, b], kind, 'psnr_y').length;
    return seeds > 0 ? [[`${part} (${a} against ${b})`, String(seeds), ...cells]] : [];
  });
  return rows.length > 0 ? markdownTable(['', 'seeds', ...named.map((name) => metrics[name].title)], rows) : [];
}

const kindsOf = ({ runs }: Ablation) => [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];

/** Of a degradation; that of the usefulness experiment is no training's. */
const kindTitle = (kind: string): string =>
  degradationTitles[kind as DegradationKind] ?? 'A degradation that none has seen';

const updatesOf = ({ runs }: Ablation) =>
  [...new Set(runs.map(({ updates }) => updates))].map((count) => count.toLocaleString('en')).join(', ');

function tables(experiment: Ablation, order: readonly string[], claims: readonly RowClaim[], quoted: Quoted | null) {
  return kindsOf(experiment).flatMap((kind) => {
    const effects = effectTable(experiment.runs, claims, kind);
    return [
      `### ${kindTitle(kind)}`,
      '',
      ...scoreTable(experiment.runs, order, kind, quoted),
      '',
      ...(effects.length > 0 ? [...effects, ''] : []),
    ];
  });
}

/** The terms of ours in these rows, as far as the file has them. */
const termsText = ({ weights = {} }: Ablation): string[] =>
  Object.keys(weights).length === 0
    ? []
    : [
        `Terms: ${Object.entries(weights)
          .map(([name, weight]) => `${name.replace(/_weight$/, '')} ${weight}`)
          .join(', ')}; the section Weights has those of what ships.`,
        '',
      ];

/** The rows that the paper orders, the worst first; none where one is missing. */
function orderOf(ablation: Ablation, kind: string, name: Metric): string[] {
  const means = Object.keys(tableFour).map((row) => ({ row, mean: meanOf(ablation, row, kind, name) }));
  if (!means.every(({ mean }) => Number.isFinite(mean))) return [];
  const { title, better } = metrics[name];
  const sorted = means.sort((a, b) => (better === 'higher' ? a.mean - b.mean : b.mean - a.mean));
  return [`- ${kindTitle(kind)}, ${title}: ${sorted.map(({ row }) => row).join(' < ')}`];
}

export function ablationPart(ablation: Ablation): string[] {
  const { teacher_steps } = ablation;
  const updates = updatesOf(ablation);
  const teacher = teacher_steps ? ` from the teacher of ${teacher_steps.toLocaleString('en')} steps` : '';
  return [
    '## Ablation (Table IV)',
    '',
    `Students after ${updates} updates each${teacher}, measured on the validation set by the trainer (\`python -m trainer ablation\`, whose`,
    'configuration has all weights): mean ± half the range over training seeds. The perceptual term is in every row. The paper’s numbers',
    'are the no-reference scores CLIPIQA and MUSIQ on RealSR and RealSet65: both kinds of number order the rows, but by different things.',
    'NIQE is the no-reference score here. The second table asks of each part whether it makes students better: mean difference and its',
    '95 % interval by a paired bootstrap over pictures and training seeds. *Not shown*: no effect that these runs can tell from 0.',
    '',
    ...termsText(ablation),
    ...tables(ablation, tableFourRows, tableFourClaims, tableFour),
    'The paper’s order is distill < +LR < +HR < both, conv < both, diff on RealSR’s CLIPIQA. Here, by means and the worst first:',
    '',
    ...kindsOf(ablation).flatMap((kind) =>
      (['niqe', 'lpips_alex', 'psnr_y'] as const).flatMap((name) => orderOf(ablation, kind, name)),
    ),
    '',
  ];
}

const variantClaims: readonly RowClaim[] = [
  ['ours', 'SinSR', 'ours in place of SinSR'],
  ['ours', 'SinSR + perceptual', 'ours in place of SinSR with the same perceptual term'],
  ['ours, perceptual 0', 'SinSR', 'ours in place of SinSR, neither with a perceptual term'],
  ['ours, perceptual 0', 'SinSR + L_denoise', 'ours in place of SinSR with L_denoise'],
  ['SinSR + L_denoise', 'SinSR', 'L_denoise in SinSR'],
  ['ours', 'ours, perceptual 0', 'the perceptual term'],
  ['ours, distill 1', 'ours', 'L_distill with weight 1'],
  ['ours, twice L_H^G', 'ours', 'L_H^G with twice its weight'],
  ['ours, four times L_H^G', 'ours', 'L_H^G with four times its weight'],
  ['ours, shifting G', 'ours', 'G as a diffusion model'],
  ['ours, latent G', 'ours', 'G in the latent'],
];

const rowsOf = ({ runs }: Ablation) => [...new Set(runs.map(({ row }) => row))];

/** Short runs of equal samples: which part of the objective makes a difference. */
export const variantsPart = (variants: Ablation): string[] => [
  '## Parts of the objective',
  '',
  `Students after ${updatesOf(variants)} updates each from one teacher, far fewer than what ships: to be compared with each other`,
  '(`python -m trainer variants`). Means, ranges and intervals as in Table IV.',
  '',
  ...tables(variants, rowsOf(variants), variantClaims, null),
];

/** Whether G's pairs teach. */
export const usefulnessPart = (usefulness: Ablation): string[] => [
  '## Usefulness of G’s pairs',
  '',
  `Students of ${updatesOf(usefulness)} updates from random weights, by regression on pairs of one kind each, scored on LR pictures that neither they nor`,
  'G have seen the kind of: motion blur, every fourth pixel, 32 levels (`python -m trainer usefulness`). The paper has no such experiment.',
  '',
  ...tables(
    usefulness,
    rowsOf(usefulness),
    [
      ['G', 'bicubic', 'pairs of G in place of bicubic ones'],
      ['G', 'Real-ESRGAN', 'pairs of G in place of Real-ESRGAN ones'],
    ],
    null,
  ),
];
