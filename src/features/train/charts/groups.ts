/** Which numbers share a chart, and how each is called. */
import type { Column } from '../../../engine/training-protocol.ts';
import { trainingPhases } from '../../../engine/training-protocol.ts';
import { phaseNames } from '../diagram/panels.ts';

export interface Series {
  readonly column: Column;
  readonly symbol?: string;
  readonly name: string;
}
export interface ChartGroup {
  readonly title: string;
  /** What it shows, for those who don't see the curves. */
  readonly description: string;
  readonly scale: 'linear' | 'logarithmic';
  readonly series: readonly Series[];
}

const series = (column: Column, name: string, symbol?: string): Series => ({ column, name, symbol });

export const chartGroups: readonly ChartGroup[] = [
  {
    title: 'Student (eqs. 2, 4, 6, 7)',
    description: 'The student’s loss and its terms, by iteration',
    scale: 'linear',
    series: [
      series('losses.student', 'whole', '\\mathcal{L}_{student}'),
      series('losses.denoiseStudent', 'to the truth', '\\mathcal{L}_{denoise}'),
      series('losses.distill', 'to the teacher', '\\mathcal{L}_{distill}'),
      series('losses.gHR', 'adversarial, HR', '\\mathcal{L}_H^G'),
      series('losses.gLR', 'adversarial, LR', '\\mathcal{L}_L^G'),
      series('losses.cycle', 'cycle', '\\mathcal{L}_{cycle}'),
      series('losses.inverse', 'inverse', '\\mathcal{L}_{inverse}'),
      series('losses.gt', 'ground truth', '\\mathcal{L}_{gt}'),
    ],
  },
  {
    title: 'Downsampler (eqs. 6, 8)',
    description: 'The loss of G and its terms, by iteration',
    scale: 'linear',
    series: [
      series('losses.downsampler', 'whole', '\\mathcal{L}_{downsampler}'),
      series('losses.denoiseDownsampler', 'to y', '\\mathcal{L}_{denoise}'),
      series('losses.gLRDownsampler', 'adversarial, LR', '\\mathcal{L}_L^G'),
    ],
  },
  {
    title: 'Discriminators (eqs. 3, 5)',
    description: 'The discriminators’ losses, by iteration',
    scale: 'linear',
    series: [series('losses.dHR', 'HR', '\\mathcal{L}_{DH}'), series('losses.dLR', 'LR', '\\mathcal{L}_{DL}')],
  },
  {
    title: 'Scores',
    description: 'The discriminators’ mean scores of real and fake pictures, by iteration; larger means real',
    scale: 'linear',
    series: [
      series('scores.hrReal', 'real', 'D_H(x_0)'),
      series('scores.hrFake', 'fake', 'D_H(\\hat{x}_\\phi)'),
      series('scores.lrReal', 'real', 'D_L(y)'),
      series('scores.lrFake', 'fake', 'D_L(\\hat{y})'),
    ],
  },
  {
    title: 'Gradient norms, before clipping',
    description: 'The length of each network’s gradient, by iteration',
    scale: 'logarithmic',
    series: [
      series('gradNorms.student', 'student', 'f_\\phi'),
      series('gradNorms.downsampler', 'downsampler', 'G'),
      series('gradNorms.discriminatorHR', 'HR', 'D_H'),
      series('gradNorms.discriminatorLR', 'LR', 'D_L'),
    ],
  },
  {
    title: 'Milliseconds',
    description: 'What an iteration and each of its phases take, by iteration',
    scale: 'logarithmic',
    series: [
      series('timing.whole', 'Whole iteration'),
      ...trainingPhases.map((phase) => series(`timing.${phase}`, phaseNames[phase])),
    ],
  },
];
