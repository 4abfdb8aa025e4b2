/**
 * The degradations as data: Real-ESRGAN's second-order chain with ResShift's numbers (§6.2, §6.3) and
 * the milder variant of its test sets (§6.5). Edited settings are checked by `readSettings`.
 */

/** The degradations by name. */
export const degradationKinds = ['bicubic', 'realesrgan', 'realesrgan-test'] as const;
export type DegradationKind = (typeof degradationKinds)[number];

/** For people, in the order of tables. */
export const degradationTitles: Readonly<Record<DegradationKind, string>> = {
  bicubic: 'Bicubic ÷4',
  'realesrgan-test': 'Real-ESRGAN, test settings',
  realesrgan: 'Real-ESRGAN, training settings',
};

/** From and to; drawn uniformly between. */
export type Range = readonly [number, number];

export const gaussianShapes = [
  'iso',
  'aniso',
  'generalized_iso',
  'generalized_aniso',
  'plateau_iso',
  'plateau_aniso',
] as const;
export type GaussianShape = (typeof gaussianShapes)[number];

export interface BlurSettings {
  /** That the stage blurs at all. */
  readonly probability: number;
  /** Kernel sizes are 3, 5, …, this, all equally likely. */
  readonly largest: number;
  /** That the kernel is a sinc instead of one of the shapes. */
  readonly sinc: number;
  /** Relative weights. */
  readonly shapes: Readonly<Record<GaussianShape, number>>;
  /** Standard deviation in pixels, drawn for each axis of the anisotropic shapes. */
  readonly sigma: Range;
  /** Exponent of the generalised shapes: half the draws lie below 1, half above. */
  readonly generalizedBeta: Range;
  /** Likewise of the plateau shapes; from 1 means exactly 1 for the lower half. */
  readonly plateauBeta: Range;
}

export interface ResizeSettings {
  /** Relative weights of enlarging, reducing and keeping. */
  readonly up: number;
  readonly down: number;
  readonly keep: number;
  /** Smallest and largest factor: reducing draws below 1, enlarging above. */
  readonly range: Range;
}

export interface NoiseSettings {
  /** That it is Gaussian and not Poisson noise. */
  readonly gaussianProbability: number;
  /** That all three channels get the same noise. */
  readonly greyProbability: number;
  /** Standard deviation of the Gaussian noise in 8-bit levels. */
  readonly gaussian: Range;
  /** Factor on the shot noise. */
  readonly poisson: Range;
}

export interface StageSettings {
  /** That the stage takes place. */
  readonly probability: number;
  readonly blur: BlurSettings;
  readonly resize: ResizeSettings;
  readonly noise: NoiseSettings;
  /** JPEG quality, or none. */
  readonly jpeg: Range | null;
}

export interface FinalSettings {
  /** That the last filter is a sinc; otherwise there is none. */
  readonly sinc: number;
  readonly largest: number;
  readonly jpeg: Range | null;
}

export interface DegradationSettings {
  /** The first scales the picture it gets, later ones aim at a multiple of the final size (§6.3). */
  readonly stages: readonly StageSettings[];
  /** Reduction to a quarter, sinc filter and JPEG; half the time JPEG comes first. */
  readonly final: FinalSettings;
}

const shapes = {
  iso: 0.45,
  aniso: 0.25,
  generalized_iso: 0.12,
  generalized_aniso: 0.03,
  plateau_iso: 0.12,
  plateau_aniso: 0.03,
};
const betas = { generalizedBeta: [0.5, 4], plateauBeta: [1, 2] } as const;
const noise = { gaussianProbability: 0.5, greyProbability: 0.4 };

/** For training (§6.2, §6.3). */
export const realesrgan: DegradationSettings = {
  stages: [
    {
      probability: 1,
      blur: { probability: 1, largest: 19, sinc: 0.1, shapes, sigma: [0.2, 3], ...betas },
      resize: { up: 0.2, down: 0.7, keep: 0.1, range: [0.15, 1.5] },
      noise: { ...noise, gaussian: [1, 30], poisson: [0.05, 3] },
      jpeg: [30, 95],
    },
    {
      probability: 0.5,
      blur: { probability: 0.8, largest: 13, sinc: 0.1, shapes, sigma: [0.2, 1.5], ...betas },
      resize: { up: 0.3, down: 0.4, keep: 0.3, range: [0.3, 1.2] },
      noise: { ...noise, gaussian: [1, 25], poisson: [0.05, 2.5] },
      jpeg: null,
    },
  ],
  final: { sinc: 0.8, largest: 13, jpeg: [30, 95] },
};

/** For evaluation (§6.5): one mild stage, with the kernel sizes that ResShift's code draws. */
export const realesrganTest: DegradationSettings = {
  stages: [
    {
      probability: 1,
      blur: {
        probability: 1,
        largest: 11,
        sinc: 0.1,
        shapes: { iso: 0.6, aniso: 0.4, generalized_iso: 0, generalized_aniso: 0, plateau_iso: 0, plateau_aniso: 0 },
        sigma: [0.2, 0.8],
        ...betas,
      },
      resize: { up: 0.2, down: 0.7, keep: 0.1, range: [0.5, 1.5] },
      noise: { ...noise, gaussian: [1, 15], poisson: [0.05, 0.3] },
      jpeg: [70, 95],
    },
  ],
  final: { sinc: 0.2, largest: 5, jpeg: [80, 100] },
};
