/** Pictures and noise as tensors, and parts of pictures. */
import * as tf from '@tensorflow/tfjs-core';
import { type FloatImage, floatImage } from '../imaging/image.ts';
import type { RandomStream } from '../imaging/random.ts';

/** [1, H, W, C]. */
export const asTensor = ({ data, width, height, channels }: FloatImage): tf.Tensor4D =>
  tf.tensor4d(data, [1, height, width, channels]);

/** Standard normals [count, side, side, channels]. */
export function gaussian(random: RandomStream, count: number, side: number, channels: number): tf.Tensor4D {
  const values = Float32Array.from({ length: count * side * side * channels }, () => random.normal());
  return tf.tensor4d(values, [count, side, side, channels]);
}

/** A square part. @throws one sentence when the picture is smaller */
export function cut(picture: FloatImage, x: number, y: number, side: number): FloatImage {
  const { width, height, channels, data } = picture;
  if (width < side || height < side) {
    throw new Error(
      `A picture of ${width} × ${height} px is too small for crops of ${side} px: use a smaller crop or larger pictures.`,
    );
  }
  const out = floatImage(side, side, channels);
  for (let line = 0; line < side; line++) {
    const from = ((y + line) * width + x) * channels;
    out.data.set(data.subarray(from, from + side * channels), line * side * channels);
  }
  return out;
}
