/**
 * Ties a result's colours to its input: diffusion upscalers drift in hue and brightness, by tile and by seed. Both ways
 * are known from InvSR and StableSR (spec §7.1).
 */
import * as tf from '@tensorflow/tfjs-core';
import { smooth } from '../gpu/ops.ts';

/**
 * - `wavelet`: everything coarser than about 32 HR pixels comes from the input, everything finer from the network.
 * - `ycbcr`: brightness from the network, colour from the input.
 */
export type ColourLock = 'wavelet' | 'ycbcr';

/** Distance of the three taps at each level of the à-trous wavelet. */
const dilations = [1, 2, 4, 8, 16];

/** BT.601 luma weights of R, G, B. */
const luma = [0.299, 0.587, 0.114];

/** high(SR) + low(LR↑) = SR + low(LR↑ − SR), as the filter is linear: one filtering instead of two. */
const lockWavelet = (sr: tf.Tensor4D, reference: tf.Tensor4D): tf.Tensor4D =>
  tf.add(sr, dilations.reduce(smooth, tf.sub(reference, sr)));

/** RGB is Y plus a function of (Cb, Cr) alone, so exchanging Y is adding the difference of the two Y to every channel. */
const lockLuma = (sr: tf.Tensor4D, reference: tf.Tensor4D): tf.Tensor4D =>
  tf.add(reference, tf.sum(tf.mul(tf.sub(sr, reference), luma), 3, true));

/**
 * The result with its colours locked to the input; not clamped.
 * @param sr [B, H, W, 3], the network's output, RGB in [−1, 1]
 * @param reference [B, H, W, 3], the input upsampled (bicubic) to the same size
 * @throws RangeError when the two differ in size or are not RGB
 */
export function lockColour(sr: tf.Tensor4D, reference: tf.Tensor4D, mode: ColourLock): tf.Tensor4D {
  if (sr.shape[3] !== 3 || `${sr.shape}` !== `${reference.shape}`) {
    throw new RangeError('The colour lock needs two RGB images of the same size.');
  }
  return tf.tidy(() => (mode === 'wavelet' ? lockWavelet(sr, reference) : lockLuma(sr, reference)));
}
