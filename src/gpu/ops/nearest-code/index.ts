/** Nearest codebook entry: the quantisation of VQ autoencoders (§3.2). */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { nearestCodeFits, nearestCodeKernel } from './kernel.ts';

/** Index of the nearest entry (L2) for each row, int32 [N]; not differentiable. @param rows [N, D]; codebook [K, D] */
export const nearestCode = (rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D =>
  customKernelsEnabled() && nearestCodeFits(rows.shape[1])
    ? nearestCodeKernel(rows, codebook)
    : nearestCodeReference(rows, codebook);

/** Rows a chunk: bounds the distance matrix of N rows to 1024·K instead of N·K. */
const rowChunk = 1024;

/** `nearestCode` in tfjs's own ops. */
export function nearestCodeReference(rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const norms = tf.sum(tf.square(codebook), 1);
    const count = rows.shape[0];
    const parts: tf.Tensor1D[] = [];
    for (let from = 0; from < count; from += rowChunk) {
      const part = tf.slice(rows, [from, 0], [Math.min(rowChunk, count - from), -1]);
      // ‖e‖² − 2 z·e orders like the distance: ‖z‖² is the same for all entries.
      const distance = tf.sub(norms, tf.mul(tf.matMul(part, codebook, false, true), 2));
      parts.push(tf.argMin(distance, 1) as tf.Tensor1D);
    }
    return tf.concat(parts);
  });
}
