/** Carries out the steps of a degradation on a picture. */
import { byteToFloat, type FloatImage } from '../imaging/image.ts';
import { namedStream } from '../imaging/random.ts';
import { resize, resizeBy } from '../imaging/resize.ts';
import { jpeg } from './jpeg.ts';
import { filter2d, makeKernel } from './kernels.ts';
import { addGaussianNoise, addPoissonNoise } from './noise.ts';
import type { Step } from './steps.ts';

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
