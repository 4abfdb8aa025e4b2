/**
 * The VQ autoencoder with factor 4 (spec §3): pixels in [−1, 1] to latents and back, in the structure and with the names
 * of the public checkpoints. `encode` does not quantise; `decode` does, when there is a codebook.
 */
import * as tf from '@tensorflow/tfjs-core';
import { attention, conv2d, groupNorm, linear, nearestCode, silu, upsampleNearest2 } from '../gpu/ops.ts';
import type { AutoencoderConfig, ParamShapes } from '../presets/architecture.ts';
import type { Params } from './params.ts';

/** The autoencoder's GroupNorms use another ε than the UNet's (§3.3). */
const eps = 1e-6;

interface Level {
  readonly index: number;
  readonly blocks: readonly { readonly name: string; readonly inputs: number; readonly outputs: number }[];
  readonly channels: number;
  /** The level ends with a resize (encoder: halving, decoder: doubling). */
  readonly resize: boolean;
}

function encoderLevels({ ch, ch_mult, num_res_blocks }: AutoencoderConfig): Level[] {
  let channels = ch;
  return ch_mult.map((mult, index) => {
    const outputs = ch * mult;
    const blocks = Array.from({ length: num_res_blocks }, (_, b) => {
      const block = { name: `encoder.down.${index}.block.${b}`, inputs: channels, outputs };
      channels = outputs;
      return block;
    });
    return { index, blocks, channels, resize: index < ch_mult.length - 1 };
  });
}

/** In running order: the deepest level first. Names count resolution levels. */
function decoderLevels({ ch, ch_mult, num_res_blocks }: AutoencoderConfig): Level[] {
  let channels = ch * deepest(ch_mult);
  return ch_mult
    .map((mult, index) => ({ mult, index }))
    .reverse()
    .map(({ mult, index }) => {
      const outputs = ch * mult;
      const blocks = Array.from({ length: num_res_blocks + 1 }, (_, b) => {
        const block = { name: `decoder.up.${index}.block.${b}`, inputs: channels, outputs };
        channels = outputs;
        return block;
      });
      return { index, blocks, channels, resize: index > 0 };
    });
}

const deepest = (mult: readonly number[]) => mult[mult.length - 1] as number;

/** How many times the latent is smaller than the picture, per side. */
export const latentFactor = ({ ch_mult }: AutoencoderConfig): number => 2 ** (ch_mult.length - 1);

/** Every parameter with its PyTorch shape, in the order of the public files. */
export function autoencoderParamShapes(config: AutoencoderConfig): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, inputs: number, outputs: number, size: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs, size, size]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string, channels: number) => {
    shapes.set(`${name}.weight`, [channels]);
    shapes.set(`${name}.bias`, [channels]);
  };
  const res = ({ name, inputs, outputs }: Level['blocks'][number]) => {
    norm(`${name}.norm1`, inputs);
    conv(`${name}.conv1`, inputs, outputs, 3);
    norm(`${name}.norm2`, outputs);
    conv(`${name}.conv2`, outputs, outputs, 3);
    if (inputs !== outputs) conv(`${name}.nin_shortcut`, inputs, outputs, 1);
  };
  const mid = (name: string, channels: number) => {
    res({ name: `${name}.block_1`, inputs: channels, outputs: channels });
    norm(`${name}.attn_1.norm`, channels);
    for (const part of ['q', 'k', 'v', 'proj_out']) conv(`${name}.attn_1.${part}`, channels, channels, 1);
    res({ name: `${name}.block_2`, inputs: channels, outputs: channels });
  };
  const { ch, ch_mult, in_channels, out_ch, z_channels, embed_dim, n_embed } = config;
  const middle = ch * deepest(ch_mult);

  conv('encoder.conv_in', in_channels, ch, 3);
  for (const level of encoderLevels(config)) {
    level.blocks.forEach(res);
    if (level.resize) conv(`encoder.down.${level.index}.downsample.conv`, level.channels, level.channels, 3);
  }
  mid('encoder.mid', middle);
  norm('encoder.norm_out', middle);
  conv('encoder.conv_out', middle, z_channels, 3);

  conv('decoder.conv_in', z_channels, middle, 3);
  mid('decoder.mid', middle);
  for (const level of decoderLevels(config).reverse()) {
    level.blocks.forEach(res);
    if (level.resize) conv(`decoder.up.${level.index}.upsample.conv`, level.channels, level.channels, 3);
  }
  norm('decoder.norm_out', ch * (ch_mult[0] as number));
  conv('decoder.conv_out', ch * (ch_mult[0] as number), out_ch, 3);

  if (n_embed !== null) shapes.set('quantize.embedding.weight', [n_embed, embed_dim]);
  conv('quant_conv', z_channels, embed_dim, 1);
  conv('post_quant_conv', embed_dim, z_channels, 1);
  return shapes;
}

/** The layers of one network, by name; every method is pure in the parameters. */
class Layers {
  readonly #params: Params;
  constructor(params: Params) {
    this.#params = params;
  }

  conv(name: string, x: tf.Tensor4D, stride: 1 | 2 = 1): tf.Tensor4D {
    const pad = stride === 2 ? 'same' : 'torch';
    return conv2d(x, this.#params.get(`${name}.weight`), this.#params.get(`${name}.bias`), { stride, pad });
  }

  norm(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return groupNorm(x, this.#params.get(`${name}.weight`), this.#params.get(`${name}.bias`), eps);
  }

  res(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      let h = this.conv(`${name}.conv1`, silu(this.norm(`${name}.norm1`, x)));
      h = this.conv(`${name}.conv2`, silu(this.norm(`${name}.norm2`, h)));
      const changes = x.shape[3] !== h.shape[3];
      return tf.add(changes ? this.conv(`${name}.nin_shortcut`, x) : x, h);
    });
  }

  /** One head over all tokens. */
  attention(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [batch, height, width, channels] = x.shape;
      const normed = tf.reshape(this.norm(`${name}.norm`, x), [batch, height * width, channels]);
      const project = (part: string, t: tf.Tensor) =>
        linear(
          t,
          tf.reshape(this.#params.get(`${name}.${part}.weight`), [channels, channels]),
          this.#params.get(`${name}.${part}.bias`),
        ) as tf.Tensor3D;
      const mixed = attention(project('q', normed), project('k', normed), project('v', normed), channels ** -0.5);
      return tf.add(x, tf.reshape(project('proj_out', mixed), x.shape));
    });
  }

  mid(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return this.res(`${name}.block_2`, this.attention(`${name}.attn_1`, this.res(`${name}.block_1`, x)));
  }

  out(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.conv(`${name}.conv_out`, silu(this.norm(`${name}.norm_out`, x))));
  }
}

/** Enc (§3.2), continuous. @param x [B, H, W, 3] in [−1, 1], sides multiples of 4 → [B, H/4, W/4, embed_dim] */
export function encode(params: Params, config: AutoencoderConfig, x: tf.Tensor4D): tf.Tensor4D {
  const layers = new Layers(params);
  return tf.tidy(() => {
    let h = layers.conv('encoder.conv_in', x);
    for (const level of encoderLevels(config)) {
      for (const { name } of level.blocks) h = layers.res(name, h);
      if (level.resize) h = layers.conv(`encoder.down.${level.index}.downsample.conv`, h, 2);
    }
    return layers.conv('quant_conv', layers.out('encoder', layers.mid('encoder.mid', h)));
  });
}

/** Indices of the nearest codebook entries, int32 [B·H·W]. @throws when the autoencoder has no codebook */
export function codeIndices(params: Params, z: tf.Tensor4D): tf.Tensor1D {
  const codebook = params.get<tf.Tensor2D>('quantize.embedding.weight');
  return tf.tidy(() => nearestCode(tf.reshape(z, [-1, codebook.shape[1]]), codebook));
}

/** VQ(z): nearest codebook entries; the gradient passes straight through (§3.2). Shape of z. */
export function quantize(params: Params, z: tf.Tensor4D): tf.Tensor4D {
  const straightThrough = tf.customGrad((input) => {
    const latent = input as tf.Tensor4D;
    const codes = tf.gather(params.get<tf.Tensor2D>('quantize.embedding.weight'), codeIndices(params, latent));
    return { value: tf.reshape(codes, latent.shape), gradFunc: (dy) => tf.clone(dy) };
  });
  return tf.tidy(() => straightThrough(z) as tf.Tensor4D);
}

export interface DecodeOptions {
  /** Off: the latent goes to the decoder as it is, also where there is a codebook. Default: on where there is one. */
  readonly quantize?: boolean;
}

/** Dec(VQ(z)) (§3.2), not clamped. @param z [B, h, w, embed_dim] → [B, 4h, 4w, 3] */
export function decode(
  params: Params,
  config: AutoencoderConfig,
  z: tf.Tensor4D,
  options: DecodeOptions = {},
): tf.Tensor4D {
  const layers = new Layers(params);
  return tf.tidy(() => {
    const quantized = config.n_embed !== null && options.quantize !== false ? quantize(params, z) : z;
    let h = layers.conv('decoder.conv_in', layers.conv('post_quant_conv', quantized));
    h = layers.mid('decoder.mid', h);
    for (const level of decoderLevels(config)) {
      for (const { name } of level.blocks) h = layers.res(name, h);
      if (level.resize) h = layers.conv(`decoder.up.${level.index}.upsample.conv`, upsampleNearest2(h));
    }
    return layers.out('decoder', h);
  });
}
