/** The charts: the curves that each has, and their names. */

import type { TermName } from '../../../paper/names.ts';
import { trainingPhases } from '../../../report/run-metrics.ts';
import type { CurveName } from '../../../store/curves/curves.ts';
import { phaseNames } from '../diagram/panels.ts';

export const scales = ['linear', 'logarithmic', 'arcsinh'] as const;
export type Scale = (typeof scales)[number];

export interface Series {
  readonly curve: CurveName;
  readonly symbol?: string;
  readonly name: string;
  /** Only there to compare with: never smoothed, and drawn in dashes. */
  readonly isReference?: boolean;
}
export interface ChartGroup {
  readonly title: string;
  /** The chart in words, for screen readers. */
  readonly description: string;
  /** A caveat for readers. */
  readonly note?: string;
  readonly scale: Scale;
  readonly series: readonly Series[];
}

const series = (curve: CurveName, name: string, symbol?: string): Series => ({ curve, name, symbol });
const reference = (curve: CurveName, name: string): Series => ({ curve, name, isReference: true });

/** Of each term of the student’s loss, its name and its symbol. */
export const termTitles = {
  denoiseStudent: ['to the truth', '\\mathcal{L}_{denoise}'],
  distill: ['to the teacher', '\\mathcal{L}_{distill}'],
  perceptual: ['perceptual', '\\mathcal{L}_{LPIPS}'],
  gHR: ['adversarial, HR', '\\mathcal{L}_H^G'],
  gLR: ['adversarial, LR', '\\mathcal{L}_L^G'],
  cycle: ['cycle', '\\mathcal{L}_{cycle}'],
  inverse: ['inverse', '\\mathcal{L}_{inverse}'],
  gt: ['ground truth', '\\mathcal{L}_{gt}'],
} as const satisfies Readonly<Record<TermName, readonly [name: string, symbol: string]>>;

/** A curve of each term of the student's loss. */
const terms = (group: 'losses' | 'termShares' | 'termGrads'): Series[] =>
  (Object.keys(termTitles) as TermName[]).map((term) =>
    series(`${group}.${term}`, termTitles[term][0], termTitles[term][1]),
  );

/** All charts; the main ones stand beside the figure. */
export const chartGroups: readonly ChartGroup[] = [
  {
    title: 'Student',
    description: 'The student’s loss and its terms (eqs. 2, 4, 6 and 7)',
    scale: 'linear',
    series: [series('losses.student', 'whole', '\\mathcal{L}_{student}'), ...terms('losses')],
  },
  {
    title: 'Shares of the gradient',
    description: 'The part that each term has in the student’s gradient, measured at its output; all together make 1',
    note: 'A term below 0.01 has no effect.',
    scale: 'linear',
    series: terms('termShares'),
  },
  {
    title: 'Gradients of the terms',
    description: 'The length of each term’s weighted gradient at the student’s output',
    scale: 'logarithmic',
    series: terms('termGrads'),
  },
  {
    title: 'Downsampler',
    description: 'The loss of G and its terms (eqs. 6 and 8)',
    scale: 'linear',
    series: [
      series('losses.downsampler', 'whole', '\\mathcal{L}_{downsampler}'),
      series('losses.denoiseDownsampler', 'to y', '\\mathcal{L}_{denoise}'),
      series('losses.gLRDownsampler', 'adversarial, LR', '\\mathcal{L}_L^G'),
    ],
  },
  {
    title: 'Discriminators',
    description: 'The discriminators’ losses (eqs. 3 and 5)',
    scale: 'linear',
    series: [series('losses.dHR', 'HR', '\\mathcal{L}_{D_H}'), series('losses.dLR', 'LR', '\\mathcal{L}_{D_L}')],
  },
  {
    title: 'Scores',
    description: 'The discriminators’ mean scores of real and fake pictures; larger means real',
    scale: 'linear',
    series: [
      series('scores.hrReal', 'real', 'D_H(x_0)'),
      series('scores.hrFake', 'fake', 'D_H(\\hat{x}_\\phi)'),
      series('scores.lrReal', 'real', 'D_L(y)'),
      series('scores.lrFake', 'fake', 'D_L(\\hat{y})'),
    ],
  },
  {
    title: 'Discriminator accuracy',
    description: 'The share of places that the discriminators take for what they are, by the sign of the score',
    scale: 'linear',
    series: [
      series('accuracies.hrReal', 'real', 'D_H(x_0)>0'),
      series('accuracies.hrFake', 'fake', 'D_H(\\hat{x}_\\phi)<0'),
      series('accuracies.lrReal', 'real', 'D_L(y)>0'),
      series('accuracies.lrFake', 'fake', 'D_L(\\hat{y})<0'),
    ],
  },
  {
    title: 'Held-out PSNR, dB',
    description: 'PSNR of the luma of a picture that is never trained on: the student’s average against the truth',
    scale: 'linear',
    series: [
      series('heldOut.psnrY', 'student’s average', '\\hat{x}_\\phi'),
      reference('heldOut.bicubicPsnrY', 'bicubic'),
    ],
  },
  {
    title: 'Held-out LPIPS',
    description:
      'LPIPS (AlexNet) of a picture that is never trained on: the student’s average against the truth; smaller is better',
    scale: 'linear',
    series: [
      series('heldOut.lpips', 'student’s average', '\\hat{x}_\\phi'),
      reference('heldOut.bicubicLpips', 'bicubic'),
    ],
  },
  {
    title: 'Held-out SSIM',
    description: 'SSIM of the luma of a picture that is never trained on: the student’s average against the truth',
    scale: 'linear',
    series: [
      series('heldOut.ssimY', 'student’s average', '\\hat{x}_\\phi'),
      reference('heldOut.bicubicSsimY', 'bicubic'),
    ],
  },
  {
    title: 'Gradient norms',
    description: 'The length of each network’s gradient, before it is clipped',
    scale: 'logarithmic',
    series: [
      series('gradNorms.student', 'student', 'f_\\phi'),
      series('gradNorms.downsampler', 'downsampler', 'G'),
      series('gradNorms.discriminatorHR', 'HR', 'D_H'),
      series('gradNorms.discriminatorLR', 'LR', 'D_L'),
    ],
  },
  {
    title: 'Contrast of ŷ',
    description:
      'Standard deviation over the places of a picture: of y, and of what G puts out, which should have the same',
    scale: 'linear',
    series: [series('pixelStd.yHat', 'downsampled', '\\hat{y}'), series('pixelStd.lr', 'LR crop', 'y')],
  },
  {
    title: 'Iterations/s',
    description: 'How many iterations run in a second',
    scale: 'linear',
    series: [series('pace', 'iterations/s')],
  },
  {
    title: 'Milliseconds',
    description: 'The time of an iteration and of each of its phases',
    note: 'Of a phase on WebGPU: until its commands are given, or, stepped or in slow motion, until the GPU has done them.',
    scale: 'logarithmic',
    series: [
      series('timing.whole', 'Whole iteration'),
      ...trainingPhases.map((phase) => series(`timing.${phase}`, phaseNames[phase])),
    ],
  },
];

/** A place for one chart, or for several of which one is chosen. */
export type ChartPlace = readonly [ChartGroup, ...ChartGroup[]];

const named = (...titles: readonly string[]) =>
  chartGroups.filter(({ title }) => titles.includes(title)) as unknown as ChartPlace;

/** Beside the figure there is room for three. */
export const mainCharts: readonly ChartPlace[] = [
  named('Student'),
  named('Scores'),
  named('Held-out PSNR, dB', 'Held-out LPIPS'),
];
export const moreCharts: readonly ChartPlace[] = chartGroups
  .filter((group) => !mainCharts.some(([first]) => first === group))
  .map((group) => [group]);
