/** The manifest of a folder of weights (`public/models/PRESET/manifest.json`), and its reader, which trusts nothing in it. */
import type {
  AutoencoderConfig,
  ConvDownsamplerConfig,
  DiffusionConfig,
  DiscriminatorConfig,
  UnetConfig,
} from './architecture.ts';
import {
  autoencoderConfig,
  convDownsamplerConfig,
  discriminatorConfig,
  type Fields,
  number,
  object,
  refuse,
  text,
  unetConfig,
  whole,
} from './configurations.ts';
import { downsamplerFault, latentFault } from './consistency.ts';
import { isTaught, type TaughtMethod } from './teaching.ts';

/** Facts that every file of weights has. */
export interface FileFacts {
  /** Path beside the manifest; no folders. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly parameters: number;
  /** Training and measurements: shown, never interpreted. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Title; null: the role's. */
  readonly title: string | null;
  /** Null: the manifest's. */
  readonly licence: string | null;
  /** Where it comes from, in words; null: from whoever made the manifest. */
  readonly source: string | null;
  /** The schedule that a diffusion network was trained for; null: the manifest's. */
  readonly diffusion: DiffusionConfig | null;
}

/** The paper's training with a diffusion downsampler ('ours') and with a convolutional one ('ours-conv', Tables III and IV). */
export type CoLearning = 'ours' | 'ours-conv';

/** One network. The roles and methods are all there are: a manifest that names another is refused. */
export type ManifestNetwork =
  | { readonly role: 'autoencoder'; readonly config: AutoencoderConfig }
  /** ResShift's multi-step network. */
  | { readonly role: 'teacher'; readonly method: 'resshift'; readonly config: UnetConfig }
  /** One-step networks: SinSR's, those of the paper, the regression that both are measured against, and those of the user. */
  | {
      readonly role: 'student';
      readonly method: 'sinsr' | 'l2' | CoLearning | TaughtMethod;
      readonly config: UnetConfig;
    }
  /** G. The UNet has no `lq_size`: noise and the student's latent come to it as one input (§8.12). */
  | { readonly role: 'downsampler'; readonly method: 'ours'; readonly config: UnetConfig }
  | { readonly role: 'downsampler'; readonly method: 'ours-conv'; readonly config: ConvDownsamplerConfig }
  /** D_H and D_L. */
  | {
      readonly role: 'discriminator-hr' | 'discriminator-lr';
      readonly method: CoLearning;
      readonly config: DiscriminatorConfig;
    };

export type ManifestFile = FileFacts & ManifestNetwork;

export interface Manifest {
  readonly preset: string;
  readonly licence: string;
  readonly created: string;
  readonly diffusion: DiffusionConfig;
  /** The networks in use: one for each role and method. */
  readonly files: readonly ManifestFile[];
  /** Kept, while another file plays their part. */
  readonly spare: readonly ManifestFile[];
}

const largestFile = 2 ** 31;

function network(fields: Fields, name: string): ManifestNetwork {
  const config = object(fields.config, `configuration of ${name}`);
  const method = <const T extends readonly string[]>(...allowed: T) =>
    text(fields, 'method', new RegExp(`^(${allowed.join('|')})$`), name) as T[number];
  const studentMethod = () => {
    const own = fields.method;
    return typeof own === 'string' && isTaught(own) ? own : method('sinsr', 'l2', 'ours', 'ours-conv');
  };
  const role = text(fields, 'role', /./, name);
  switch (role) {
    case 'autoencoder':
      return { role, config: autoencoderConfig(config) };
    case 'teacher':
      return { role, method: method('resshift'), config: unetConfig(config, true) };
    case 'student':
      return { role, method: studentMethod(), config: unetConfig(config, true) };
    case 'downsampler': {
      const which = method('ours', 'ours-conv');
      if (which === 'ours') return { role, method: which, config: unetConfig(config, false) };
      return { role, method: which, config: convDownsamplerConfig(config) };
    }
    case 'discriminator-hr':
    case 'discriminator-lr':
      return { role, method: method('ours', 'ours-conv'), config: discriminatorConfig(config) };
    default:
      throw new Error(`The manifest's ${name} has the "role" ${role}, which no network here plays.`);
  }
}

const optional = (fields: Fields, key: string, what: string) =>
  (fields[key] ?? null) === null ? null : text(fields, key, /\S/, what);

function schedule(value: unknown, what: string): DiffusionConfig {
  const fields = object(value, what);
  return {
    steps: whole(fields, 'steps', 2, 1000, what),
    kappa: number(fields, 'kappa', 0.01, 100, what),
    power: number(fields, 'power', 0.01, 10, what),
    etas_end: number(fields, 'etas_end', 0.01, 1, what),
    min_noise_level: number(fields, 'min_noise_level', 1e-6, 1, what),
  };
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
    title: optional(fields, 'title', name),
    licence: optional(fields, 'licence', name),
    source: optional(fields, 'source', name),
    diffusion: (fields.diffusion ?? null) === null ? null : schedule(fields.diffusion, `diffusion of ${name}`),
  };
  return { ...facts, ...network(fields, name) };
}

/** A network's part: no two files in use have the same. */
export const partOf = (entry: ManifestNetwork): string =>
  entry.role === 'autoencoder' ? entry.role : `${entry.role} of ${entry.method}`;

/** No network twice, and all that pass latents to each other of one kind. */
export function checkTogether(files: readonly ManifestFile[]): void {
  const keys = new Set<string>();
  for (const entry of files) {
    const key = partOf(entry);
    if (keys.has(key)) throw new Error(`The manifest lists the ${key} twice.`);
    keys.add(key);
  }
  const autoencoder = files.find((entry) => entry.role === 'autoencoder');
  if (!autoencoder) return;
  for (const entry of files) {
    if (entry.role === 'teacher' || entry.role === 'student') refuse(latentFault(autoencoder.config, entry.config));
    if (entry.role === 'downsampler') refuse(downsamplerFault(autoencoder.config, entry.config));
  }
}

/** @throws one sentence naming what is wrong with the manifest */
export function parseManifest(json: unknown): Manifest {
  const fields = object(json, 'top level');
  const diffusion = schedule(fields.diffusion, 'diffusion');
  if (!Array.isArray(fields.files)) throw new Error('The manifest lists no files: import the weights again.');
  if ((fields.format ?? 1) !== 1)
    throw new Error('The manifest is of a newer format than this program reads: update the program.');
  const entries = fields.files.map((value) => ({
    entry: file(value),
    spare: object(value, 'file entry').spare === true,
  }));
  const files = entries.filter(({ spare }) => !spare).map(({ entry }) => entry);
  checkTogether(files);
  return {
    preset: text(fields, 'preset', /^[\w-]+$/, 'top level'),
    licence: text(fields, 'licence', /./, 'top level'),
    created: text(fields, 'created', /^\d{4}-\d{2}-\d{2}/, 'top level'),
    diffusion,
    files,
    spare: entries.filter(({ spare }) => spare).map(({ entry }) => entry),
  };
}

/** The public configurations keep the networks' numbers in `ddconfig`, beside the embedding's. */
export function autoencoderJson(config: AutoencoderConfig): object {
  if (config.kind === 'tiny') return config;
  const { kind: _, embed_dim, n_embed, ...ddconfig } = config;
  return { embed_dim, n_embed, ddconfig };
}

function fileJson(entry: ManifestFile, spare: boolean): object {
  const { title, licence, source, diffusion, config, ...facts } = entry;
  const stated = Object.entries({ title, licence, source, diffusion }).filter(([, value]) => value !== null);
  return {
    ...facts,
    ...Object.fromEntries(stated),
    config: entry.role === 'autoencoder' ? autoencoderJson(entry.config) : config,
    ...(spare ? { spare } : {}),
  };
}

/** The manifest's JSON, which `parseManifest` reads back. */
export function manifestJson({ files, spare, ...top }: Manifest): string {
  const entries = [...files.map((entry) => fileJson(entry, false)), ...spare.map((entry) => fileJson(entry, true))];
  return `${JSON.stringify({ format: 1, ...top, files: entries }, null, 2)}\n`;
}
