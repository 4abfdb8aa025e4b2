/** The shapes of networks as data: any size of each architecture. Field names are those of the public configurations. */

/** UNetModelSwin (§2.1). */
export interface UnetConfig {
  /** Side of the latent that the network was built for; decides which levels get attention and shifted windows. */
  readonly image_size: number;
  /** Channels of the noisy latent; where `lq_size` is absent (SinSR's files) the 3 of the LR condition are counted in. */
  readonly in_channels: number;
  readonly model_channels: number;
  readonly out_channels: number;
  readonly num_res_blocks: readonly number[];
  /** Feature sizes (not rates) that get a Swin layer. */
  readonly attention_resolutions: readonly number[];
  readonly channel_mult: readonly number[];
  readonly num_head_channels: number;
  readonly use_scale_shift_norm: boolean;
  readonly swin_depth: number;
  readonly swin_embed_dim: number;
  readonly window_size: number;
  readonly mlp_ratio: number;
  /** Side of the LR condition; when it differs from `image_size`, convolutions bring it down. */
  readonly lq_size?: number;
  /** none: residual blocks without GroupNorm, LayerNorm over a pixel's channels in the Swin layers. Default: group. */
  readonly norm?: 'group' | 'none';
  /** standard: Swin's mask, both axes; published: the one of the public weights, a slip of their code (§2.3). Default: published. */
  readonly shift_mask?: 'published' | 'standard';
}

/** Encoder and decoder of the VQ autoencoder (§3.1). Public configurations name no kind. */
export interface VqAutoencoderConfig {
  readonly kind: 'vq';
  readonly ch: number;
  readonly ch_mult: readonly number[];
  readonly num_res_blocks: number;
  readonly z_channels: number;
  readonly in_channels: number;
  readonly out_ch: number;
  readonly embed_dim: number;
  /** Codebook entries; null: no codebook, latents stay continuous. */
  readonly n_embed: number | null;
  /** Feature sizes, of a picture of side `resolution`, whose levels have attention; none in the public files. */
  readonly attn_resolutions?: readonly number[];
  readonly resolution?: number;
}

/** An autoencoder of plain convolutions at the latent's size; no codebook (nn/autoencoder.ts). */
export interface TinyAutoencoderConfig {
  readonly kind: 'tiny';
  /** Width at the latent's size. */
  readonly channels: number;
  readonly latent_channels: number;
  /** Residual blocks on either side of the latent. */
  readonly encoder_blocks: number;
  readonly decoder_blocks: number;
  /** Width at twice the latent's size, where the decoder ends. */
  readonly detail_channels: number;
}

export type AutoencoderConfig = VqAutoencoderConfig | TinyAutoencoderConfig;

/** C of a latent [B, h, w, C]. */
export const latentChannels = (config: AutoencoderConfig): number =>
  config.kind === 'tiny' ? config.latent_channels : config.embed_dim;

/** The convolutional downsampler of Tables III and IV (§8.18): a stem, residual blocks, a last convolution. */
export interface ConvDownsamplerConfig {
  /** Noise and the student's latent, side by side. */
  readonly in_channels: number;
  readonly width: number;
  readonly blocks: number;
  readonly out_channels: number;
}

/** A discriminator (§5.5 B): a feature network that learns too, with a head on several of its levels. */
export type DiscriminatorConfig = ScratchDiscriminatorConfig | FeatureDiscriminatorConfig;

/** Features of its own: convolutions that begin random, with a head on each of the last levels. */
export interface ScratchDiscriminatorConfig {
  readonly kind?: 'scratch';
  readonly in_channels: number;
  /** Channels of each level. */
  readonly widths: readonly number[];
  /** Stride of each level's convolution; a picture's sides are multiples of their product. */
  readonly strides: readonly number[];
  readonly head_width: number;
  /** Levels that have a head, counted from the last. */
  readonly head_levels: number;
}

/** Of EfficientNet-Lite0 (Tan and Le, 2019): inverted residual blocks. */
export const blockCount = 16;

/** A classifier's first blocks, batch norm folded into their convolutions. */
export interface EfficientnetConfig {
  /** 2 as trained; 1 keeps the size of pictures that are small already. */
  readonly stem_stride: 1 | 2;
  /** Inverted residual blocks, from the first. */
  readonly blocks: number;
}

/** On EfficientNet-Lite0's pretrained features, with a small branch on the pixels themselves beside them. */
export interface FeatureDiscriminatorConfig extends EfficientnetConfig {
  readonly kind: 'efficientnet-lite0';
  /** Blocks whose output has a head. */
  readonly head_levels: readonly number[];
  readonly head_width: number;
  /** Channels of the pixel branch: at stride 1, then at stride 2. */
  readonly pixel_widths: readonly [number, number];
}

/** ResShift's noise schedule (§1.1). */
export interface DiffusionConfig {
  readonly steps: number;
  readonly kappa: number;
  readonly power: number;
  readonly etas_end: number;
  readonly min_noise_level: number;
}

/** Network name → shape, in PyTorch's layout and order. */
export type ParamShapes = ReadonlyMap<string, readonly number[]>;

/** Parameters as a network is described, layer after layer; every layer has a bias, one for each of its outputs. */
export class LayerShapes extends Map<string, readonly number[]> {
  /** @param weight PyTorch's shape: outputs first, then inputs and kernel where the layer has them */
  layer(name: string, weight: readonly number[]): void {
    this.set(`${name}.weight`, weight);
    this.set(`${name}.bias`, weight.slice(0, 1));
  }

  conv(name: string, inputs: number, outputs: number, size: number): void {
    this.layer(name, [outputs, inputs, size, size]);
  }
}

/** HR pixels to an LR pixel, a side; the autoencoders' latents have the LR picture's size. */
export const upscaleFactor = 4;
