/** A training run's networks, from a preset's weights: the frozen autoencoder and teacher, and the shapes of those that learn. */

import { errorMessage } from '../../formats/errors.ts';
import { autoencoderParamShapes } from '../../nn/autoencoder.ts';
import { efficientnetParamShapes } from '../../nn/efficientnet.ts';
import type { Params } from '../../nn/params.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import type { NetworkName } from '../../paper/names.ts';
import type { Models } from '../../paper/networks.ts';
import { buildSchedule } from '../../paper/schedule.ts';
import type { FeatureDiscriminatorConfig } from '../../presets/architecture.ts';
import { convolutionalDownsampler, diffusionDownsampler, discriminatorsOf } from '../../presets/cotraining.ts';
import type { Manifest, ManifestFile } from '../../presets/manifest.ts';
import { buffersOf, type LearningModels, shapesOf } from '../../training/learner.ts';
import type { PlannedNetworks } from '../../training/memory.ts';
import type { RunStart } from '../../training/run.ts';
import { loadLpipsParams, metricsFolder } from './metrics.ts';
import type { KnownFile, ModelSource } from './model-source.ts';
import { findAutoencoder, openNetworkFile, readParams } from './networks.ts';

export interface TrainingNetworks {
  readonly models: Models;
  readonly teacher: Params;
  readonly start: RunStart;
  dispose(): void;
}

type Choice = Pick<TrainingConfig, 'downsampler' | 'downsamplerSpace' | 'discriminator'>;

export interface TrainingSources {
  /** The preset's weights. */
  readonly preset: ModelSource;
  readonly folders: WeightFolders;
}

function findTeacher(manifest: Manifest): Extract<ManifestFile, { role: 'teacher' }> {
  const isTeacher = (file: ManifestFile): file is Extract<ManifestFile, { role: 'teacher' }> => file.role === 'teacher';
  const file = manifest.files.find(isTeacher);
  if (!file) throw new Error(`The ${manifest.preset} weights have no teacher: nothing can be distilled from them.`);
  return file;
}

/** The networks that learn, by a preset's manifest alone. @throws one sentence that names what is missing */
export function learningModels(
  manifest: Manifest,
  { downsampler: kind, downsamplerSpace: space, discriminator }: Choice,
): LearningModels {
  const { config: autoencoder } = findAutoencoder(manifest);
  const { config: unet } = findTeacher(manifest);
  const downsampler =
    kind === 'diffusion'
      ? { kind, config: diffusionDownsampler(unet, autoencoder, space) }
      : { kind, config: convolutionalDownsampler(autoencoder, space) };
  const { HR: discriminatorHR, LR: discriminatorLR } = discriminatorsOf(discriminator, unet);
  return { unet, downsampler, discriminatorHR, discriminatorLR };
}

/** The same with the autoencoder's sizes. @throws as `learningModels` */
export const plannedNetworks = (manifest: Manifest, choice: Choice): PlannedNetworks => ({
  ...learningModels(manifest, choice),
  autoencoder: findAutoencoder(manifest).config,
});

const roles = {
  downsampler: 'downsampler',
  discriminatorHR: 'discriminator-hr',
  discriminatorLR: 'discriminator-lr',
} as const satisfies Partial<Record<NetworkName, ManifestFile['role']>>;

interface Loading {
  /** Gets all that is on the backend. */
  readonly loaded: Params[];
  /** Counts a file once it is there. */
  readonly counted: <T>(work: Promise<T>) => Promise<T>;
}

/**
 * The weights that the preset's own student was trained against, with their buffers.
 * @throws one sentence where there are none, or they are of another shape
 */
async function loadPartners(
  source: ModelSource,
  models: Models,
  { loaded, counted }: Loading,
): Promise<Map<NetworkName, Params>> {
  const manifest = await source.manifest();
  const method = models.downsampler.kind === 'diffusion' ? 'ours' : 'ours-conv';
  const partners = new Map<NetworkName, Params>();
  for (const [name, role] of Object.entries(roles) as [keyof typeof roles, string][]) {
    const file = manifest.files.find((entry) => entry.role === role && 'method' in entry && entry.method === method);
    if (!file) {
      throw new Error(
        `The ${manifest.preset} weights have no ${role} of ${method} to start from: let G and the D’s start fresh.`,
      );
    }
    const blob = await counted(source.file(file, () => {}));
    const shapes = new Map([...shapesOf(models, name), ...buffersOf(models, name)]);
    try {
      partners.set(name, await readParams(blob, shapes, file.name));
    } catch (error) {
      const cause = errorMessage(error);
      throw new Error(`The shipped ${role} does not fit these settings: let G and the D’s start fresh. ${cause}`);
    }
    loaded.push(partners.get(name) as Params);
  }
  return partners;
}

/** @throws one sentence where the preset has no student of this G, or one of another shape */
async function loadStudent(source: ModelSource, models: Models, { loaded, counted }: Loading): Promise<Params> {
  const manifest = await source.manifest();
  const method = models.downsampler.kind === 'diffusion' ? 'ours' : 'ours-conv';
  const file = manifest.files.find((entry) => entry.role === 'student' && entry.method === method);
  if (!file) throw new Error(`The ${manifest.preset} weights have no student of ${method}: start from the teacher.`);
  const student = await readParams(await counted(source.file(file, () => {})), shapesOf(models, 'student'), file.name);
  loaded.push(student);
  return student;
}

/** First weights that are not drawn. */
async function loadStart(
  { preset, folders }: TrainingSources,
  config: TrainingConfig,
  models: Models,
  loading: Loading,
): Promise<RunStart> {
  const { discriminatorHR } = models;
  const shipped = config.partnerStart === 'shipped' ? await loadPartners(preset, models, loading) : new Map();
  if (config.studentStart === 'shipped') shipped.set('student', await loadStudent(preset, models, loading));
  return {
    shipped,
    features: discriminatorHR.kind === 'efficientnet-lite0' ? () => loadFeatures(folders, discriminatorHR) : undefined,
  };
}

/** Files of weights that are there, of all that a run needs before it begins. */
export type OnWeights = (done: number, of: number) => void;

/**
 * @param onWeights after each file
 * @throws one sentence; nothing stays allocated then
 */
export async function loadTrainingNetworks(
  sources: TrainingSources,
  config: TrainingConfig,
  onWeights: OnWeights = () => {},
): Promise<TrainingNetworks> {
  const { preset, folders } = sources;
  const manifest = await preset.manifest();
  const aeFile = findAutoencoder(manifest);
  const teacherFile = findTeacher(manifest);
  const isPerceptual = config.perceptualWeight > 0;
  const of =
    2 +
    (isPerceptual ? 1 : 0) +
    (config.partnerStart === 'shipped' ? Object.keys(roles).length : 0) +
    (config.studentStart === 'shipped' ? 1 : 0);
  let done = 0;
  onWeights(done, of);
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    const found = await work;
    onWeights(++done, of);
    return found;
  };
  const aeBlob = await counted(preset.file(aeFile, () => {}));
  const teacherBlob = await counted(preset.file(teacherFile, () => {}));
  const autoencoder = await readParams(aeBlob, autoencoderParamShapes(aeFile.config), aeFile.name);
  const loaded = [autoencoder];
  try {
    const teacher = await readParams(teacherBlob, unetParamShapes(teacherFile.config), teacherFile.name);
    loaded.push(teacher);
    const perceptual = isPerceptual ? await counted(loadPerceptual(folders)) : null;
    if (perceptual) loaded.push(perceptual);
    const models: Models = {
      schedule: buildSchedule(teacherFile.diffusion ?? manifest.diffusion),
      autoencoder: { config: aeFile.config, params: autoencoder },
      ...learningModels(manifest, config),
      perceptual,
    };
    return {
      models,
      teacher,
      start: await loadStart(sources, config, models, { loaded, counted }),
      dispose() {
        for (const params of loaded) params.dispose();
      },
    };
  } catch (error) {
    for (const params of loaded) params.dispose();
    throw error;
  }
}

// Weights that co-training takes from beside the presets: the discriminators' pretrained features, and LPIPS.

/** Folders of weights beside the presets', by name. */
export type WeightFolders = (folder: string) => Pick<ModelSource, 'file'>;

/** Made by `python -m trainer features`; another file would give other runs. */
export const featureFile: KnownFile = {
  name: 'efficientnet-lite0.safetensors',
  bytes: 1_392_088,
  sha256: 'd361b43713d233895be7e49118618d523175cc81481afbd050742a526db5412d',
};

/**
 * Values by name, PyTorch's layout.
 * @throws one sentence when the file is missing, damaged or another
 */
async function loadFeatures(
  folders: WeightFolders,
  config: Pick<FeatureDiscriminatorConfig, 'blocks'>,
): Promise<Map<string, Float32Array>> {
  const shapes = efficientnetParamShapes(config);
  const weights = await openNetworkFile(await folders('compact').file(featureFile, () => {}), shapes, featureFile.name);
  const values = new Map<string, Float32Array>();
  for (const name of shapes.keys()) values.set(name, await weights.readFloat32(name));
  return values;
}

/** LPIPS's network on the active backend. @throws as `loadFeatures` */
const loadPerceptual = (folders: WeightFolders): Promise<Params> => loadLpipsParams(folders(metricsFolder));
