/** What a training run needs of a preset's weights: the frozen autoencoder and teacher, and the shapes of what learns. */
import { buildSchedule } from '../diffusion/schedule.ts';
import type { Params } from '../nn/params.ts';
import { unetParamShapes } from '../nn/unet-shapes.ts';
import { autoencoderParamShapes } from '../nn/vqgan.ts';
import {
  convolutionalDownsampler,
  diffusionDownsampler,
  discriminatorHR,
  discriminatorLR,
} from '../presets/cotraining.ts';
import type { Manifest, ManifestFile } from '../presets/manifest.ts';
import type { TrainingConfig } from '../training/config.ts';
import type { PlannedNetworks } from '../training/memory.ts';
import type { LearningModels, Models } from '../training/models.ts';
import type { ModelSource } from './model-source.ts';
import { findAutoencoder, readParams } from './networks.ts';

export interface TrainingNetworks {
  readonly models: Models;
  readonly teacher: Params;
  dispose(): void;
}

type Choice = Pick<TrainingConfig, 'downsampler' | 'downsamplerSpace'>;

function findTeacher(manifest: Manifest): Extract<ManifestFile, { role: 'teacher' }> {
  const isTeacher = (file: ManifestFile): file is Extract<ManifestFile, { role: 'teacher' }> => file.role === 'teacher';
  const file = manifest.files.find(isTeacher);
  if (!file) throw new Error(`The ${manifest.preset} weights have no teacher: nothing can be distilled from them.`);
  return file;
}

/** What learns, by a preset's manifest alone. @throws one sentence that names what is missing */
export function learningModels(
  manifest: Manifest,
  { downsampler: kind, downsamplerSpace: space }: Choice,
): LearningModels {
  const { config: autoencoder } = findAutoencoder(manifest);
  const { config: unet } = findTeacher(manifest);
  const downsampler =
    kind === 'diffusion'
      ? { kind, config: diffusionDownsampler(unet, autoencoder, space) }
      : { kind, config: convolutionalDownsampler(autoencoder, space) };
  return { unet, downsampler, discriminatorHR, discriminatorLR };
}

/** The same with the autoencoder's sizes. @throws as `learningModels` */
export const plannedNetworks = (manifest: Manifest, choice: Choice): PlannedNetworks => ({
  ...learningModels(manifest, choice),
  autoencoder: findAutoencoder(manifest).config,
});

/** @throws one sentence; nothing stays allocated then */
export async function loadTrainingNetworks(
  source: ModelSource,
  choice: Choice,
  onProgress: (loaded: number, total: number, cached: boolean) => void,
): Promise<TrainingNetworks> {
  const manifest = await source.manifest();
  const aeFile = findAutoencoder(manifest);
  const teacherFile = findTeacher(manifest);
  const total = aeFile.bytes + teacherFile.bytes;
  const aeBlob = await source.file(aeFile, (loaded, cached) => onProgress(loaded, total, cached));
  const teacherBlob = await source.file(teacherFile, (loaded, cached) =>
    onProgress(aeFile.bytes + loaded, total, cached),
  );
  const autoencoder = await readParams(aeBlob, autoencoderParamShapes(aeFile.config), aeFile.name);
  let teacher: Params;
  try {
    teacher = await readParams(teacherBlob, unetParamShapes(teacherFile.config), teacherFile.name);
  } catch (error) {
    autoencoder.dispose();
    throw error;
  }
  const models: Models = {
    schedule: buildSchedule(teacherFile.diffusion ?? manifest.diffusion),
    autoencoder: { config: aeFile.config, params: autoencoder },
    ...learningModels(manifest, choice),
  };
  return {
    models,
    teacher,
    dispose() {
      autoencoder.dispose();
      teacher.dispose();
    },
  };
}
