/**
 * Every setting of co-training. One table gives the parser, the page and the address bar the same names, defaults, ranges
 * and texts. The readings of the paper that the settings choose are in README.md, section 8.
 */

interface Described {
  readonly label: string;
  /** In the paper, where it has one (KaTeX). */
  readonly symbol?: string;
  readonly effect: string;
  /** The paper's value or words; absent where nothing in it bears on the setting. */
  readonly paper?: string;
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

const weight = (value: number, label: string, symbol: string, effect: string, paper: string) =>
  live.number(value, 0, 1000, { label, symbol, effect, paper });

export const options = {
  seed: start.whole(42, 0, 2 ** 32 - 1, {
    label: 'Seed',
    effect: 'Crops, degradations, noise and fresh weights follow from it.',
  }),
  downsampler: start.choice('diffusion', ['diffusion', 'convolutional'], {
    label: 'Downsampler',
    symbol: 'G',
    effect: "A U-Net like the student's, or a small convolutional network.",
    paper: 'both, in Tables III and IV; the convolutional one without its sizes.',
  }),
  downsamplerSpace: start.choice('pixels', ['pixels', 'latent'], {
    label: 'Output of G',
    effect: 'LR pixels, or their latent, which is decoded for D_L.',
    paper: 'an LR image that is compared with y; not in which space.',
  }),
  discriminator: start.choice('efficientnet-lite0', ['efficientnet-lite0', 'scratch'], {
    label: 'Features of the D’s',
    effect:
      'A pretrained EfficientNet-Lite0, trained further, with a branch on the pixels; or convolutions from random weights, which are faster and seldom tell real from fake.',
    paper: 'StyleGAN-T’s discriminators, “utilizing and training a feature network”.',
  }),
  studentStart: start.choice('teacher', ['teacher', 'shipped', 'random'], {
    label: 'Initial student',
    effect: 'A copy of the teacher, the preset’s own student of this G, or random weights around a linear map.',
    paper: 'nothing; SinSR begins with the teacher.',
  }),
  partnerStart: start.choice('fresh', ['fresh', 'shipped'], {
    label: 'Initial G and D’s',
    effect: 'Fresh weights, or those that the preset’s own student was trained against.',
  }),
  crop: start.whole(16, 8, 512, {
    label: 'Crop size',
    effect: 'Side of the LR crops in pixels; ×4 on the HR side.',
    paper: '64.',
  }),
  batch: start.whole(1, 1, 64, { label: 'Batch size', effect: 'Crops per iteration.' }),
  window: start.whole(8, 2, 512, {
    label: 'Window of D_H',
    effect: 'Side of the part of the latent that is decoded for D_H and the perceptual term; smaller is cheaper.',
    paper: 'the whole picture.',
  }),
  windowMargin: start.whole(2, 0, 16, {
    label: 'Margin of the window',
    effect:
      'Latent pixels around the window that are decoded with it and cut away, so that D_H sees no border of the decoder’s.',
  }),
  pool: start.whole(64, 1, 100_000, {
    label: 'Pool size',
    effect: 'Different crops of the run; each is used once before any is used again.',
  }),
  freshChains: start.toggle(false, {
    label: 'Fresh teacher samples',
    effect:
      'The teacher samples a new chain, with other noise, each time a crop is used. Off: one chain per crop, used again.',
    paper: 'the teacher samples in every iteration.',
  }),
  heldOutPictures: start.whole(1, 1, 100, {
    label: 'Held-out pictures',
    effect: 'Pictures that are never trained on; at least one is trained on.',
  }),
  heldOutCrops: start.whole(1, 1, 64, {
    label: 'Crops of a held-out picture',
    effect: 'As large as the run’s; one is the picture’s middle, several lie evenly over it.',
  }),
  degradation: start.choice('realesrgan', ['bicubic', 'realesrgan', 'realesrgan-test'], {
    label: 'Degradation',
    effect: 'Makes LR crops from HR crops.',
    paper: 'Real-ESRGAN’s, as ResShift.',
  }),
  flatShare: start.number(0, 0, 1, {
    label: 'Crops of one colour',
    effect:
      'Share of the pool that is areas of one random colour: photographs have few, and walls and skies take on a tint.',
    paper: 'nothing.',
  }),
  flatWeight: start.number(40, 0, 1000, {
    label: 'Weight of crops of one colour',
    effect: 'In the student’s denoising loss: the errors of areas of one colour are small beside a photograph’s.',
    paper: 'nothing.',
  }),
  perceptualWeight: start.number(0, 0, 1000, {
    label: 'Perceptual loss',
    symbol: '\\mathcal{L}_{LPIPS}',
    effect: 'Weight of LPIPS (AlexNet) between the window of the student’s picture and the truth’s.',
    paper: 'no such term; the later version of ResShift has one.',
  }),

  denoiseWeight: weight(
    1,
    'Denoising',
    '\\mathcal{L}_{denoise}',
    "Weight of the student's distance to the truth (eq. 7).",
    '1.',
  ),
  distillWeight: weight(
    1,
    'Distillation',
    '\\mathcal{L}_{distill}',
    "Weight of its distance to the teacher's sample (eq. 2).",
    '1, times the factor of eq. 7.',
  ),
  inverseWeight: weight(
    0,
    'Inverse',
    '\\mathcal{L}_{inverse}',
    'Weight of SinSR’s inverse loss: the student run backwards on the teacher’s sample should give the starting noise.',
    'SinSR’s term is not in its equations.',
  ),
  gtWeight: weight(
    0,
    'Ground truth',
    '\\mathcal{L}_{gt}',
    'Weight of SinSR’s ground-truth loss: the truth, mapped back to noise and forward again, should be the truth.',
    'SinSR’s term is not in its equations.',
  ),
  lambdaHr: weight(
    0.02,
    'Weight of D_H',
    '\\lambda_H',
    'Of the adversarial term in HR; with adaptive weights its share of the reconstruction’s gradient. 0 switches D_H off.',
    'no weight, which is 1.',
  ),
  lambdaLr: weight(
    0.02,
    'Weight of D_L',
    '\\lambda_L',
    'Of the adversarial term in LR; with adaptive weights its share of the reconstruction’s gradient. 0 switches G and D_L off.',
    'no weight, which is 1.',
  ),
  lambdaMode: live.choice('fixed', ['fixed', 'adaptive'], {
    label: 'Adversarial weights',
    effect:
      'As they are, or adaptive, as VQGAN’s: each iteration makes an adversarial gradient at the student’s output λ times as long as that of the reconstruction terms together.',
    paper: 'fixed.',
  }),
  discriminatorLoss: live.choice('hinge', ['hinge', 'bce', 'literal'], {
    label: 'Loss of D',
    effect:
      'Hinge, where D is a score; cross-entropy, where D is a probability; or eqs. 3 and 5 as printed, which diverge.',
    paper: 'the printed one, citing StyleGAN-T and ADD, whose loss is the hinge.',
  }),
  discriminatorWarmup: live.whole(0, 0, 1e6, {
    label: 'D warm-up steps',
    effect: 'First iterations, in which the D’s alone learn, on the initial outputs of student and G.',
    paper: 'nothing.',
  }),
  discriminatorSteps: live.whole(1, 1, 16, {
    label: 'D steps per iteration',
    effect: 'Updates of each D, each with its own augmentation.',
    paper: 'one.',
  }),
  quantiseLr: live.toggle(true, {
    label: '8-bit quantisation before D_L',
    effect: 'y and ŷ are rounded alike, so that D_L can’t tell bytes from floats; straight-through gradient.',
    paper: 'nothing.',
  }),
  latticeFree: live.toggle(true, {
    label: 'No lattice by D_H and LPIPS',
    effect: 'They have no say in what all latents of a block have in common: the cheapest energy for a smooth student.',
    paper: 'nothing.',
  }),
  weightMode: live.choice('none', ['none', 'snr', 'unweighted-denoise'], {
    label: 'Factor of eqs. 7 and 8',
    symbol: '\\bar\\alpha/(1-\\bar\\alpha)',
    effect:
      'Left out; its counterpart (1−η)²/κ²η on all terms, whose ratios stay; or on all but the denoising loss, as eqs. 7 and 8 are printed.',
    paper: 'on all terms but the denoising loss, whose own definition has it too.',
  }),
  downsamplerInput: live.choice('concat', ['concat', 'shift'], {
    label: 'Input of G',
    effect: "Noise beside the student's latent, or noise added to it.",
    paper: 'concat(x̂, ε′).',
  }),
  hrReal: live.choice('original', ['original', 'decoded'], {
    label: 'Real for D_H',
    symbol: 'x_0',
    effect:
      'The HR crop itself, or encoded and decoded first, so that D_H can’t tell fakes by the decoder’s artefacts.',
    paper: 'the truth.',
  }),
  cycle: live.toggle(false, {
    label: 'Cycle',
    effect: 'The denoising loss of G reaches the student too.',
    paper: 'speaks of cycle consistency; no equation has it.',
  }),

  heldOutEvery: live.whole(25, 0, 1e6, {
    label: 'Validation interval',
    effect: 'Iterations between two measurements of the student on held-out pictures; 0: none.',
  }),

  learningRate: live.number(5e-5, 0, 1, { label: 'Learning rate', effect: 'Adam’s, for the student.', paper: '5e-5.' }),
  learningRateEnd: live.number(0, 0, 1, { label: 'Final learning rate', effect: 'End of the cosine decay.' }),
  warmup: live.whole(0, 0, 1e6, {
    label: 'Warm-up steps',
    effect: 'Iterations of the linear rise of the learning rate.',
  }),
  decaySteps: live.whole(0, 0, 1e7, {
    label: 'Cosine decay steps',
    effect: 'Iterations of the cosine decay; 0: constant rate.',
  }),
  downsamplerRate: live.number(1, 0, 100, { label: 'Learning rate of G', effect: 'A multiple of the student’s.' }),
  discriminatorRate: live.number(1, 0, 100, {
    label: 'Learning rate of the D’s',
    effect: 'A multiple of the student’s.',
  }),
  featureRate: live.number(0.25, 0, 100, {
    label: 'Learning rate of the features',
    effect: 'Of the pretrained feature network: a multiple of the D’s.',
    paper: 'trains the feature network; not at which rate.',
  }),
  beta1: live.number(0.9, 0, 0.9999, { label: 'Adam β₁', effect: 'Decay of the first moment, for student and G.' }),
  beta2: live.number(0.999, 0, 0.99999, { label: 'Adam β₂', effect: 'Decay of the second moment, for student and G.' }),
  discriminatorBeta1: live.number(0, 0, 0.9999, {
    label: 'Adam β₁ of the D’s',
    effect: 'Decay of the first moment; usually 0.',
  }),
  discriminatorBeta2: live.number(0.99, 0, 0.99999, {
    label: 'Adam β₂ of the D’s',
    effect: 'Decay of the second moment.',
  }),
  clip: live.number(1, 1e-6, 1e6, {
    label: 'Max gradient norm',
    effect: 'Per network: a longer gradient is scaled down to it.',
  }),
  ema: live.number(0.999, 0, 0.99999, {
    label: 'EMA decay',
    effect: 'Of the student’s weights; the average is shown and exported.',
  }),
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;

/** The values of runs that were begun before these settings were there. */
export const earlierSettings = {
  discriminator: 'scratch',
  freshChains: false,
  perceptualWeight: 0,
  lambdaMode: 'fixed',
  discriminatorWarmup: 0,
  discriminatorSteps: 1,
  quantiseLr: false,
  latticeFree: false,
  windowMargin: 0,
  featureRate: 1,
} as const satisfies Partial<Record<OptionName, string | number | boolean>>;
