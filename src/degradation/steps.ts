/** A degradation as a list of steps with all its decisions taken: what is drawn, shown to people, and carried out. */
import type { ResizeKernel } from '../imaging/resize.ts';
import type { KernelDescription } from './kernels.ts';

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
