/** The Swin layer of UNetModelSwin (spec §2.3): two transformer blocks on windows between two 1×1 convolutions. */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvOptions, conv2d, groupNorm, layerNorm, linear, through, windowAttention } from '../gpu/ops.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import type { Layer } from './unet-plan.ts';

type SwinLayer = Extract<Layer, { kind: 'swin' }>;

/** UNet norms (§2.2). */
export const unetEps = 1e-5;

/** 1×1 convolution. */
const pointwise = (params: Params, name: string, x: tf.Tensor4D, options: ConvOptions = {}) =>
  conv2d(x, params.get(`${name}.weight`), params.get(`${name}.bias`), options);

function swinBlock(
  params: Params,
  config: UnetConfig,
  name: string,
  x: tf.Tensor4D,
  window: number,
  shift: number,
): tf.Tensor4D {
  const heads = config.swin_embed_dim / config.num_head_channels;
  const norm = (part: string, t: tf.Tensor4D) =>
    (config.norm === 'none' ? layerNorm : groupNorm)(
      t,
      params.get(`${name}.${part}.weight`),
      params.get(`${name}.${part}.bias`),
      unetEps,
    );
  const get = <T extends tf.Tensor>(part: string) => params.get<T>(`${name}.attn.${part}`);
  return tf.tidy(() => {
    const attend = (t: tf.Tensor4D) =>
      windowAttention(t, get('qkv.weight'), get('qkv.bias'), get('relative_position_bias_table'), {
        heads,
        window,
        shift,
        mask: config.shift_mask ?? 'published',
      });
    const attended = through(
      x,
      (t) => norm('norm1', t),
      attend,
      (t) => linear(t, get('proj.weight'), get('proj.bias'), x) as tf.Tensor4D,
    );
    return through(
      attended,
      (t) => norm('norm2', t),
      (t) => pointwise(params, `${name}.mlp.fc1`, t, { activation: 'gelu' }),
      (t) => pointwise(params, `${name}.mlp.fc2`, t, { residual: attended }),
    );
  });
}

/** @param x [B, H, W, C], sides multiples of the window. There is no residual around the whole layer. */
export function swinLayer(params: Params, config: UnetConfig, layer: SwinLayer, x: tf.Tensor4D): tf.Tensor4D {
  const { name, window, shift } = layer;
  const blocks = Array.from(
    { length: config.swin_depth },
    (_, b) => (t: tf.Tensor4D) => swinBlock(params, config, `${name}.blocks.${b}`, t, window, b % 2 === 1 ? shift : 0),
  );
  return through(
    x,
    (t) => pointwise(params, `${name}.patch_embed.proj`, t),
    ...blocks,
    (t) => pointwise(params, `${name}.patch_unembed.proj`, t),
  );
}
