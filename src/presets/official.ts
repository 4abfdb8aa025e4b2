/**
 * The identities that a file of weights can have, and the public files by name. A teacher, a student and every version of either have the
 * same tensors (§2.9), so only the file's name, or a person, can tell which it is.
 */
import type { DiffusionConfig } from './architecture.ts';
import type { ManifestFile } from './manifest.ts';
import { presets } from './presets.ts';

/** `id` is what a command line says; `part` the network that has the tensors. */
export interface Identity {
  readonly id: 'autoencoder' | 'resshift' | 'resshift-4' | 'sinsr' | 'l2' | 'ours' | 'ours-conv';
  readonly part: 'autoencoder' | 'unet';
  readonly role: Extract<ManifestFile['role'], 'autoencoder' | 'teacher' | 'student'>;
  readonly method: 'resshift' | 'sinsr' | 'l2' | 'ours' | 'ours-conv' | null;
  /** Null: the preset's. */
  readonly diffusion: DiffusionConfig | null;
}

/** ResShift v3: four steps, and more noise in the first of them (§1.1). */
const fourSteps: DiffusionConfig = { ...presets.paper.diffusion, steps: 4, min_noise_level: 0.2 };

export const identities: readonly Identity[] = [
  { id: 'autoencoder', part: 'autoencoder', role: 'autoencoder', method: null, diffusion: null },
  {
    id: 'resshift',
    part: 'unet',
    role: 'teacher',
    method: 'resshift',
    diffusion: null,
  },
  {
    id: 'resshift-4',
    part: 'unet',
    role: 'teacher',
    method: 'resshift',
    diffusion: fourSteps,
  },
  { id: 'sinsr', part: 'unet', role: 'student', method: 'sinsr', diffusion: null },
  { id: 'l2', part: 'unet', role: 'student', method: 'l2', diffusion: null },
  { id: 'ours', part: 'unet', role: 'student', method: 'ours', diffusion: null },
  {
    id: 'ours-conv',
    part: 'unet',
    role: 'student',
    method: 'ours-conv',
    diffusion: null,
  },
];

export interface OfficialFile {
  readonly identity: Identity['id'];
  readonly licence: string;
  readonly source: string;
  readonly training: Readonly<Record<string, unknown>>;
}

interface Named extends OfficialFile {
  readonly name: RegExp;
}

const resshift = { licence: 'NTU S-Lab License 1.0 (non-commercial)', source: 'zsyOAOA/ResShift, release v2.0' };
const sinsr = { licence: 'CC BY-NC-SA 4.0 (non-commercial)', source: 'wyf0912/SinSR, release v1.0' };

/** §2.9, §3.1 and §4.2; a browser may have put a number behind the name. */
const official: readonly Named[] = [
  { name: /^resshift_realsrx4_s15_v1\b/i, identity: 'resshift', ...resshift, training: { iterations: 300_000 } },
  { name: /^resshift_realsrx4_s15_v2\b/i, identity: 'resshift', ...resshift, training: { iterations: 500_000 } },
  {
    name: /^resshift_realsrx4_s4_v3\b/i,
    identity: 'resshift-4',
    ...resshift,
    training: { iterations: 400_000, losses: 'MSE of the latent + LPIPS of the pixels' },
  },
  { name: /^SinSR_v1\b/i, identity: 'sinsr', ...sinsr, training: { teacher: 'ResShift v1' } },
  { name: /^SinSR_v2\b/i, identity: 'sinsr', ...sinsr, training: { teacher: 'ResShift v1', note: 'stopped early' } },
  {
    name: /^autoencoder_vq_f4\b/i,
    identity: 'autoencoder',
    ...resshift,
    source: 'zsyOAOA/ResShift, release v2.0; trained by CompVis for latent-diffusion',
    training: {},
  },
];

/** The identity of a public file by its name; null for every other. */
export const officialFile = (name: string): OfficialFile | null =>
  official.find((entry) => entry.name.test(name)) ?? null;

/** Files of this project by their names, also where a browser put a number behind one: "ours (1).safetensors". */
const own = /^(autoencoder|teacher|resshift|sinsr|l2|ours-conv|ours)(?![\w-])/i;

/**
 * The identity of a file of weights, as far as the file tells: by what was written into it on import here, or by the name that
 * this project or its authors gave it. Null: a person has to say.
 */
export function identityOf(name: string, metadata: Readonly<Record<string, string>> = {}): Identity['id'] | null {
  const written = identities.find(({ id }) => id === metadata.identity);
  if (written) return written.id;
  const official = officialFile(name);
  if (official) return official.identity;
  const found = own.exec(name)?.[1]?.toLowerCase();
  return found === 'teacher' ? 'resshift' : ((found as Identity['id'] | undefined) ?? null);
}
