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
import type { ManifestFile } from '../presets/manifest.ts';
import type { TrainingConfig } from '../training/config.ts';
import type { Models } from '../training/models.ts';
import type { ModelSource } from './model-source.ts';
import { findAutoencoder, readParams } from './networks.ts';

export interface TrainingNetworks {
  readonly models: Models;
  readonly teacher: Params;
  dispose(): void;
}

/** @throws one sentence; nothing stays allocated then */
export async function loadTrainingNetworks(
  source: ModelSource,
  { downsampler: kind, downsamplerSpace: space }: Pick<TrainingConfig, 'downsampler' | 'downsamplerSpace'>,
  onProgress: (loaded: number, total: number, cached: boolean) => void,
): Promise<TrainingNetworks> {
  const manifest = await source.manifest();
  const aeFile = findAutoencoder(manifest);
  const isTeacher = (file: ManifestFile): file is Extract<ManifestFile, { role: 'teacher' }> => file.role === 'teacher';
  const teacherFile = manifest.files.find(isTeacher);
  if (!teacherFile)
    throw new Error(`The ${manifest.preset} weights have no teacher: nothing can be distilled from them.`);
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
    schedule: buildSchedule(manifest.diffusion),
    autoencoder: { config: aeFile.config, params: autoencoder },
    unet: teacherFile.config,
    downsampler:
      kind === 'diffusion'
        ? { kind, config: diffusionDownsampler(teacherFile.config, aeFile.config, space) }
        : { kind, config: convolutionalDownsampler(aeFile.config, space) },
    discriminatorHR,
    discriminatorLR,
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
