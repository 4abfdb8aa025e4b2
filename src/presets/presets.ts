/**
 * The networks by name. A weight file’s manifest entry says its real architecture, and wins over this; these are
 * for networks that have no file yet, and for estimates before one is loaded.
 */
import type { AutoencoderConfig, DiffusionConfig, UnetConfig } from './architecture.ts';

export interface ModelPreset {
  readonly autoencoder: AutoencoderConfig;
  /** Teacher, student and downsampler alike. */
  readonly unet: UnetConfig;
  readonly diffusion: DiffusionConfig;
}

/** §1.1: the released 15-step schedule. */
const fifteenSteps: DiffusionConfig = { steps: 15, kappa: 2, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 };

export const presets = {
  /** No norm sees a tile: pixels cost little, and their colours don't depend on how a picture is cut. */
  compact: {
    autoencoder: {
      kind: 'tiny',
      channels: 64,
      latent_channels: 8,
      encoder_blocks: 2,
      decoder_blocks: 4,
      detail_channels: 32,
    },
    unet: {
      image_size: 64,
      lq_size: 64,
      in_channels: 8,
      out_channels: 8,
      model_channels: 64,
      channel_mult: [1, 2],
      num_res_blocks: [1, 1],
      attention_resolutions: [32],
      num_head_channels: 16,
      use_scale_shift_norm: true,
      swin_embed_dim: 64,
      swin_depth: 2,
      window_size: 8,
      mlp_ratio: 2,
      norm: 'none',
      shift_mask: 'standard',
    },
    diffusion: fifteenSteps,
  },
  /** Compact with a few channels, for tests: it has no weights, and no menu offers it. */
  tiny: {
    autoencoder: {
      kind: 'tiny',
      channels: 12,
      latent_channels: 4,
      encoder_blocks: 1,
      decoder_blocks: 1,
      detail_channels: 6,
    },
    unet: {
      image_size: 16,
      lq_size: 16,
      in_channels: 4,
      out_channels: 4,
      model_channels: 16,
      channel_mult: [1, 2],
      num_res_blocks: [1, 1],
      attention_resolutions: [8],
      num_head_channels: 8,
      use_scale_shift_norm: true,
      swin_embed_dim: 16,
      swin_depth: 2,
      window_size: 4,
      mlp_ratio: 2,
      norm: 'none',
      shift_mask: 'standard',
    },
    diffusion: fifteenSteps,
  },
  /** The released ResShift, SinSR and autoencoder files (§2.1, §3.1). */
  paper: {
    autoencoder: {
      kind: 'vq',
      ch: 128,
      ch_mult: [1, 2, 4],
      num_res_blocks: 2,
      z_channels: 3,
      in_channels: 3,
      out_ch: 3,
      embed_dim: 3,
      n_embed: 8192,
    },
    unet: {
      image_size: 64,
      lq_size: 64,
      in_channels: 3,
      out_channels: 3,
      model_channels: 160,
      channel_mult: [1, 2, 2, 4],
      num_res_blocks: [2, 2, 2, 2],
      attention_resolutions: [64, 32, 16, 8],
      num_head_channels: 32,
      use_scale_shift_norm: true,
      swin_embed_dim: 192,
      swin_depth: 2,
      window_size: 8,
      mlp_ratio: 4,
    },
    diffusion: fifteenSteps,
  },
} satisfies Readonly<Record<string, ModelPreset>>;

export const presetNames = ['compact', 'paper'] as const;

export type PresetName = (typeof presetNames)[number];

/** Names of earlier versions: runs and results of theirs are shown, but nothing can be computed with their networks. */
const earlierPresets = ['nano', 'mini'] as const;

/** Of a run or a result that was kept. */
export type KeptPreset = PresetName | (typeof earlierPresets)[number];

const isHere = (name: string): name is PresetName => presetNames.some((preset) => preset === name);
export const isEarlierPreset = (name: string) => earlierPresets.some((preset) => preset === name);

/** A kept run's preset. @throws one sentence where no version has had it */
export function keptPreset(name: string): KeptPreset {
  if (isHere(name) || isEarlierPreset(name)) return name as KeptPreset;
  throw new Error(`The run is of a preset that is not here: ${JSON.stringify(name.slice(0, 40))}.`);
}

/** As `keptPreset`, of a run that is to be continued. @throws one sentence where its networks are gone */
export function trainablePreset(name: string): PresetName {
  if (isHere(keptPreset(name))) return name as PresetName;
  throw new Error(
    `This run is of ${name}, whose networks this version no longer has: it can be looked at and downloaded. Start a new run to train.`,
  );
}

/** Those whose weights come with the page; others live by files that the user brings. */
export const shippedPresets: readonly PresetName[] = ['compact'];
