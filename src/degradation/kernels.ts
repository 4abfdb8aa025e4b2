/**
 * Blur kernels of the Real-ESRGAN degradation (§6.2), a family of Gaussians and the sinc that makes ringing; and filtering with them,
 * the border reflected: `filter2D` of the reference, a cross-correlation.
 */

import { cropReflect, type FloatImage, floatImage } from '../imaging/image.ts';
import type { GaussianShape } from './settings.ts';

export interface GaussianKernel {
  readonly shape: GaussianShape;
  /** Pixels a side, odd. */
  readonly size: number;
  /** Standard deviations σx and σy in pixels. */
  readonly sigma: readonly [number, number];
  /** Rotation θ in radians. */
  readonly theta: number;
  /** Exponent β of the generalised and plateau shapes; 1 makes the generalised one a Gaussian. */
  readonly beta: number;
}

export interface SincKernel {
  readonly shape: 'sinc';
  readonly size: number;
  /** Cut-off ω in radians a pixel. */
  readonly cutoff: number;
}

export type KernelDescription = GaussianKernel | SincKernel;

/** Weights by row, with sum 1. */
export interface Kernel {
  readonly size: number;
  readonly weights: Float64Array;
  /** The weights are the outer product of this line with itself. */
  readonly line?: Float64Array;
}

function normalized(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

/** `weight(x, y)` on the grid centred on zero, normalised. */
function sampled(size: number, weight: (x: number, y: number) => number): Float64Array {
  const centre = (size - 1) / 2;
  const values = new Float64Array(size * size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) values[i++] = weight(x - centre, y - centre);
  }
  return normalized(values);
}

/** exp(−½ q), exp(−½ q^β) or 1/(1 + q^β) with q = xᵀΣ⁻¹x, Σ = R diag(σx², σy²) Rᵀ. */
function gaussianWeights({ shape, size, sigma, theta, beta }: GaussianKernel): Float64Array {
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
  const profile = shape.startsWith('plateau')
    ? (q: number) => 1 / (1 + q ** beta)
    : shape.startsWith('generalized')
      ? (q: number) => Math.exp(-0.5 * q ** beta)
      : (q: number) => Math.exp(-0.5 * q);
  return sampled(size, (x, y) =>
    profile(((cos * x + sin * y) / sigma[0]) ** 2 + ((cos * y - sin * x) / sigma[1]) ** 2),
  );
}

function gaussianLine(size: number, sigma: number): Float64Array {
  const centre = (size - 1) / 2;
  return normalized(Float64Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - centre) / sigma) ** 2)));
}

const besselIntervals = 96;
const besselNodes = Float64Array.from({ length: besselIntervals + 1 }, (_, i) => (i * Math.PI) / besselIntervals);
const besselSines = besselNodes.map(Math.sin);

/**
 * Bessel function J₁(x) = (1/π) ∫₀^π cos(τ − x sin τ) dτ. The integrand is periodic, so the trapezoidal rule converges
 * exponentially: 96 intervals are exact to rounding for |x| up to 111, the corner of a 51-pixel kernel with ω = π.
 */
export function besselJ1(x: number): number {
  let sum = 0;
  for (let i = 0; i <= besselIntervals; i++) {
    const value = Math.cos(besselNodes[i] - x * besselSines[i]);
    sum += i === 0 || i === besselIntervals ? value / 2 : value;
  }
  return sum / besselIntervals;
}

/** Circular low-pass: ω J₁(ω r) / (2π r), at the centre ω² / 4π. */
function sincWeights({ size, cutoff }: SincKernel): Float64Array {
  return sampled(size, (x, y) => {
    const radius = Math.sqrt(x * x + y * y);
    if (radius === 0) return cutoff ** 2 / (4 * Math.PI);
    return (cutoff * besselJ1(cutoff * radius)) / (2 * Math.PI * radius);
  });
}

export function makeKernel(description: KernelDescription): Kernel {
  const { size } = description;
  if (description.shape === 'sinc') return { size, weights: sincWeights(description) };
  const weights = gaussianWeights(description);
  return description.shape === 'iso'
    ? { size, weights, line: gaussianLine(size, description.sigma[0]) }
    : { size, weights };
}

/** Values of a row that are summed at once, so that each weight is read once for all of them. */
const blockSize = 4;

/** Cross-correlation with a kernel of `rows` × `columns` weights, both odd. */
function correlate(image: FloatImage, rows: number, columns: number, weights: Float64Array): FloatImage {
  const { width, height, channels } = image;
  const [marginX, marginY] = [columns >> 1, rows >> 1];
  // A few columns more on the right: the last block of a row may reach over its end.
  const spare = blockSize - 1;
  const padded = cropReflect(image, -marginX, -marginY, width + 2 * marginX + spare, height + 2 * marginY);
  const source = padded.data;
  const stride = padded.width * channels;
  const out = floatImage(width, height, channels);
  const row = width * channels;
  const sums = new Float64Array(row + spare);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < row; i += blockSize) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let ky = 0, k = 0; ky < rows; ky++) {
        let from = (y + ky) * stride + i;
        for (let kx = 0; kx < columns; kx++, from += channels) {
          const weight = weights[k++];
          s0 += weight * source[from];
          s1 += weight * source[from + 1];
          s2 += weight * source[from + 2];
          s3 += weight * source[from + 3];
        }
      }
      sums[i] = s0;
      sums[i + 1] = s1;
      sums[i + 2] = s2;
      sums[i + 3] = s3;
    }
    out.data.set(sums.subarray(0, row), y * row);
  }
  return out;
}

/** The image filtered channel by channel, in its own size; not clamped. Kernels larger than the image are fine. */
export function filter2d(image: FloatImage, { size, weights, line }: Kernel): FloatImage {
  if (line) return correlate(correlate(image, 1, size, line), size, 1, line);
  return correlate(image, size, size, weights);
}
