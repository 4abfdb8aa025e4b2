/**
 * Every setting of co-training: each reading of spec §8 is one. A table, so that the reader, the page and the address bar
 * know the same names, defaults, ranges and words.
 */

interface Described {
  readonly label: string;
  /** In the paper, where it has one (KaTeX). */
  readonly symbol?: string;
  readonly effect: string;
  /** May change while a run goes; the others belong to its start. */
  readonly hot: boolean;
}
export interface NumberOption extends Described {
  readonly kind: 'number' | 'whole';
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
export interface ChoiceOption<C extends string = string> extends Described {
  readonly kind: 'choice';
  readonly value: C;
  readonly choices: readonly C[];
}
export interface SwitchOption extends Described {
  readonly kind: 'switch';
  readonly value: boolean;
}
export type Option = NumberOption | ChoiceOption | SwitchOption;

type Text = Omit<Described, 'hot'>;

const at = (hot: boolean) => ({
  number: (value: number, low: number, high: number, text: Text) =>
    ({ kind: 'number', value, low, high, hot, ...text }) as NumberOption,
  whole: (value: number, low: number, high: number, text: Text) =>
    ({ kind: 'whole', value, low, high, hot, ...text }) as NumberOption,
  choice: <const C extends string>(value: NoInfer<C>, choices: readonly C[], text: Text) =>
    ({ kind: 'choice', value, choices, hot, ...text }) as ChoiceOption<C>,
  toggle: (value: boolean, text: Text) => ({ kind: 'switch', value, hot, ...text }) as SwitchOption,
});
const start = at(false);
const live = at(true);

const weight = (value: number, label: string, symbol: string, effect: string) =>
  live.number(value, 0, 1000, { label, symbol, effect });

export const options = {
  seed: start.whole(42, 0, 2 ** 32 - 1, {
    label: 'Seed',
    effect: 'Crops, degradations, noise and fresh weights all follow from it.',
  }),
  downsampler: start.choice('diffusion', ['diffusion', 'convolutional'], {
    label: 'Downsampler',
    symbol: 'G',
    effect: "A U-Net like the student's, or the small convolutional network of Tables III and IV.",
  }),
  downsamplerSpace: start.choice('pixels', ['pixels', 'latent'], {
    label: 'Output of G',
    effect: 'LR pixels, or their latent, which is decoded for D_L (§8.13).',
  }),
  studentStart: start.choice('teacher', ['teacher', 'random'], {
    label: 'Student starts',
    effect: 'As a copy of the teacher, or from random weights (§8.17).',
  }),
  partnerStart: start.choice('fresh', ['fresh', 'shipped'], {
    label: 'G and the D’s start',
    effect: 'From fresh weights, or from those that the preset’s own student was trained against.',
  }),
  crop: start.whole(16, 8, 512, { label: 'Crop', effect: 'Side of the LR crops in pixels; ×4 on the HR side.' }),
  batch: start.whole(1, 1, 64, { label: 'Batch', effect: 'Crops in each iteration.' }),
  window: start.whole(8, 2, 512, {
    label: 'Window of D_H',
    effect: 'Side of the part of the latent that is decoded for D_H; smaller is cheaper.',
  }),
  pool: start.whole(64, 1, 100_000, {
    label: 'Pool',
    effect: 'Different crops of the run; the teacher samples each once, and it is used again (§8.10).',
  }),
  degradation: start.choice('realesrgan', ['bicubic', 'realesrgan', 'realesrgan-test'], {
    label: 'Degradation',
    effect: 'How LR crops are made from HR ones (§6).',
  }),

  denoiseWeight: weight(
    1,
    'Denoising',
    '\\mathcal{L}_{denoise}',
    "Weight of the student's distance to the truth (eq. 7).",
  ),
  distillWeight: weight(
    1,
    'Distillation',
    '\\mathcal{L}_{distill}',
    "Weight of its distance to the teacher's sample (eq. 2).",
  ),
  inverseWeight: weight(0, 'Inverse', '\\mathcal{L}_{inverse}', "SinSR's way back to the noise (§8.11)."),
  gtWeight: weight(0, 'Ground truth', '\\mathcal{L}_{gt}', "SinSR's way from the truth to itself (§8.11)."),
  lambdaHr: weight(
    0.02,
    'Weight of D_H',
    '\\lambda_H',
    'Of the adversarial term in HR; 1 is the paper to the letter, 0 switches D_H off (§8.5).',
  ),
  lambdaLr: weight(
    0.02,
    'Weight of D_L',
    '\\lambda_L',
    'Of the adversarial term in LR; 1 is the paper to the letter, 0 switches G and D_L off (§8.5).',
  ),
  discriminatorLoss: live.choice('hinge', ['hinge', 'bce', 'literal'], {
    label: 'Loss of D',
    effect: 'Hinge, cross-entropy, or eqs. 3 and 5 as printed, which diverge (§8.1).',
  }),
  weightMode: live.choice('none', ['none', 'snr'], {
    label: 'Factor of eqs. 7 and 8',
    symbol: '\\bar\\alpha/(1-\\bar\\alpha)',
    effect: 'Left out, or its counterpart (1−η)²/κ²η (§8.4).',
  }),
  downsamplerInput: live.choice('concat', ['concat', 'shift'], {
    label: 'Input of G',
    effect: "Noise beside the student's latent, or noise added to it (§8.12).",
  }),
  hrReal: live.choice('decoded', ['decoded', 'original'], {
    label: 'Real for D_H',
    symbol: 'x_0',
    effect: "The truth as the decoder shows it, or itself, with which the decoder's flaws give fakes away (§8.24).",
  }),
  cycle: live.toggle(false, {
    label: 'Cycle',
    effect: 'The denoising loss of G reaches the student too (§8.15).',
  }),

  heldOutEvery: live.whole(25, 0, 1e6, {
    label: 'Held-out measure',
    effect: 'Iterations between two measurements of the student on pictures it never learns from; 0: none.',
  }),

  learningRate: live.number(5e-5, 0, 1, { label: 'Learning rate', effect: "Adam's, of the student (§8.16)." }),
  learningRateEnd: live.number(0, 0, 1, { label: 'Last learning rate', effect: 'Where the half cosine ends.' }),
  warmup: live.whole(0, 0, 1e6, { label: 'Warm-up', effect: 'Iterations in which the rate rises.' }),
  decaySteps: live.whole(0, 0, 1e7, { label: 'Decay', effect: 'Iterations of the half cosine; 0: the rate stays.' }),
  downsamplerRate: live.number(1, 0, 100, { label: 'Rate of G', effect: 'Times the learning rate.' }),
  discriminatorRate: live.number(1, 0, 100, { label: "Rate of the D's", effect: 'Times the learning rate.' }),
  beta1: live.number(0.9, 0, 0.9999, { label: 'β₁', effect: "Of student and G: the gradient's memory." }),
  beta2: live.number(0.999, 0, 0.99999, { label: 'β₂', effect: "Of student and G: the squared gradient's memory." }),
  discriminatorBeta1: live.number(0, 0, 0.9999, { label: "β₁ of the D's", effect: 'Usually none.' }),
  discriminatorBeta2: live.number(0.99, 0, 0.99999, {
    label: "β₂ of the D's",
    effect: "The squared gradient's memory.",
  }),
  clip: live.number(1, 1e-6, 1e6, {
    label: 'Clipping',
    effect: "Each network's gradient is made no longer than this.",
  }),
  ema: live.number(0.999, 0, 0.99999, {
    label: 'Average',
    effect: 'Decay of the moving average that is shown and exported.',
  }),
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;
