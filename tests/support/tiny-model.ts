/** A whole set of weights in memory: the real file format and networks, the smallest widths, values from a hash. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownNetwork } from '../../src/engine/models/mapping.ts';
import type { ModelSource } from '../../src/engine/runtime/model-source.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { autoencoderParamShapes } from '../../src/nn/autoencoder.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import type { ParamShapes, UnetConfig, VqAutoencoderConfig } from '../../src/presets/architecture.ts';
import { autoencoderJson, type Manifest, type ManifestFile, parseManifest } from '../../src/presets/manifest.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { hashedParameter } from './hashed.ts';
import { vqAutoencoder } from './vq.ts';

const autoencoder: VqAutoencoderConfig = { ...vqAutoencoder, ch: 32, num_res_blocks: 1 };

const unet: UnetConfig = {
  image_size: 16,
  in_channels: 4,
  model_channels: 32,
  out_channels: 4,
  attention_resolutions: [16],
  channel_mult: [1, 1],
  num_res_blocks: [1, 1],
  num_head_channels: 16,
  use_scale_shift_norm: true,
  swin_depth: 2,
  swin_embed_dim: 32,
  window_size: 8,
  mlp_ratio: 2,
  lq_size: 16,
};

/** Autoencoder and UNet, as the importer of weights knows networks. */
export const tinyNetworks = (): KnownNetwork[] => [
  { preset: 'compact', part: 'autoencoder', config: autoencoder, shapes: autoencoderParamShapes(autoencoder) },
  { preset: 'compact', part: 'unet', config: unet, shapes: unetParamShapes(unet) },
];

function file(shapes: ParamShapes, salt: string): Blob {
  const tensors = [...shapes].map(([name, shape]) => ({
    name,
    shape,
    dtype: 'F16' as const,
    data: hashedParameter(salt, name, shape),
  }));
  return writeSafetensors(tensors, { format: 'pt' });
}

async function entry(blob: Blob, name: string, rest: object) {
  const sha256 = createHash('sha256')
    .update(new Uint8Array(await blob.arrayBuffer()))
    .digest('hex');
  return { name, bytes: blob.size, sha256, parameters: 1, ...rest };
}

export interface TinyModel {
  readonly manifest: Manifest;
  /** The manifest's source, as it lies beside the files. */
  readonly json: { readonly files: readonly object[] };
  readonly files: ReadonlyMap<string, Blob>;
  readonly source: ModelSource;
}

type StudentMethod = Extract<ManifestFile, { role: 'student' }>['method'];

/**
 * @param students their methods; each gets a file of its own, all but l2's with the same values
 * @param hasTeacher a teacher with these values too
 * @param codes entries of the autoencoder's codebook; null: none
 * @param mult widths of the autoencoder's levels
 */
export const tinyModel = (
  students?: readonly StudentMethod[],
  hasTeacher?: boolean,
  codes: number | null = null,
  mult: readonly number[] = autoencoder.ch_mult,
): Promise<TinyModel> =>
  modelOf({ autoencoder: { ...autoencoder, n_embed: codes, ch_mult: mult }, unet }, students, hasTeacher);

/** As `tinyModel`, of other networks. */
export async function modelOf(
  networks: Pick<ModelPreset, 'autoencoder' | 'unet'>,
  students: readonly StudentMethod[] = ['sinsr'],
  hasTeacher = false,
): Promise<TinyModel> {
  const student = file(unetParamShapes(networks.unet), 'unet');
  // The detail dial has something to blend.
  const studentOf = (method: StudentMethod) => (method === 'l2' ? file(unetParamShapes(networks.unet), 'l2') : student);
  const files = new Map([
    ['autoencoder.safetensors', file(autoencoderParamShapes(networks.autoencoder), 'ae')],
    ...students.map((method) => [`${method}.safetensors`, studentOf(method)] as const),
    ...(hasTeacher ? [['teacher.safetensors', student] as const] : []),
  ]);
  const config = networks.unet;
  const json = {
    preset: 'tiny',
    licence: 'Apache-2.0',
    created: '2026-11-23',
    diffusion: { steps: 15, kappa: 2, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 },
    files: [
      await entry(files.get('autoencoder.safetensors') as Blob, 'autoencoder.safetensors', {
        role: 'autoencoder',
        config: autoencoderJson(networks.autoencoder),
      }),
      ...(await Promise.all(
        students.map((method) =>
          entry(files.get(`${method}.safetensors`) as Blob, `${method}.safetensors`, {
            role: 'student',
            method,
            config,
          }),
        ),
      )),
      ...(hasTeacher
        ? [await entry(student, 'teacher.safetensors', { role: 'teacher', method: 'resshift', config })]
        : []),
    ],
  };
  const manifest = parseManifest(json);
  return {
    manifest,
    json,
    files,
    source: { manifest: async () => manifest, file: async ({ name }) => files.get(name) as Blob },
  };
}

/** Writes a model as `--models FOLDER` takes it, in the place of the preset "compact". */
export async function writeModel(folder: string, { json, files }: TinyModel): Promise<void> {
  const preset = join(folder, 'compact');
  await mkdir(preset, { recursive: true });
  await writeFile(join(preset, 'manifest.json'), JSON.stringify(json));
  for (const [name, file] of files) await writeFile(join(preset, name), new Uint8Array(await file.arrayBuffer()));
}
