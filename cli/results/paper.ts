/** What the paper reports (spec §7.3), and the claims in it that can be checked with the metrics there are here. */
import type { EvaluationMethod } from '../../src/engine/evaluation/methods.ts';

export type Metric = 'psnrY' | 'ssimY' | 'msSsim' | 'perceptual';

/** One method before another on some metrics. */
export interface Claim {
  readonly better: EvaluationMethod;
  readonly worse: EvaluationMethod;
  readonly metrics: readonly Metric[];
  /** Where it stands, with the paper's numbers. */
  readonly source: string;
}

export const paperClaims: readonly Claim[] = [
  {
    better: 'ours',
    worse: 'sinsr',
    metrics: ['psnrY', 'ssimY', 'msSsim'],
    source:
      'Tables I and II: PSNR 26.880 > 26.622 and 29.43 > 29.15, SSIM .747 > .732 and .829 > .822, MS-SSIM .955 > .952',
  },
  { better: 'ours', worse: 'sinsr', metrics: ['perceptual'], source: 'Table I: LPIPS .198 < .207' },
  {
    better: 'resshift',
    worse: 'ours',
    metrics: ['psnrY', 'ssimY'],
    source: 'Table I: PSNR 27.075 > 26.880, SSIM .763 > .747',
  },
  { better: 'ours', worse: 'resshift', metrics: ['perceptual'], source: 'Table I: LPIPS .198 < .201' },
  {
    better: 'ours',
    worse: 'ours-conv',
    metrics: ['perceptual'],
    source: 'Table IV, there by no-reference scores: CLIPIQA .7240 > .7030, MUSIQ 63.26 > 61.63 (RealSR)',
  },
];

/** What a super-resolution method should do at the least. */
export const ownClaims: readonly Claim[] = (['ours', 'ours-conv', 'sinsr'] as const).map((better) => ({
  better,
  worse: 'bicubic',
  metrics: ['psnrY', 'ssimY', 'perceptual'],
  source: 'the least to expect',
}));

/** Table IV on RealSR and RealSet65: CLIPIQA and MUSIQ, larger is better. */
export const tableFour: Readonly<Record<string, string>> = {
  distill: '.6221 / 58.73, .6564 / 60.95',
  '+LR': '.6887 / 61.61, .7076 / 63.39',
  '+HR': '.6909 / 62.05, .7036 / 64.27',
  'both, conv': '.7030 / 61.63, .7329 / 64.55',
  'both, diff': '.7240 / 63.26, .7428 / 64.06',
};
