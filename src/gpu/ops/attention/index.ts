/** Attention over all tokens, as the published autoencoder has it (§3.3). */
import * as tf from '@tensorflow/tfjs-core';

/** Queries a chunk: bounds the score matrix of N tokens to 1024·N instead of N². */
const queryChunk = 1024;

/** softmax(q·kᵀ·scale)·v with one head over all tokens, by chunks of queries. @param q, k, v [B, N, C] */
export function attention(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, scale: number): tf.Tensor3D {
  const [batch, tokens, channels] = q.shape;
  return tf.tidy(() => {
    // Turned once, here: tfjs's WebAssembly multiplies by a transposed matrix in a loop many times slower.
    const keys = tf.transpose(k, [0, 2, 1]);
    const scaled = tf.mul(q, scale);
    const rows = (from: number, count: number) =>
      tf.tidy(() => {
        const part = tf.slice(scaled, [0, from, 0], [batch, count, channels]);
        return tf.matMul(tf.softmax(tf.matMul(part, keys)), v) as tf.Tensor3D;
      });
    if (tokens <= queryChunk) return rows(0, tokens);
    const parts: tf.Tensor3D[] = [];
    for (let from = 0; from < tokens; from += queryChunk) parts.push(rows(from, Math.min(queryChunk, tokens - from)));
    return tf.concat(parts, 1);
  });
}
