/**
 * The levels of the VQ autoencoder (spec §3.3) worked out from its configuration, and from them the names and PyTorch
 * shapes of all parameters, in the order of the public files.
 */
import type { ParamShapes, VqAutoencoderConfig } from '../presets/architecture.ts';
import type { Cut } from './decode-strips.ts';

export interface Level {
  readonly index: number;
  readonly blocks: readonly { readonly name: string; readonly inputs: number; readonly outputs: number }[];
  /** Name of the list of attentions, one after each block; null where the level has none. */
  readonly attention: string | null;
  readonly channels: number;
  /** The level ends with a resize (encoder: halving, decoder: doubling). */
  readonly resize: boolean;
}

const deepest = (mult: readonly number[]) => mult[mult.length - 1] as number;

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
  const attention = (name: string, channels: number) => {
    norm(`${name}.norm`, channels);
    for (const part of ['q', 'k', 'v', 'proj_out']) conv(`${name}.${part}`, channels, channels, 1);
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

  conv('encoder.conv_in', in_channels, ch, 3);
  for (const level of encoderLevels(config)) {
    levelBlocks(level);
    if (level.resize) conv(`encoder.down.${level.index}.downsample.conv`, level.channels, level.channels, 3);
  }
  mid('encoder.mid', middle);
  norm('encoder.norm_out', middle);
  conv('encoder.conv_out', middle, z_channels, 3);

  conv('decoder.conv_in', z_channels, middle, 3);
  mid('decoder.mid', middle);
  for (const level of decoderLevels(config).reverse()) {
    levelBlocks(level);
    if (level.resize) conv(`decoder.up.${level.index}.upsample.conv`, level.channels, level.channels, 3);
  }
  norm('decoder.norm_out', ch * (ch_mult[0] as number));
  conv('decoder.conv_out', ch * (ch_mult[0] as number), out_ch, 3);

  if (n_embed !== null) shapes.set('quantize.embedding.weight', [n_embed, embed_dim]);
  conv('quant_conv', z_channels, embed_dim, 1);
  conv('post_quant_conv', embed_dim, z_channels, 1);
  return shapes;
}
