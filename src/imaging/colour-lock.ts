/**
 * Ties a result's colours to its input: diffusion upscalers drift in hue and brightness, by tile and by seed. Both ways
 * are known from InvSR and StableSR (§7.1).
 */
import { type FloatImage, floatImage } from './image.ts';

/**
 * - `wavelet`: everything coarser than about 32 HR pixels comes from the input, everything finer from the network.
 * - `ycbcr`: brightness from the network, colour from the input.
 */
export type ColourLock = 'wavelet' | 'ycbcr' | 'off';

/** Distance of the three taps at each level of the à-trous wavelet. */
const dilations = [1, 2, 4, 8, 16];

/** BT.601 luma weights of R, G, B. */
const luma = [0.299, 0.587, 0.114] as const;

/** [1 2 1] / 4 with taps `reach` apart along each line; the line's ends are repeated. */
function smoothRows(from: Float32Array, to: Float32Array, width: number, height: number, reach: number): void {
  const step = reach * 3;
  const length = width * 3;
  const middle = Math.min(step, length);
  const end = Math.max(middle, length - step);
  for (let row = 0; row < height * length; row += length) {
    const smoothNearEnds = (i: number) => {
      const before = i >= step ? i - step : i % 3;
      const after = i + step < length ? i + step : length - 3 + (i % 3);
      to[row + i] = 0.25 * (from[row + before] + from[row + after]) + 0.5 * from[row + i];
    };
    for (let i = 0; i < middle; i++) smoothNearEnds(i);
    for (let i = row + middle; i < row + end; i++) to[i] = 0.25 * (from[i - step] + from[i + step]) + 0.5 * from[i];
    for (let i = end; i < length; i++) smoothNearEnds(i);
  }
}

function smoothColumns(from: Float32Array, to: Float32Array, width: number, height: number, reach: number): void {
  const length = width * 3;
  for (let y = 0; y < height; y++) {
    const row = y * length;
    const before = Math.max(0, y - reach) * length;
    const after = Math.min(height - 1, y + reach) * length;
    for (let i = 0; i < length; i++) {
      to[row + i] = 0.25 * (from[before + i] + from[after + i]) + 0.5 * from[row + i];
    }
  }
}

/** high(SR) + low(LR↑) = SR + low(LR↑ − SR), as the filter is linear: one filtering instead of two. */
function lockWavelet(sr: FloatImage, reference: FloatImage): FloatImage {
  const { width, height } = sr;
  const difference = new Float32Array(sr.data.length);
  for (let i = 0; i < difference.length; i++) difference[i] = reference.data[i] - sr.data[i];
  const scratch = new Float32Array(difference.length);
  for (const reach of dilations) {
    smoothRows(difference, scratch, width, height, reach);
    smoothColumns(scratch, difference, width, height, reach);
  }
  const out = floatImage(width, height, 3);
  for (let i = 0; i < out.data.length; i++) out.data[i] = sr.data[i] + difference[i];
  return out;
}

/** RGB is Y plus a function of (Cb, Cr) alone, so exchanging Y is adding the difference of the two Y to every channel. */
function lockLuma(sr: FloatImage, reference: FloatImage): FloatImage {
  const out = floatImage(sr.width, sr.height, 3);
  for (let i = 0; i < out.data.length; i += 3) {
    let brighter = 0;
    for (let c = 0; c < 3; c++) {
      brighter += luma[c] * (sr.data[i + c] - reference.data[i + c]);
    }
    for (let c = 0; c < 3; c++) out.data[i + c] = reference.data[i + c] + brighter;
  }
  return out;
}

/**
 * The result with its colours locked to the input; not clamped.
 * @param sr the network's output, RGB in [−1, 1]
 * @param reference the input upsampled (bicubic) to the same size
 * @throws RangeError when the two differ in size or are not RGB
 */
export function lockColour(sr: FloatImage, reference: FloatImage, mode: ColourLock): FloatImage {
  if (mode === 'off') return sr;
  if (sr.channels !== 3 || reference.channels !== 3 || sr.width !== reference.width || sr.height !== reference.height) {
    throw new RangeError('The colour lock needs two RGB images of the same size.');
  }
  return mode === 'wavelet' ? lockWavelet(sr, reference) : lockLuma(sr, reference);
}
