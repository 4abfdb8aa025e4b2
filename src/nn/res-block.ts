/** The residual block of UNetModelSwin (spec §2.2), and the same without norms. */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvOptions, conv2d, groupNorm, linear, through } from '../gpu/ops.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import { unetEps } from './swin.ts';

interface ResLayer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * With norms: x + conv(SiLU(norm(conv(SiLU(norm x)))·(1 + s) + t)); without: x + conv(SiLU(conv(x)·(1 + s) + t)). s and t are
 * the time's; without `use_scale_shift_norm` t alone is added, before the norm.
 * @param x [B, H, W, inputs]; activeEmbedding [B, 4·model_channels], the time's, after its SiLU
 * @returns [B, H, W, outputs]
 */
export function resBlock(
  params: Params,
  config: Pick<UnetConfig, 'norm' | 'use_scale_shift_norm'>,
  { name, inputs, outputs }: ResLayer,
  x: tf.Tensor4D,
  activeEmbedding: tf.Tensor2D,
): tf.Tensor4D {
  const get = <T extends tf.Tensor>(part: string) => params.get<T>(`${name}.${part}`);
  const conv = (part: string, t: tf.Tensor4D, options: ConvOptions = {}) =>
    conv2d(t, get(`${part}.weight`), get(`${part}.bias`), options);
  const activated = (part: string, t: tf.Tensor4D, modulation?: tf.Tensor2D) =>
    groupNorm(t, get(`${part}.weight`), get(`${part}.bias`), unetEps, {
      silu: true,
      ...(modulation ? { modulation } : {}),
    });
  const conditioned = (t: tf.Tensor4D, embedding: tf.Tensor2D): tf.Tensor4D =>
    config.use_scale_shift_norm
      ? activated('out_layers.0', t, embedding)
      : activated('out_layers.0', tf.add(t, tf.reshape(embedding, [-1, 1, 1, outputs])));
  return tf.tidy(() => {
    const embedding = linear(activeEmbedding, get('emb_layers.1.weight'), get('emb_layers.1.bias')) as tf.Tensor2D;
    const h =
      config.norm === 'none'
        ? conv('in_layers.2', x, { modulation: embedding, activation: 'silu' })
        : through(
            x,
            (t) => activated('in_layers.0', t),
            (t) => conv('in_layers.2', t),
            (t) => conditioned(t, embedding),
          );
    return conv('out_layers.3', h, { residual: inputs === outputs ? x : conv('skip_connection', x) });
  });
}
