/** The paper's tables (§7.3), and its claims that can be checked with the metrics here. */
import type { EvaluationMethod } from './methods.ts';

export type Metric = 'psnrY' | 'ssimY' | 'msSsim' | 'lpips' | 'niqe';

/** One method before another on some metrics. */
export interface Claim {
  readonly better: EvaluationMethod;
  readonly worse: EvaluationMethod;
  readonly metrics: readonly Metric[];
  /** The place in the paper. */
  readonly source?: string;
}

export const paperClaims: readonly Claim[] = [
  {
    better: 'ours',
    worse: 'sinsr',
    metrics: ['psnrY', 'ssimY', 'msSsim'],
    source: 'Tables I and II',
  },
  { better: 'ours', worse: 'sinsr', metrics: ['lpips'], source: 'Table I' },
  {
    better: 'resshift',
    worse: 'ours',
    metrics: ['psnrY', 'ssimY'],
    source: 'Table I',
  },
  { better: 'ours', worse: 'resshift', metrics: ['lpips'], source: 'Table I' },
  {
    better: 'ours',
    worse: 'ours-conv',
    metrics: ['niqe'],
    source: 'Table IV, by the no-reference CLIPIQA and MUSIQ on RealSR',
  },
];

/** The paper has no baseline without distillation: a student has to beat interpolation, its teacher in one step, and a regression. */
export const baselineClaims: readonly Claim[] = (['bicubic', 'resshift@1', 'l2'] as const).flatMap((worse) =>
  (['ours', 'ours-conv', 'sinsr'] as const).map((better) => ({
    better,
    worse,
    metrics: ['psnrY', 'ssimY', 'lpips', 'niqe'] as const,
  })),
);

const isOfG = ({ better, worse }: Claim) => [better, worse].every((name) => name === 'ours' || name === 'ours-conv');

/**
 * The paper's claims without those on G, where the students of the two G's were trained under other losses: their difference is not G's.
 * @param lossesOf what the manifest says that a student minimised
 */
export function comparableClaims(lossesOf: (student: 'ours' | 'ours-conv') => unknown): readonly Claim[] {
  return lossesOf('ours') === lossesOf('ours-conv') ? paperClaims : paperClaims.filter((claim) => !isOfG(claim));
}

/** The order in words, to stand beside each table. */
export const paperOrder =
  'The paper’s order: teacher, ours, SinSR by PSNR and SSIM; ours, teacher, SinSR by LPIPS (Table I, DIV2K-Val).';

export interface ReportedColumn {
  readonly set: string;
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  readonly digits: number;
}

export interface ReportedRow {
  /** The row's name in the paper. */
  readonly name: string;
  /** The same method here, where it runs here. */
  readonly method?: EvaluationMethod;
  /** Null where the paper has no number. */
  readonly values: readonly (number | null)[];
}

/** A table as the paper prints it. */
export interface ReportedTable {
  readonly title: string;
  readonly columns: readonly ReportedColumn[];
  readonly rows: readonly ReportedRow[];
}

const column = (set: string, metric: string, digits: number, better: ReportedColumn['better'] = 'higher') => ({
  set,
  metric,
  better,
  digits,
});
const clipiqaAndMusiq = (set: string) => [column(set, 'CLIPIQA', 3), column(set, 'MUSIQ', 3)];
const none = [null, null, null, null, null];

export const tableOne: ReportedTable = {
  title: 'Table I',
  columns: [
    ...clipiqaAndMusiq('RealSR'),
    ...clipiqaAndMusiq('RealSet65'),
    column('DIV2K-Val', 'PSNR', 3),
    column('DIV2K-Val', 'SSIM', 3),
    column('DIV2K-Val', 'LPIPS', 3, 'lower'),
    ...clipiqaAndMusiq('DIV2K-Val'),
  ],
  rows: [
    { name: 'RankSRGAN', values: [0.582, 62.098, 0.56, 51.813, ...none] },
    { name: 'Real-ESRGAN', values: [0.49, 59.692, 0.599, 63.22, ...none] },
    { name: 'LDM-15', values: [0.384, 49.317, 0.427, 47.488, ...none] },
    {
      name: 'ResShift-15',
      method: 'resshift',
      values: [0.601, 58.648, 0.649, 60.772, 27.075, 0.763, 0.201, 0.673, 65.57],
    },
    { name: 'SinSR', method: 'sinsr', values: [0.686, 60.75, 0.715, 62.258, 26.622, 0.732, 0.207, 0.715, 65.764] },
    { name: 'Ours', method: 'ours', values: [0.724, 63.263, 0.743, 64.063, 26.88, 0.747, 0.198, 0.686, 65.865] },
  ],
};

export const tableTwo: ReportedTable = {
  title: 'Table II',
  columns: [
    column('FFHQ 64→256', 'PSNR', 2),
    column('FFHQ 64→256', 'SSIM', 3),
    column('FFHQ 64→256', 'MS-SSIM', 3),
    column('FFHQ 64→256', 'FID', 3, 'lower'),
  ],
  // All but the last two are quoted there from CAGFace's paper, of another degradation (§8.20).
  rows: [
    { name: 'SRGAN', values: [17.57, 0.415, 0.757, 156.07] },
    { name: 'ESRGAN', values: [15.43, 0.267, 0.747, 166.36] },
    { name: 'EnhanceNet', values: [23.64, 0.701, 0.897, 116.38] },
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: an SSIM, not ln 2
    { name: 'SRFBN', values: [21.96, 0.693, 0.895, 132.59] },
    { name: 'CAGFace', values: [27.42, 0.816, 0.958, 74.43] },
    { name: 'SinSR', method: 'sinsr', values: [29.15, 0.822, 0.952, 10.332] },
    { name: 'Ours', method: 'ours', values: [29.43, 0.829, 0.955, 9.179] },
  ],
};

/** As the paper prints it: no zero before the point. */
export const reportedValue = (value: number | null | undefined, { digits }: Pick<ReportedColumn, 'digits'>): string =>
  value === null || value === undefined ? '—' : value.toFixed(digits).replace(/^0\./, '.');

/** The rows of Table IV in the paper's order, by the ids that the trainer gives them, and two of ours. */
export const tableFourRows = [
  'distill alone',
  'distill',
  '+LR',
  '+HR',
  'both, conv',
  'both, diff',
  'both, cycle',
] as const;

export type TableFourRow = (typeof tableFourRows)[number];

/** Table IV on RealSR and RealSet65: CLIPIQA and MUSIQ, larger is better. */
export const tableFour: Readonly<Partial<Record<TableFourRow, string>>> = {
  distill: '.6221 / 58.73, .6564 / 60.95',
  '+LR': '.6887 / 61.61, .7076 / 63.39',
  '+HR': '.6909 / 62.05, .7036 / 64.27',
  'both, conv': '.7030 / 61.63, .7329 / 64.55',
  'both, diff': '.7240 / 63.26, .7428 / 64.06',
};

/** Pairs of rows that differ by one part: [with it, without it, the part]. The paper's order says that each first one is better. */
export const tableFourClaims: readonly (readonly [TableFourRow, TableFourRow, string])[] = [
  ['distill', 'distill alone', 'L_denoise'],
  ['+LR', 'distill', 'L_L^G'],
  ['+HR', 'distill', 'L_H^G'],
  ['both, diff', '+HR', 'L_L^G beside L_H^G'],
  ['both, diff', '+LR', 'L_H^G beside L_L^G'],
  ['both, diff', 'both, conv', 'the diffusion G in place of the convolutional one'],
  ['both, cycle', 'both, diff', 'the cycle’s L_denoise'],
];
