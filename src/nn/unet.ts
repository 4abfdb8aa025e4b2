/**
 * UNetModelSwin (§2): the network of the ResShift teacher, the SinSR student and the downsampler G, for any
 * configuration. Pure in (params, inputs); parameter names are those of the public PyTorch checkpoints.
 */
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../gpu/ops/activation/index.ts';
import { type ConvOptions, conv2d, linear } from '../gpu/ops/conv2d/index.ts';
import { groupNorm } from '../gpu/ops/group-norm/index.ts';
import { layerNorm } from '../gpu/ops/layer-norm/index.ts';
import { windowAttention } from '../gpu/ops/window-attention/index.ts';
import { through } from '../gpu/through.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import { type Block, type Layer, planUnet } from './unet-plan.ts';

/** Called with a module's name and its output [B, H, W, C], which lives only during the call. */
export type Tap = (name: string, output: tf.Tensor4D) => void;

/** Sinusoidal embedding (§2.2): cosines first, then sines. @param timesteps integer indices → [B, dim] */
function timeEmbedding(timesteps: readonly number[], dim: number): tf.Tensor2D {
  const half = dim >> 1;
  const values = new Float32Array(timesteps.length * dim);
  timesteps.forEach((t, row) => {
    for (let k = 0; k < half; k++) {
      const angle = t * Math.exp((-Math.log(10_000) * k) / half);
      values[row * dim + k] = Math.cos(angle);
      values[row * dim + half + k] = Math.sin(angle);
    }
  });
  return tf.tensor2d(values, [timesteps.length, dim]);
}

/**
 * @param x [B, H, W, C] noisy latent, already scaled (§1.5); sides multiples of the plan's alignment
 * @param timesteps integer indices 0 … T−1, one for each image of the batch
 * @param lr [B, h, w, 3] LR condition in [−1, 1], unscaled; at latent size unless `lq_size` says otherwise
 * @returns [B, H, W, out_channels]: x̂₀ for the released weights (§1.6)
 */
export function unetSwin(
  params: Params,
  config: UnetConfig,
  x: tf.Tensor4D,
  timesteps: readonly number[],
  lr: tf.Tensor4D,
  tap?: Tap,
): tf.Tensor4D {
  const plan = planUnet(config);
  const weight = (name: string) => params.get<tf.Tensor4D>(`${name}.weight`);
  const bias = (name: string) => params.get<tf.Tensor1D>(`${name}.bias`);
  return tf.tidy(() => {
    const time = timeEmbedding(timesteps, config.model_channels);
    const first = silu(linear(time, params.get('time_embed.0.weight'), bias('time_embed.0')));
    // Every block applies SiLU to the embedding before its own projection: once is enough.
    const activeEmbedding = silu(linear(first, params.get('time_embed.2.weight'), bias('time_embed.2'))) as tf.Tensor2D;

    const apply = (layer: Layer, h: tf.Tensor4D): tf.Tensor4D => {
      switch (layer.kind) {
        case 'conv':
          return conv2d(h, weight(layer.name), bias(layer.name));
        case 'down':
          return conv2d(h, weight(layer.name), bias(layer.name), { stride: 2 });
        case 'up':
          return conv2d(h, weight(layer.name), bias(layer.name), { enlarged: true });
        case 'res':
          return resBlock(params, config, layer, h, activeEmbedding);
        case 'swin':
          return swinLayer(params, config, layer, h);
        case 'silu':
          return silu(h);
      }
    };
    const layersOf = (layers: readonly Layer[]) => layers.map((layer) => (t: tf.Tensor4D) => apply(layer, t));
    const run = ({ name, layers }: Block, h: tf.Tensor4D) => {
      const output = through(h, ...layersOf(layers));
      tap?.(name, output);
      return output;
    };
    /** [a, b] by channels, both freed. */
    const joined = (a: tf.Tensor4D, b: tf.Tensor4D) => {
      const both = tf.concat([a, b], 3);
      tf.dispose([a, b]);
      return both;
    };

    const input = tf.concat([x, through(lr, ...layersOf(plan.lrLayers))], 3);
    const skips: tf.Tensor4D[] = [];
    for (const block of plan.input) skips.push(run(block, skips.at(-1) ?? input));
    let h = run(plan.middle, skips.at(-1) as tf.Tensor4D);
    for (const block of plan.output) {
      const both = joined(h, skips.pop() as tf.Tensor4D);
      h = run(block, both);
      both.dispose();
    }
    return through(
      h,
      (t) =>
        config.norm === 'none' ? t : groupNorm(t, params.get('out.0.weight'), bias('out.0'), unetEps, { silu: true }),
      (t) => conv2d(t, weight('out.2'), bias('out.2')),
    );
  });
}

// The Swin layer of UNetModelSwin (§2.3): two transformer blocks on windows between two 1×1 convolutions.

type SwinLayer = Extract<Layer, { kind: 'swin' }>;

/** UNet norms (§2.2). */
const unetEps = 1e-5;

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
function swinLayer(params: Params, config: UnetConfig, layer: SwinLayer, x: tf.Tensor4D): tf.Tensor4D {
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

// The residual block of UNetModelSwin (§2.2), and the same without norms.

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
