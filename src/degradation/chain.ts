/** A degradation as a list of steps with all its decisions taken: what is drawn, shown to people, and carried out here. */
import { byteToFloat, type FloatImage } from '../imaging/image.ts';
import { namedStream } from '../imaging/random.ts';
import { type ResizeKernel, resize, resizeBy } from '../imaging/resize.ts';
import { jpeg } from './jpeg.ts';
import { filter2d, type KernelDescription, makeKernel } from './kernels.ts';
import { addGaussianNoise, addPoissonNoise } from './noise.ts';

export interface BlurStep {
  readonly name: 'blur';
  readonly kernel: KernelDescription;
}

export interface ResizeStep {
  readonly name: 'resize';
  readonly method: ResizeKernel;
  /** A factor on both sides, or a size in pixels. */
  readonly to: number | { readonly width: number; readonly height: number };
}

export interface NoiseStep {
  readonly name: 'noise';
  readonly kind: 'gaussian' | 'poisson';
  /** Standard deviation in 8-bit levels, or the factor on the shot noise. */
  readonly strength: number;
  /** The same noise for all three channels. */
  readonly grey: boolean;
  /** Where the values come from: seed and name of the random stream. */
  readonly seed: number;
  readonly stream: string;
}

export interface JpegStep {
  readonly name: 'jpeg';
  readonly quality: number;
}

export type Step = BlurStep | ResizeStep | NoiseStep | JpegStep;

const shapeNames: Record<KernelDescription['shape'], string> = {
  iso: 'isotropic Gaussian',
  aniso: 'anisotropic Gaussian',
  generalized_iso: 'isotropic generalised Gaussian',
  generalized_aniso: 'anisotropic generalised Gaussian',
  plateau_iso: 'isotropic plateau',
  plateau_aniso: 'anisotropic plateau',
  sinc: 'sinc',
};

function describeKernel(kernel: KernelDescription): string {
  const start = `${shapeNames[kernel.shape]} ${kernel.size} × ${kernel.size} px`;
  if (kernel.shape === 'sinc') return `${start}, cut-off ${(kernel.cutoff / Math.PI).toFixed(2)} π`;
  const [across, down] = kernel.sigma.map((sigma) => sigma.toFixed(2));
  const turned = kernel.shape.endsWith('aniso')
    ? `σ ${across} and ${down} px, turned ${((kernel.theta * 180) / Math.PI).toFixed(0)}°`
    : `σ ${across} px`;
  return kernel.shape.includes('_') ? `${start}, ${turned}, β ${kernel.beta.toFixed(2)}` : `${start}, ${turned}`;
}

const methodNames: Record<ResizeKernel, string> = {
  'torch-area': 'area',
  'torch-bilinear': 'bilinear',
  'torch-bicubic': 'bicubic',
  bicubic: 'antialiased bicubic',
  'matlab-bicubic': 'antialiased bicubic, mirrored border',
  lanczos3: 'antialiased Lanczos',
};

/** One line for people, such as "Blur: sinc 9 × 9 px, cut-off 0.61 π". */
export function describeStep(step: Step): string {
  switch (step.name) {
    case 'blur':
      return `Blur: ${describeKernel(step.kernel)}`;
    case 'resize': {
      const to = typeof step.to === 'number' ? `× ${step.to.toFixed(2)}` : `to ${step.to.width} × ${step.to.height} px`;
      return `Resize ${to}: ${methodNames[step.method]}`;
    }
    case 'noise': {
      const colour = step.grey ? 'grey' : 'colour';
      return step.kind === 'gaussian'
        ? `Gaussian noise: σ ${step.strength.toFixed(1)} of 255, ${colour}`
        : `Poisson noise: × ${step.strength.toFixed(2)}, ${colour}`;
    }
    case 'jpeg':
      return `JPEG: quality ${step.quality.toFixed(0)}`;
  }
}

function clamped(image: FloatImage): FloatImage {
  return { ...image, data: image.data.map((value) => Math.min(1, Math.max(-1, value))) };
}

/** One step on RGB in [−1, 1]. Resizing and blurring may overshoot that range. */
function applyStep(image: FloatImage, step: Step): FloatImage {
  switch (step.name) {
    case 'blur':
      return filter2d(image, makeKernel(step.kernel));
    case 'resize': {
      const { to, method } = step;
      return typeof to === 'number' ? resizeBy(image, to, method) : resize(image, to.width, to.height, method);
    }
    case 'noise': {
      const add = step.kind === 'gaussian' ? addGaussianNoise : addPoissonNoise;
      return add(image, step.strength, step.grey, namedStream(step.seed, step.stream));
    }
    case 'jpeg':
      return jpeg(clamped(image), step.quality);
  }
}

/** Clipped and rounded to the 256 levels of an 8-bit picture, in [−1, 1] still. */
function toEightBit(image: FloatImage): FloatImage {
  // The array clamps, and rounds halves to even as PyTorch does.
  const levels = Uint8ClampedArray.from(image.data, (value) => (value + 1) * 127.5);
  return { ...image, data: Float32Array.from(levels, (byte) => byteToFloat[byte]) };
}

/**
 * All steps, then rounding to 8 bit.
 * @param onStep gets the picture after each step, for a preview; it may overshoot [−1, 1] and must not be changed
 */
export function applySteps(
  image: FloatImage,
  steps: readonly Step[],
  onStep?: (step: Step, result: FloatImage) => void,
): FloatImage {
  let result = image;
  for (const step of steps) {
    result = applyStep(result, step);
    onStep?.(step, result);
  }
  return toEightBit(result);
}
