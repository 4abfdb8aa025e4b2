/** Noise of the degradation (§6.3) on RGB in [−1, 1], clipped to it afterwards. */
import { type FloatImage, floatImage } from '../imaging/image.ts';
import type { RandomStream } from '../imaging/random.ts';

const clip = (value: number) => Math.min(1, Math.max(-1, value));

/** BT.601 luma, in the range of its inputs. */
const luma = (red: number, green: number, blue: number) => 0.299 * red + 0.587 * green + 0.114 * blue;

/**
 * Adds `noise(value)`, drawn for every value, or in grey from the pixel's luma once for all three channels; times `scale`.
 * @param noise of a value in [−1, 1], overshoot possible
 */
function addNoise(image: FloatImage, scale: number, grey: boolean, noise: (value: number) => number): FloatImage {
  const { width, height, data } = image;
  const out = floatImage(width, height, 3);
  if (!grey) {
    for (let i = 0; i < data.length; i++) out.data[i] = clip(data[i] + scale * noise(data[i]));
    return out;
  }
  for (let i = 0; i < data.length; i += 3) {
    const same = scale * noise(luma(data[i], data[i + 1], data[i + 2]));
    for (let c = i; c < i + 3; c++) out.data[c] = clip(data[c] + same);
  }
  return out;
}

/** @param sigma standard deviation in 8-bit levels */
export function addGaussianNoise(image: FloatImage, sigma: number, grey: boolean, random: RandomStream): FloatImage {
  return addNoise(image, sigma / 127.5, grey, () => random.normal());
}

/** Nearest 8-bit level of a value in [−1, 1]. */
const level = (value: number) => Math.round((clip(value) + 1) * 127.5);

/** The number of different 8-bit levels of the values (in grey, of the lumas). */
function countLevels({ data }: FloatImage, grey: boolean): number {
  const seen = new Uint8Array(256);
  if (grey) for (let i = 0; i < data.length; i += 3) seen[level(luma(data[i], data[i + 1], data[i + 2]))] = 1;
  else for (let i = 0; i < data.length; i++) seen[level(data[i])] = 1;
  return seen.reduce((count, one) => count + one, 0);
}

/** P(N ≤ n) of a Poisson number N, n = 0, 1, … up to where a 32-bit uniform can tell it from 1. λ below 700. */
function poissonCdf(lambda: number): Float64Array {
  const sums: number[] = [];
  let probability = Math.exp(-lambda);
  let sum = probability;
  for (let n = 1; sum < 1 - 2 ** -34; n++) {
    sums.push(sum);
    probability *= lambda / n;
    sum += probability;
  }
  sums.push(1);
  return Float64Array.from(sums);
}

/** The first n with u < P(N ≤ n). */
function searchCdf(cdf: Float64Array, u: number): number {
  let [low, high] = [0, cdf.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (u < cdf[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Poisson numbers by inversion: one uniform each, and exact to its 2⁻³² for every λ, small or large. That is affordable
 * because an 8-bit picture asks for at most 256 different λ, none above 256: each gets its distribution function once.
 * @param peak λ of level 255
 */
function poissonByLevel(peak: number, random: RandomStream): (level: number) => number {
  const tables = new Array<Float64Array | undefined>(256);
  return (value) => {
    let cdf = tables[value];
    if (!cdf) {
      cdf = poissonCdf((value / 255) * peak);
      tables[value] = cdf;
    }
    return searchCdf(cdf, random.uniform());
  };
}

/**
 * Shot noise, as a sensor would make it of the picture's 8-bit version: Poisson(v · peak) / peak − v for v in [0, 1], where
 * peak is the number of levels in use, rounded up to a power of two (so skies are noisier than crowds).
 * @param scale factor on the noise
 */
export function addPoissonNoise(image: FloatImage, scale: number, grey: boolean, random: RandomStream): FloatImage {
  const peak = 2 ** Math.ceil(Math.log2(countLevels(image, grey)));
  const draw = poissonByLevel(peak, random);
  return addNoise(image, 2 * scale, grey, (value) => {
    const rounded = level(value);
    return draw(rounded) / peak - rounded / 255;
  });
}
