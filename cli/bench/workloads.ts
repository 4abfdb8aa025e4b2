/** The workloads. Weights and pictures are hashes: times do not depend on them. */
import * as tf from '@tensorflow/tfjs-core';
import type { Recordings } from '../../src/gpu/replay.ts';
import { autoencoderParamShapes } from '../../src/nn/autoencoder.ts';
import { loadParams, Params } from '../../src/nn/params.ts';
import { resBlock } from '../../src/nn/unet.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import { disposeBatch } from '../../src/paper/batch.ts';
import { readTrainingConfig, type TrainingConfig } from '../../src/paper/config.ts';
import { phases } from '../../src/paper/names.ts';
import { buildSchedule } from '../../src/paper/schedule.ts';
import { type SamplingMethod, type UpscaleNetworks, upscaleTile } from '../../src/paper/upscale.ts';
import { latentChannels, type ParamShapes } from '../../src/presets/architecture.ts';
import { diffusionDownsampler, discriminatorsOf } from '../../src/presets/cotraining.ts';
import { type ModelPreset, presets } from '../../src/presets/presets.ts';
import { TrainingRun } from '../../src/training/run.ts';
import { advance, finish, TrainingIteration } from '../../src/training/step.ts';
import { loadFixture } from '../../tests/cotraining/load.ts';
import { hashedParameter, uniform } from '../../tests/support/hashed.ts';
import type { Workload } from './measure.ts';

/** Compact with a quarter of its channels and one level: for what does not depend on their width. */
export const smallest: ModelPreset = {
  autoencoder: {
    ...presets.compact.autoencoder,
    channels: 16,
    detail_channels: 8,
    encoder_blocks: 1,
    decoder_blocks: 1,
  },
  unet: {
    ...presets.compact.unet,
    model_channels: 16,
    channel_mult: [1],
    num_res_blocks: [1],
    attention_resolutions: [],
    swin_embed_dim: 16,
  },
  diffusion: presets.compact.diffusion,
};

const hashedParams = (shapes: ParamShapes, salt: string): Promise<Params> =>
  loadParams(shapes, async (name) => hashedParameter(salt, name, shapes.get(name) ?? []));

export function hashedTensor(name: string, shape: number[], scale = 1): tf.Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(uniform(name, count, scale), shape);
}

export async function networks({ autoencoder, unet, diffusion }: ModelPreset): Promise<UpscaleNetworks> {
  return {
    autoencoder: {
      config: autoencoder,
      params: await hashedParams(autoencoderParamShapes(autoencoder), 'autoencoder'),
    },
    unet: { config: unet, params: await hashedParams(unetParamShapes(unet), 'unet') },
    schedule: buildSchedule(diffusion),
  };
}

/** One tile of side × side LR pixels. */
export function upscaling(name: string, preset: ModelPreset, side: number, method: SamplingMethod): Workload {
  return {
    parts: [name],
    async prepare() {
      const used = await networks(preset);
      const y = hashedTensor('picture', [1, side, side, 3]) as tf.Tensor4D;
      const noise = hashedTensor('noise', [1, side, side, latentChannels(preset.autoencoder)], 1.7) as tf.Tensor4D;
      return {
        async run(meter) {
          await meter.measure(name, () =>
            tf.dispose(upscaleTile(used, y, noise, method, (phase) => meter.enter(phase))),
          );
        },
        dispose() {
          used.autoencoder.params.dispose();
          used.unet.params.dispose();
          tf.dispose([y, noise]);
        },
      };
    },
  };
}

/** A residual block of the U-Net's first level, without change of width, forward and back by everything that goes in. */
export function residualBlock(name: string, { unet }: ModelPreset, side: number): Workload {
  const channels = unet.model_channels * unet.channel_mult[0];
  const prefix = 'input_blocks.1.0';
  const all = unetParamShapes(unet);
  const shapes = new Map([...all].filter(([key]) => key.startsWith(`${prefix}.`)));
  return {
    parts: [name],
    async prepare() {
      const params = await hashedParams(shapes, 'unet');
      const x = hashedTensor('map', [1, side, side, channels]);
      const embedding = hashedTensor('embedding', [1, unet.model_channels * 4]) as tf.Tensor2D;
      const { names } = params;
      const loss = (input: tf.Tensor, ...values: tf.Tensor[]) => {
        const given = new Params(new Map(names.map((key, i) => [key, values[i]])));
        const block = { name: prefix, inputs: channels, outputs: channels };
        return tf.sum(resBlock(given, unet, block, input as tf.Tensor4D, embedding)) as tf.Scalar;
      };
      return {
        async run(meter) {
          await meter.measure(name, () => tf.dispose(tf.grads(loss)([x, ...names.map((key) => params.get(key))])));
        },
        dispose() {
          params.dispose();
          tf.dispose([x, embedding]);
        },
      };
    },
  };
}

type IterationSettings = Partial<TrainingConfig> & Pick<TrainingConfig, 'crop'>;

/** A run of all networks on one crop. @param recordings where its phases are recorded */
export async function trainingRun(
  preset: ModelPreset,
  settings: IterationSettings,
  recordings: Recordings | null = null,
): Promise<{ run: TrainingRun; dispose(): void }> {
  const { autoencoder, unet } = preset;
  const { crop } = settings;
  const config = readTrainingConfig({ window: crop / 2, pool: settings.batch ?? 1, ...settings });
  const { autoencoder: frozen, unet: teacher, schedule } = await networks(preset);
  const { HR, LR } = discriminatorsOf(config.discriminator, unet);
  const models = {
    schedule,
    autoencoder: frozen,
    unet,
    downsampler: {
      kind: 'diffusion' as const,
      config: diffusionDownsampler(unet, autoencoder, config.downsamplerSpace),
    },
    discriminatorHR: HR,
    discriminatorLR: LR,
    perceptual: null,
  };
  const data = uniform('hr', 16 * crop * crop * 3, 1);
  const picture = async () => ({ width: 4 * crop, height: 4 * crop, channels: 3 as const, data });
  const run = new TrainingRun('bench', models, teacher.params, { count: 1, picture }, config, {}, recordings);
  return {
    run,
    dispose() {
      run.dispose();
      frozen.params.dispose();
      teacher.params.dispose();
    },
  };
}

/** One iteration of all networks through tfjs: whole, and phase by phase. @param settings `crop` at least */
export function coTraining(name: string, preset: ModelPreset, settings: IterationSettings): Workload {
  const partOf = (phase: string) => `${name}: ${phase}`;
  return {
    parts: [name, ...phases.map(partOf)],
    async prepare() {
      const { run, dispose } = await trainingRun(preset, settings);
      return {
        async run(meter) {
          // The crops and the teacher's samples of them are there before; they are made once in many iterations.
          const iteration = await run.begin();
          await meter.measure(name, async () => {
            while (iteration.phase) {
              const { phase } = iteration;
              await meter.measure(partOf(phase), () => advance(iteration));
            }
            await finish(iteration);
          });
          run.discard(iteration);
        },
        dispose,
      };
    },
  };
}

/** One iteration of the smallest networks there are, those of the trainer's fixture: stock ops take minutes for compact's on software. */
export function fixtureIteration(name: string): Workload {
  return {
    parts: [name],
    async prepare() {
      const { run, batch } = await loadFixture('iteration_default');
      let step = 0;
      return {
        async run(meter) {
          const iteration = new TrainingIteration(run, batch, step++);
          await meter.measure(name, () => finish(iteration));
          iteration.dispose();
        },
        dispose() {
          disposeBatch(batch);
          for (const learner of run.learners.values()) learner.dispose();
          run.models.autoencoder.params.dispose();
        },
      };
    },
  };
}
