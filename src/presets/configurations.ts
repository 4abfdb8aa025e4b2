/**
 * The networks' configurations as manifests state them: read field by field, and refused when they can't run. Readers of foreign
 * JSON come first; each checks a value, and throws one sentence that names what it was reading.
 */
import {
  type AutoencoderConfig,
  blockCount,
  type ConvDownsamplerConfig,
  type DiscriminatorConfig,
  type FeatureDiscriminatorConfig,
  type ScratchDiscriminatorConfig,
  type TinyAutoencoderConfig,
  type UnetConfig,
  type VqAutoencoderConfig,
} from './architecture.ts';
import { autoencoderFault, convDownsamplerFault, discriminatorFault, unetFault } from './consistency.ts';

export type Fields = Record<string, unknown>;

export function object(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`The manifest's ${what} is not an object: import the weights again.`);
}

export function text(fields: Fields, key: string, pattern: RegExp, what: string): string {
  const value = fields[key];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Error(`The manifest's ${what} has no usable "${key}": import the weights again.`);
}

/** One of some words, or nothing. */
function choice<const T extends string>(
  fields: Fields,
  key: string,
  allowed: readonly T[],
  what: string,
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw new Error(`The manifest's ${what} knows "${key}" as ${allowed.join(' or ')} only.`);
}

export function number(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = fields[key];
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new Error(`The manifest's ${what} needs "${key}" from ${low} to ${high}.`);
}

export function whole(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = number(fields, key, low, high, what);
  if (Number.isInteger(value)) return value;
  throw new Error(`The manifest's ${what} needs a whole number for "${key}".`);
}

function wholes(fields: Fields, key: string, high: number, what: string, low = 1): number[] {
  const value = fields[key];
  const good = Array.isArray(value) && value.length > 0 && value.length <= 8;
  if (good && value.every((n) => Number.isInteger(n) && n >= low && n <= high)) return value as number[];
  throw new Error(`The manifest's ${what} needs a list of whole numbers for "${key}".`);
}

/** Throws the fault that a check found. */
export function refuse(fault: string | null): void {
  if (fault !== null) throw new Error(fault);
}

export function autoencoderConfig(fields: Fields): AutoencoderConfig {
  const what = 'autoencoder configuration';
  const kind = choice(fields, 'kind', ['tiny', 'vq'], what);
  return kind === 'tiny' ? tinyAutoencoderConfig(fields, what) : vqAutoencoderConfig(fields, what);
}

const tinyAutoencoderConfig = (fields: Fields, what: string): TinyAutoencoderConfig => ({
  kind: 'tiny',
  channels: whole(fields, 'channels', 1, 1024, what),
  latent_channels: whole(fields, 'latent_channels', 1, 64, what),
  encoder_blocks: whole(fields, 'encoder_blocks', 0, 32, what),
  decoder_blocks: whole(fields, 'decoder_blocks', 0, 32, what),
  detail_channels: whole(fields, 'detail_channels', 1, 1024, what),
});

/** The public configurations keep the networks' numbers in `ddconfig`, beside the embedding's. */
function vqAutoencoderConfig(outer: Fields, what: string): VqAutoencoderConfig {
  const fields = { ...object(outer.ddconfig, what), embed_dim: outer.embed_dim, n_embed: outer.n_embed };
  const embedding = fields.n_embed ?? null;
  const config: VqAutoencoderConfig = {
    kind: 'vq',
    ch: whole(fields, 'ch', 32, 1024, what),
    ch_mult: wholes(fields, 'ch_mult', 16, what),
    num_res_blocks: whole(fields, 'num_res_blocks', 0, 8, what),
    z_channels: whole(fields, 'z_channels', 1, 64, what),
    in_channels: whole(fields, 'in_channels', 3, 3, what),
    out_ch: whole(fields, 'out_ch', 3, 3, what),
    embed_dim: whole(fields, 'embed_dim', 1, 64, what),
    n_embed: embedding === null ? null : whole(fields, 'n_embed', 1, 2 ** 17, what),
    ...levelAttention(fields, what),
  };
  refuse(autoencoderFault(config));
  return config;
}

/** The public configurations name both also where no level has attention. */
function levelAttention(fields: Fields, what: string): Pick<VqAutoencoderConfig, 'attn_resolutions' | 'resolution'> {
  const { attn_resolutions: sizes } = fields;
  if (sizes === undefined || (Array.isArray(sizes) && sizes.length === 0)) return {};
  return {
    attn_resolutions: wholes(fields, 'attn_resolutions', 4096, what),
    resolution: whole(fields, 'resolution', 8, 4096, what),
  };
}

/** @param lqSize whether the LR picture is a second input, of a size of its own */
export function unetConfig(fields: Fields, lqSize: boolean): UnetConfig {
  const what = 'UNet configuration';
  if (!lqSize && fields.lq_size !== undefined) {
    throw new Error('The downsampler has no LR input, so its configuration must not name "lq_size".');
  }
  const norm = choice(fields, 'norm', ['group', 'none'], what);
  const shift_mask = choice(fields, 'shift_mask', ['published', 'standard'], what);
  const config: UnetConfig = {
    image_size: whole(fields, 'image_size', 8, 512, what),
    in_channels: whole(fields, 'in_channels', 1, 64, what),
    model_channels: whole(fields, 'model_channels', 4, 1024, what),
    out_channels: whole(fields, 'out_channels', 1, 64, what),
    num_res_blocks: wholes(fields, 'num_res_blocks', 8, what),
    attention_resolutions: wholes(fields, 'attention_resolutions', 512, what),
    channel_mult: wholes(fields, 'channel_mult', 16, what),
    num_head_channels: whole(fields, 'num_head_channels', 1, 512, what),
    use_scale_shift_norm: fields.use_scale_shift_norm !== false,
    swin_depth: whole(fields, 'swin_depth', 1, 8, what),
    swin_embed_dim: whole(fields, 'swin_embed_dim', 4, 1024, what),
    window_size: whole(fields, 'window_size', 2, 32, what),
    mlp_ratio: whole(fields, 'mlp_ratio', 1, 8, what),
    ...(lqSize ? { lq_size: whole(fields, 'lq_size', 8, 512, what) } : {}),
    ...(norm ? { norm } : {}),
    ...(shift_mask ? { shift_mask } : {}),
  };
  refuse(unetFault(config));
  return config;
}

export function convDownsamplerConfig(fields: Fields): ConvDownsamplerConfig {
  const what = 'convolutional downsampler configuration';
  const config: ConvDownsamplerConfig = {
    in_channels: whole(fields, 'in_channels', 1, 128, what),
    width: whole(fields, 'width', 32, 1024, what),
    blocks: whole(fields, 'blocks', 1, 32, what),
    out_channels: whole(fields, 'out_channels', 1, 64, what),
  };
  refuse(convDownsamplerFault(config));
  return config;
}

const discriminatorName = 'discriminator configuration';

export function discriminatorConfig(fields: Fields): DiscriminatorConfig {
  // The first files name no kind.
  const kind = text({ kind: 'scratch', ...fields }, 'kind', /^(scratch|efficientnet-lite0)$/, discriminatorName);
  const config = kind === 'scratch' ? scratchConfig(fields) : featureConfig(fields);
  refuse(discriminatorFault(config));
  return config;
}

const scratchConfig = (fields: Fields): ScratchDiscriminatorConfig => ({
  in_channels: whole(fields, 'in_channels', 3, 3, discriminatorName),
  widths: wholes(fields, 'widths', 1024, discriminatorName),
  strides: wholes(fields, 'strides', 4, discriminatorName),
  head_width: whole(fields, 'head_width', 4, 1024, discriminatorName),
  head_levels: whole(fields, 'head_levels', 1, 8, discriminatorName),
});

function featureConfig(fields: Fields): FeatureDiscriminatorConfig {
  const widths = wholes(fields, 'pixel_widths', 1024, discriminatorName);
  if (widths.length !== 2) throw new Error(`The manifest's ${discriminatorName} needs two "pixel_widths".`);
  return {
    kind: 'efficientnet-lite0',
    stem_stride: whole(fields, 'stem_stride', 1, 2, discriminatorName) as 1 | 2,
    blocks: whole(fields, 'blocks', 1, blockCount, discriminatorName),
    head_levels: wholes(fields, 'head_levels', blockCount - 1, discriminatorName, 0),
    head_width: whole(fields, 'head_width', 1, 1024, discriminatorName),
    pixel_widths: widths as [number, number],
  };
}
