/** The residual block of UNetModelSwin (spec §2.2), and the same without norms. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, groupNorm, linear, modulate, silu, through } from '../gpu/ops.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import { unetEps } from './swin.ts';

/**
 * With norms: x + conv(SiLU(norm(conv(SiLU(norm x)))·(1 + s) + t)); without: x + conv(SiLU(conv(x)·(1 + s) + t)). s and t are
 * the time's; without `use_scale_shift_norm` a t alone is added, before the norm.
 * @param x [B, H, W, inputs]; activeEmbedding [B, 4·model_channels], the time's, after its SiLU
 * @returns [B, H, W, outputs]
 */
export function resBlock(
  params: Params,
  { norm, use_scale_shift_norm: scaleShift }: Pick<UnetConfig, 'norm' | 'use_scale_shift_norm'>,
  { name, inputs, outputs }: { readonly name: string; readonly inputs: number; readonly outputs: number },
  x: tf.Tensor4D,
  activeEmbedding: tf.Tensor2D,
): tf.Tensor4D {
  const hasNorms = norm !== 'none';
  const conv = (part: string, t: tf.Tensor4D, residual?: tf.Tensor4D) =>
    conv2d(t, params.get(`${name}.${part}.weight`), params.get(`${name}.${part}.bias`), residual ? { residual } : {});
  const activated = (part: string, t: tf.Tensor4D, modulation?: tf.Tensor2D) =>
    hasNorms
      ? groupNorm(t, params.get(`${name}.${part}.weight`), params.get(`${name}.${part}.bias`), unetEps, {
          silu: true,
          ...(modulation ? { modulation } : {}),
        })
      : silu(modulation ? modulate(t, modulation) : t);
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
      (t) => (hasNorms ? activated('in_layers.0', t) : t),
      (t) => conv('in_layers.2', t),
      conditioned,
    );
    return conv('out_layers.3', h, inputs === outputs ? x : conv('skip_connection', x));
  });
}
