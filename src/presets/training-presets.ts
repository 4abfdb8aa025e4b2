/** The rows of Tables III and IV as settings of co-training (src/training/options.ts); what a row leaves out keeps its default. */

export interface TrainingPreset {
  readonly name: string;
  /** The networks that learn, and their losses. */
  readonly effect: string;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

export const trainingPresets: readonly TrainingPreset[] = [
  {
    name: 'SinSR baseline',
    effect: 'The student alone, by SinSR’s three losses: distillation, inverse and ground truth.',
    settings: { denoiseWeight: 0, inverseWeight: 1, gtWeight: 1, lambdaHr: 0, lambdaLr: 0 },
  },
  {
    name: 'Distill only',
    effect: 'The student alone, by the denoising loss and distillation.',
    settings: { lambdaHr: 0, lambdaLr: 0 },
  },
  { name: '+ HR', effect: 'Distillation with D_H.', settings: { lambdaLr: 0 } },
  { name: '+ LR', effect: 'Distillation with the diffusion G and D_L.', settings: { lambdaHr: 0 } },
  {
    name: 'Both, conv G',
    effect: 'Both discriminators; the small convolutional G.',
    settings: { downsampler: 'convolutional' },
  },
  { name: 'Both, diffusion G', effect: 'All of the paper: both discriminators and the diffusion G.', settings: {} },
];
