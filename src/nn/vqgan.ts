/**
 * The VQ autoencoder with factor 4 (§3): pixels in [−1, 1] to latents and back, in the structure and with the names
 * of the public checkpoints. `encode` does not quantise; `decode` does, when there is a codebook.
 */
import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../gpu/ops/attention/index.ts';
import { type ConvOptions, conv2d, linear } from '../gpu/ops/conv2d/index.ts';
import { type GroupNormOptions, groupNorm } from '../gpu/ops/group-norm/index.ts';
import { nearestCode } from '../gpu/ops/nearest-code/index.ts';
import { through } from '../gpu/through.ts';
import { LayerShapes, type ParamShapes, type VqAutoencoderConfig } from '../presets/architecture.ts';
import { byStrips, type Cut, planStrips } from './decode-strips.ts';
import type { Params } from './params.ts';

/** The autoencoder's GroupNorms use another ε than the UNet's (§3.3). */
const eps = 1e-6;

type Step = (x: tf.Tensor4D) => tf.Tensor4D;

/** The layers of one network, by name; every method is pure in the parameters. */
export class Layers {
  readonly #params: Params;
  constructor(params: Params) {
    this.#params = params;
  }

  conv(name: string, x: tf.Tensor4D, options: ConvOptions = {}): tf.Tensor4D {
    return conv2d(x, this.#params.get(`${name}.weight`), this.#params.get(`${name}.bias`), options);
  }

  norm(name: string, x: tf.Tensor4D, options: GroupNormOptions = {}): tf.Tensor4D {
    return groupNorm(x, this.#params.get(`${name}.weight`), this.#params.get(`${name}.bias`), eps, options);
  }

  activated(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return this.norm(name, x, { silu: true });
  }

  res(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const h = through(
        x,
        (t) => this.activated(`${name}.norm1`, t),
        (t) => this.conv(`${name}.conv1`, t),
        (t) => this.activated(`${name}.norm2`, t),
      );
      const widens = x.shape[3] !== this.#params.get(`${name}.conv2.weight`).shape[3];
      return this.conv(`${name}.conv2`, h, { residual: widens ? this.conv(`${name}.nin_shortcut`, x) : x });
    });
  }

  /** One head over all tokens. */
  attention(name: string, x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [batch, height, width, channels] = x.shape;
      const project = (part: string, t: tf.Tensor) =>
        linear(
          t,
          tf.reshape(this.#params.get(`${name}.${part}.weight`), [channels, channels]),
          this.#params.get(`${name}.${part}.bias`),
        ) as tf.Tensor3D;
      const mixed = tf.tidy(() => {
        const tokens = tf.reshape(this.norm(`${name}.norm`, x), [batch, height * width, channels]);
        return attention(project('q', tokens), project('k', tokens), project('v', tokens), channels ** -0.5);
      });
      return tf.add(x, tf.reshape(project('proj_out', mixed), x.shape));
    });
  }

  mid(name: string): Step[] {
    return [
      (x) => this.res(`${name}.block_1`, x),
      (x) => this.attention(`${name}.attn_1`, x),
      (x) => this.res(`${name}.block_2`, x),
    ];
  }

  out(name: string): Step[] {
    return [(x) => this.activated(`${name}.norm_out`, x), (x) => this.conv(`${name}.conv_out`, x)];
  }

  /** The residual blocks of a level, each with its attention where the level has some. */
  level({ blocks, attention }: Level): Step[] {
    return blocks.flatMap(({ name }, b) => {
      const res: Step = (x) => this.res(name, x);
      return attention === null ? [res] : [res, (x: tf.Tensor4D) => this.attention(`${attention}.${b}`, x)];
    });
  }
}

/** Enc (§3.2), continuous. @param x [B, H, W, 3] in [−1, 1], sides multiples of 4 → [B, H/4, W/4, embed_dim] */
export function encode(params: Params, config: VqAutoencoderConfig, x: tf.Tensor4D): tf.Tensor4D {
  const layers = new Layers(params);
  const levels = encoderLevels(config).flatMap((level): Step[] => {
    const halve: Step = (h) =>
      layers.conv(`encoder.down.${level.index}.downsample.conv`, h, { stride: 2, pad: 'same' });
    return [...layers.level(level), ...(level.resize ? [halve] : [])];
  });
  return through(
    x,
    (h) => layers.conv('encoder.conv_in', h),
    ...levels,
    ...layers.mid('encoder.mid'),
    ...layers.out('encoder'),
    (h) => layers.conv('quant_conv', h),
  );
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
  /** Rows of the latent whose pixels are made at once (decode-strips.ts). Default: all. */
  readonly rows?: number;
}

/** Dec(VQ(z)) (§3.2), not clamped. @param z [B, h, w, embed_dim] → [B, 4h, 4w, 3] */
export function decode(
  params: Params,
  config: VqAutoencoderConfig,
  z: tf.Tensor4D,
  options: DecodeOptions = {},
): tf.Tensor4D {
  const layers = new Layers(params);
  const double =
    ({ index }: Level): Step =>
    (h) =>
      layers.conv(`decoder.up.${index}.upsample.conv`, h, { enlarged: true });
  const quantizes = config.n_embed !== null && options.quantize !== false;
  const steps: Step[] = [
    (h) => (quantizes ? quantize(params, h) : h),
    (h) => layers.conv('post_quant_conv', h),
    (h) => layers.conv('decoder.conv_in', h),
    ...layers.mid('decoder.mid'),
  ];
  let pixels: Step[] = [];
  for (const level of decoderLevels(config)) {
    if (level.resize) {
      steps.push(...pixels, ...layers.level(level));
      pixels = [double(level)];
    } else {
      pixels.push(...layers.level(level), ...layers.out('decoder'));
    }
  }
  const strips = planStrips(vqCut(config), z.shape[1], options.rows ?? z.shape[1]);
  return strips.length > 1 ? through(z, ...steps, (h) => byStrips(h, strips, pixels)) : through(z, ...steps, ...pixels);
}

// The levels of the VQ autoencoder (§3.3) worked out from its configuration, and from them the names and PyTorch shapes of
// all parameters, in the order of the public files.

export interface Level {
  readonly index: number;
  readonly blocks: readonly { readonly name: string; readonly inputs: number; readonly outputs: number }[];
  /** Name of the list of attentions, one after each block; null where the level has none. */
  readonly attention: string | null;
  readonly channels: number;
  /** The level ends with a resize (encoder: halving, decoder: doubling). */
  readonly resize: boolean;
}

const deepest = (mult: readonly number[]) => mult[mult.length - 1];

/** A level's attentions, decided by the size that the network was built for (none in the public files). */
function attentionName(
  { resolution, attn_resolutions }: VqAutoencoderConfig,
  part: string,
  index: number,
): string | null {
  const size = (resolution ?? 0) / 2 ** index;
  return attn_resolutions?.includes(size) ? `${part}.${index}.attn` : null;
}

export function encoderLevels(config: VqAutoencoderConfig): Level[] {
  const { ch, ch_mult, num_res_blocks } = config;
  let channels = ch;
  return ch_mult.map((mult, index) => {
    const blocks = Array.from({ length: num_res_blocks }, (_, b) => {
      const block = { name: `encoder.down.${index}.block.${b}`, inputs: channels, outputs: ch * mult };
      channels = ch * mult;
      return block;
    });
    const attention = attentionName(config, 'encoder.down', index);
    return { index, blocks, attention, channels, resize: index < ch_mult.length - 1 };
  });
}

/** In running order: the deepest level first. Names count resolution levels. */
export function decoderLevels(config: VqAutoencoderConfig): Level[] {
  const { ch, ch_mult, num_res_blocks } = config;
  let channels = ch * deepest(ch_mult);
  return ch_mult
    .map((mult, index) => ({ mult, index }))
    .reverse()
    .map(({ mult, index }) => {
      const blocks = Array.from({ length: num_res_blocks + 1 }, (_, b) => {
        const block = { name: `decoder.up.${index}.block.${b}`, inputs: channels, outputs: ch * mult };
        channels = ch * mult;
        return block;
      });
      return { index, blocks, attention: attentionName(config, 'decoder.up', index), channels, resize: index > 0 };
    });
}

/** The decoder's last level, from the map before its doubling. */
export function vqCut({ ch_mult, num_res_blocks }: VqAutoencoderConfig): Cut {
  const depth = ch_mult.length - 1;
  const doubling = depth > 0 ? 2 : 1;
  // A convolution reaches one pixel: the one after doubling, two in each block, the last.
  const pixels = 2 * (num_res_blocks + 1) + doubling;
  return { scale: 2 ** Math.max(0, depth - 1), reach: Math.ceil(pixels / doubling) };
}

/** Every parameter with its PyTorch shape, in the order of the public files. */
export function vqParamShapes(config: VqAutoencoderConfig): ParamShapes {
  const shapes = new LayerShapes();
  const res = ({ name, inputs, outputs }: Level['blocks'][number]) => {
    shapes.layer(`${name}.norm1`, [inputs]);
    shapes.conv(`${name}.conv1`, inputs, outputs, 3);
    shapes.layer(`${name}.norm2`, [outputs]);
    shapes.conv(`${name}.conv2`, outputs, outputs, 3);
    if (inputs !== outputs) shapes.conv(`${name}.nin_shortcut`, inputs, outputs, 1);
  };
  const attention = (name: string, channels: number) => {
    shapes.layer(`${name}.norm`, [channels]);
    for (const part of ['q', 'k', 'v', 'proj_out']) shapes.conv(`${name}.${part}`, channels, channels, 1);
  };
  const levelBlocks = ({ blocks, attention: name, channels }: Level) => {
    blocks.forEach(res);
    for (const b of name === null ? [] : blocks.keys()) attention(`${name}.${b}`, channels);
  };
  const mid = (name: string, channels: number) => {
    res({ name: `${name}.block_1`, inputs: channels, outputs: channels });
    attention(`${name}.attn_1`, channels);
    res({ name: `${name}.block_2`, inputs: channels, outputs: channels });
  };
  const { ch, ch_mult, in_channels, out_ch, z_channels, embed_dim, n_embed } = config;
  const middle = ch * deepest(ch_mult);

  shapes.conv('encoder.conv_in', in_channels, ch, 3);
  for (const level of encoderLevels(config)) {
    levelBlocks(level);
    if (level.resize) shapes.conv(`encoder.down.${level.index}.downsample.conv`, level.channels, level.channels, 3);
  }
  mid('encoder.mid', middle);
  shapes.layer('encoder.norm_out', [middle]);
  shapes.conv('encoder.conv_out', middle, z_channels, 3);

  shapes.conv('decoder.conv_in', z_channels, middle, 3);
  mid('decoder.mid', middle);
  for (const level of decoderLevels(config).reverse()) {
    levelBlocks(level);
    if (level.resize) shapes.conv(`decoder.up.${level.index}.upsample.conv`, level.channels, level.channels, 3);
  }
  shapes.layer('decoder.norm_out', [ch * ch_mult[0]]);
  shapes.conv('decoder.conv_out', ch * ch_mult[0], out_ch, 3);

  if (n_embed !== null) shapes.set('quantize.embedding.weight', [n_embed, embed_dim]);
  shapes.conv('quant_conv', z_channels, embed_dim, 1);
  shapes.conv('post_quant_conv', embed_dim, z_channels, 1);
  return shapes;
}
