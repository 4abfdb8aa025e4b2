/**
 * UNetModelSwin (spec §2): the network of the ResShift teacher, the SinSR student and the downsampler G, for any
 * configuration. Pure in (params, inputs); parameter names are those of the public PyTorch checkpoints.
 */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, groupNorm, linear, silu, through } from '../gpu/ops.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import { resBlock } from './res-block.ts';
import { swinLayer, unetEps } from './swin.ts';
import { type Block, type Layer, planUnet } from './unet-plan.ts';

/** Called with a module's name and its output [B, H, W, C], which lives only during the call. */
export type Tap = (name: string, output: tf.Tensor4D) => void;

/** Sinusoidal embedding (§2.2): cosines first, then sines. @param timesteps integer indices → [B, dim] */
export function timeEmbedding(timesteps: readonly number[], dim: number): tf.Tensor2D {
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
 * @param lq [B, h, w, 3] LR condition in [−1, 1], unscaled; at latent size unless `lq_size` says otherwise
 * @returns [B, H, W, out_channels]: x̂₀ for the released weights (§1.6)
 */
export function unetSwin(
  params: Params,
  config: UnetConfig,
  x: tf.Tensor4D,
  timesteps: readonly number[],
  lq: tf.Tensor4D,
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

    const input = tf.concat([x, through(lq, ...layersOf(plan.lqLayers))], 3);
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
