/** What a folder of weights says about itself (`public/models/PRESET/manifest.json`), and the reader that trusts nothing in it. */
import type { AutoencoderConfig, DiffusionConfig, UnetConfig } from './architecture.ts';
import { autoencoderFault, latentFault, unetFault } from './consistency.ts';

interface FileFacts {
  /** Path beside the manifest; no folders. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly parameters: number;
  /** How it was trained, and what was measured: shown, never interpreted. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export type ManifestFile = FileFacts &
  (
    | { readonly role: 'autoencoder'; readonly config: AutoencoderConfig }
    /** method: 'resshift' for the multi-step teacher, 'sinsr' for the one-step student distilled from it. */
    | { readonly role: 'teacher' | 'student'; readonly method: string; readonly config: UnetConfig }
  );

export interface Manifest {
  readonly preset: string;
  readonly licence: string;
  readonly created: string;
  readonly diffusion: DiffusionConfig;
  readonly files: readonly ManifestFile[];
}

type Fields = Record<string, unknown>;

const largestFile = 2 ** 31;

function object(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`The manifest's ${what} is not an object.`);
}

function text(fields: Fields, key: string, pattern: RegExp, what: string): string {
  const value = fields[key];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Error(`The manifest's ${what} has no usable "${key}".`);
}

function number(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = fields[key];
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new Error(`The manifest's ${what} needs "${key}" from ${low} to ${high}.`);
}

function whole(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = number(fields, key, low, high, what);
  if (Number.isInteger(value)) return value;
  throw new Error(`The manifest's ${what} needs a whole number for "${key}".`);
}

function wholes(fields: Fields, key: string, high: number, what: string): number[] {
  const value = fields[key];
  const good = Array.isArray(value) && value.length > 0 && value.length <= 8;
  if (good && value.every((n) => Number.isInteger(n) && n >= 1 && n <= high)) return value as number[];
  throw new Error(`The manifest's ${what} needs a list of whole numbers for "${key}".`);
}

function refuse(fault: string | null): void {
  if (fault !== null) throw new Error(fault);
}

/** The public configurations keep the networks' numbers in `ddconfig`, beside the embedding's. */
function autoencoderConfig(outer: Fields): AutoencoderConfig {
  const what = 'autoencoder configuration';
  const fields = { ...object(outer.ddconfig, what), embed_dim: outer.embed_dim, n_embed: outer.n_embed };
  const embedding = fields.n_embed ?? null;
  const config: AutoencoderConfig = {
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
function levelAttention(fields: Fields, what: string): Pick<AutoencoderConfig, 'attn_resolutions' | 'resolution'> {
  const { attn_resolutions: sizes } = fields;
  if (sizes === undefined || (Array.isArray(sizes) && sizes.length === 0)) return {};
  return {
    attn_resolutions: wholes(fields, 'attn_resolutions', 4096, what),
    resolution: whole(fields, 'resolution', 8, 4096, what),
  };
}

function unetConfig(fields: Fields): UnetConfig {
  const what = 'UNet configuration';
  const config: UnetConfig = {
    image_size: whole(fields, 'image_size', 8, 512, what),
    in_channels: whole(fields, 'in_channels', 1, 64, what),
    model_channels: whole(fields, 'model_channels', 32, 1024, what),
    out_channels: whole(fields, 'out_channels', 1, 64, what),
    num_res_blocks: wholes(fields, 'num_res_blocks', 8, what),
    attention_resolutions: wholes(fields, 'attention_resolutions', 512, what),
    channel_mult: wholes(fields, 'channel_mult', 16, what),
    num_head_channels: whole(fields, 'num_head_channels', 1, 512, what),
    use_scale_shift_norm: fields.use_scale_shift_norm !== false,
    swin_depth: whole(fields, 'swin_depth', 1, 8, what),
    swin_embed_dim: whole(fields, 'swin_embed_dim', 32, 1024, what),
    window_size: whole(fields, 'window_size', 2, 32, what),
    mlp_ratio: whole(fields, 'mlp_ratio', 1, 8, what),
    lq_size: whole(fields, 'lq_size', 8, 512, what),
  };
  refuse(unetFault(config));
  return config;
}

function file(value: unknown): ManifestFile {
  const fields = object(value, 'file entry');
  const name = text(fields, 'name', /^[\w.-]+\.safetensors$/, 'file entry');
  const facts: FileFacts = {
    name,
    bytes: whole(fields, 'bytes', 8, largestFile, name),
    sha256: text(fields, 'sha256', /^[0-9a-f]{64}$/, name),
    parameters: whole(fields, 'parameters', 1, 2 ** 31, name),
    training: object(fields.training ?? {}, `training of ${name}`),
    metrics: object(fields.metrics ?? {}, `metrics of ${name}`),
  };
  const role = text(fields, 'role', /^(autoencoder|teacher|student)$/, name) as ManifestFile['role'];
  const config = object(fields.config, `configuration of ${name}`);
  if (role === 'autoencoder') return { ...facts, role, config: autoencoderConfig(config) };
  return { ...facts, role, method: text(fields, 'method', /^[\w-]+$/, name), config: unetConfig(config) };
}

/** @throws one sentence naming what is wrong with the manifest */
export function parseManifest(json: unknown): Manifest {
  const fields = object(json, 'top level');
  const diffusion = object(fields.diffusion, 'diffusion');
  if (!Array.isArray(fields.files)) throw new Error('The manifest lists no files.');
  if ((fields.format ?? 1) !== 1) throw new Error('The manifest is of a newer format than this program reads.');
  const files = fields.files.map(file);
  const autoencoder = files.find((entry) => entry.role === 'autoencoder');
  for (const entry of files) {
    if (autoencoder && entry.role !== 'autoencoder') refuse(latentFault(autoencoder.config, entry.config));
  }
  return {
    preset: text(fields, 'preset', /^[\w-]+$/, 'top level'),
    licence: text(fields, 'licence', /./, 'top level'),
    created: text(fields, 'created', /^\d{4}-\d{2}-\d{2}/, 'top level'),
    diffusion: {
      steps: whole(diffusion, 'steps', 2, 1000, 'diffusion'),
      kappa: number(diffusion, 'kappa', 0.01, 100, 'diffusion'),
      power: number(diffusion, 'power', 0.01, 10, 'diffusion'),
      etas_end: number(diffusion, 'etas_end', 0.01, 1, 'diffusion'),
      min_noise_level: number(diffusion, 'min_noise_level', 1e-6, 1, 'diffusion'),
    },
    files,
  };
}
