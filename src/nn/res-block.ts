/** The residual block of UNetModelSwin (spec §2.2). */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, groupNorm, linear, through } from '../gpu/ops.ts';
import type { Params } from './params.ts';
import { unetEps } from './swin.ts';

/**
 * @param x [B, H, W, inputs]; activeEmbedding [B, 4·model_channels], the time's, after its SiLU
 * @param scaleShift whether the embedding scales and shifts the second norm's result, or is added before it
 * @returns [B, H, W, outputs]
 */
export function resBlock(
  params: Params,
  { name, inputs, outputs }: { readonly name: string; readonly inputs: number; readonly outputs: number },
  x: tf.Tensor4D,
  activeEmbedding: tf.Tensor2D,
  scaleShift: boolean,
): tf.Tensor4D {
  const conv = (part: string, t: tf.Tensor4D, residual?: tf.Tensor4D) =>
    conv2d(t, params.get(`${name}.${part}.weight`), params.get(`${name}.${part}.bias`), residual ? { residual } : {});
  const activated = (part: string, t: tf.Tensor4D, modulation?: tf.Tensor2D) =>
    groupNorm(t, params.get(`${name}.${part}.weight`), params.get(`${name}.${part}.bias`), unetEps, {
      silu: true,
      ...(modulation ? { modulation } : {}),
    });
  return tf.tidy(() => {
    const embedding = linear(
      activeEmbedding,
      params.get(`${name}.emb_layers.1.weight`),
      params.get(`${name}.emb_layers.1.bias`),
    ) as tf.Tensor2D;
    const conditioned = (t: tf.Tensor4D): tf.Tensor4D =>
      scaleShift
        ? activated('out_layers.0', t, embedding)
        : activated('out_layers.0', tf.add(t, tf.reshape(embedding, [-1, 1, 1, outputs])));
    const h = through(
      x,
      (t) => activated('in_layers.0', t),
      (t) => conv('in_layers.2', t),
      conditioned,
    );
    return conv('out_layers.3', h, inputs === outputs ? x : conv('skip_connection', x));
  });
}
