/** What the paper reports (spec §7.3), and the claims in it that can be checked with the metrics there are here. */
import type { EvaluationMethod } from '../../src/engine/evaluation/methods.ts';

export type Metric = 'psnrY' | 'ssimY' | 'msSsim' | 'perceptual';

/** One method before another on some metrics. */
export interface Claim {
  readonly better: EvaluationMethod;
  readonly worse: EvaluationMethod;
  readonly metrics: readonly Metric[];
  /** Where the paper says it. */
  readonly source?: string;
}

export const paperClaims: readonly Claim[] = [
  {
    better: 'ours',
    worse: 'sinsr',
    metrics: ['psnrY', 'ssimY', 'msSsim'],
    source: 'Tables I and II',
  },
  { better: 'ours', worse: 'sinsr', metrics: ['perceptual'], source: 'Table I, by LPIPS' },
  {
    better: 'resshift',
    worse: 'ours',
    metrics: ['psnrY', 'ssimY'],
    source: 'Table I',
  },
  { better: 'ours', worse: 'resshift', metrics: ['perceptual'], source: 'Table I, by LPIPS' },
  {
    better: 'ours',
    worse: 'ours-conv',
    metrics: ['perceptual'],
    source: 'Table IV, by the no-reference CLIPIQA and MUSIQ on RealSR',
  },
];

/** What a super-resolution method should do at the least. */
export const ownClaims: readonly Claim[] = (['ours', 'ours-conv', 'sinsr'] as const).map((better) => ({
  better,
  worse: 'bicubic',
  metrics: ['psnrY', 'ssimY', 'perceptual'],
}));

/** The order in words, to stand beside each table. */
export const paperOrder =
  'The paper’s order: teacher-15, ours, SinSR by PSNR and SSIM; ours, teacher-15, SinSR by LPIPS (Table I, DIV2K-Val).';

/** Tables I and II: PSNR / SSIM, then LPIPS on DIV2K-Val and MS-SSIM on FFHQ. */
export const reported: readonly (readonly [string, string, string])[] = [
  ['teacher-15 (ResShift)', '27.075 / .763 / .201', '—'],
  ['SinSR-1', '26.622 / .732 / .207', '29.15 / .822 / .952'],
  ['ours-1 (diff)', '26.880 / .747 / .198', '29.43 / .829 / .955'],
];

/** Table IV on RealSR and RealSet65: CLIPIQA and MUSIQ, larger is better. */
export const tableFour: Readonly<Record<string, string>> = {
  distill: '.6221 / 58.73, .6564 / 60.95',
  '+LR': '.6887 / 61.61, .7076 / 63.39',
  '+HR': '.6909 / 62.05, .7036 / 64.27',
  'both, conv': '.7030 / 61.63, .7329 / 64.55',
  'both, diff': '.7240 / 63.26, .7428 / 64.06',
};
