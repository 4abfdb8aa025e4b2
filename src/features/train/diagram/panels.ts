/** The panels of Figure 2: names, sentences, and the phases that they take part in. */

import type { PanelName, ScoreName } from '../../../paper/names.ts';
import type { TrainingPhase } from '../../../report/run-metrics.ts';

export interface Card {
  /** Its place in the diagram. */
  readonly area: string;
  readonly symbol: string;
  readonly name: string;
  readonly sentence: string;
  readonly phases: readonly TrainingPhase[];
  /** One picture, or a discriminator's scores of two. */
  readonly pictures: readonly { readonly panel: PanelName; readonly label: string; readonly symbol?: string }[];
  /** Of a discriminator: whose scores its histogram has. */
  readonly scores?: { readonly real: ScoreName; readonly fake: ScoreName };
}

const picture = (panel: PanelName, label: string) => [{ panel, label }];

export const cards: readonly Card[] = [
  {
    area: 'lr',
    symbol: 'y',
    name: 'LR crop',
    sentence: 'Degraded from the ground truth. Teacher and student see it in every step.',
    phases: [],
    pictures: picture('lr', 'The LR crop'),
  },
  {
    area: 'prior',
    symbol: 'x_T',
    name: 'Noisy start',
    sentence: 'y in the latent, with noise added: where teacher and student start. Decoded, so that it can be seen.',
    phases: ['teacherTarget', 'studentForward', 'updateStudent'],
    pictures: picture('prior', 'The noisy start'),
  },
  {
    area: 'target',
    symbol: '\\hat{x}_\\theta',
    name: 'Teacher’s sample',
    sentence: 'The end of the frozen teacher’s steps: the target of distillation. Sampled once for each crop.',
    phases: ['teacherTarget'],
    pictures: picture('target', 'The teacher’s sample'),
  },
  {
    area: 'truth',
    symbol: 'x_0',
    name: 'Ground truth',
    sentence: 'The HR crop: the target of the denoising loss, and what D_H should take for real.',
    phases: [],
    pictures: picture('truth', 'The ground truth'),
  },
  {
    area: 'student',
    symbol: '\\hat{x}_\\phi',
    name: 'Student’s output',
    sentence: 'One step of the student from the same x_T, before this iteration’s update.',
    phases: ['studentForward', 'updateStudent'],
    pictures: picture('student', 'The student’s output'),
  },
  {
    area: 'dh',
    symbol: 'D_H',
    name: 'HR scores',
    sentence: 'Its score of each place: blue for real, orange for fake.',
    phases: ['updateDiscriminatorHR'],
    pictures: [
      { panel: 'hrReal', label: 'Scores of the ground truth by D_H', symbol: 'x_0' },
      { panel: 'hrFake', label: 'Scores of the student’s output by D_H', symbol: '\\hat{x}_\\phi' },
    ],
    scores: { real: 'hrReal', fake: 'hrFake' },
  },
  {
    area: 'yHat',
    symbol: '\\hat{y}',
    name: 'Output of G',
    sentence:
      'The output of G for the student’s output, which should look like y; beside it how far it is from y, at twice the contrast: black is equal.',
    phases: ['downsample', 'updateDownsampler'],
    pictures: [
      { panel: 'yHat', label: 'The downsampled output', symbol: '\\hat{y}' },
      { panel: 'difference', label: 'The difference of ŷ and y', symbol: '|\\hat{y}-y|' },
    ],
  },
  {
    area: 'dl',
    symbol: 'D_L',
    name: 'LR scores',
    sentence: 'Its score of each place: blue for real, orange for fake.',
    phases: ['updateDiscriminatorLR'],
    pictures: [
      { panel: 'lrReal', label: 'Scores of the LR crop by D_L', symbol: 'y' },
      { panel: 'lrFake', label: 'Scores of the downsampled output by D_L', symbol: '\\hat{y}' },
    ],
    scores: { real: 'lrReal', fake: 'lrFake' },
  },
];

export interface Arrow {
  readonly area: string;
  readonly direction: 'right' | 'up' | 'upRight' | 'both';
  readonly symbol: string;
  readonly note?: string;
  /** A network is drawn as a box; the other arrows are losses and inputs. */
  readonly network?: string;
  readonly phases: readonly TrainingPhase[];
}

export const arrows: readonly Arrow[] = [
  {
    area: 'teach',
    direction: 'right',
    symbol: 'f_\\theta',
    network: 'Teacher',
    note: 'frozen, all steps',
    phases: ['teacherTarget'],
  },
  { area: 'noise', direction: 'up', symbol: '\\epsilon', note: 'add noise', phases: ['teacherTarget'] },
  {
    area: 'step',
    direction: 'right',
    symbol: 'f_\\phi',
    network: 'Student',
    note: 'one step',
    phases: ['studentForward', 'updateStudent'],
  },
  { area: 'distill', direction: 'both', symbol: '\\mathcal{L}_{distill}', phases: ['updateStudent'] },
  { area: 'denoise', direction: 'upRight', symbol: '\\mathcal{L}_{denoise}', phases: ['updateStudent'] },
  { area: 'real', direction: 'right', symbol: 'x_0', note: 'real', phases: ['updateDiscriminatorHR'] },
  {
    area: 'fake',
    direction: 'upRight',
    symbol: '\\mathcal{L}_H^G',
    note: 'fake x̂',
    phases: ['updateDiscriminatorHR', 'updateStudent'],
  },
  {
    area: 'down',
    direction: 'right',
    symbol: 'G',
    network: 'Downsampler',
    phases: ['downsample', 'updateStudent', 'updateDownsampler'],
  },
  {
    area: 'lfake',
    direction: 'right',
    symbol: '\\mathcal{L}_L^G',
    note: 'fake ŷ',
    phases: ['updateDiscriminatorLR', 'updateStudent', 'updateDownsampler'],
  },
];

export const phaseNames: Readonly<Record<TrainingPhase, string>> = {
  teacherTarget: 'Teacher',
  studentForward: 'Student',
  downsample: 'G',
  updateDiscriminatorHR: 'Update D_H',
  updateDiscriminatorLR: 'Update D_L',
  updateStudent: 'Update student',
  updateDownsampler: 'Update G',
};
