/** The trainer's fixture (README.md) as networks and a batch of the co-training step. */
import { resolve } from 'node:path';
import { autoencoderParamShapes } from '../../src/nn/autoencoder.ts';
import { discriminatorBufferShapes } from '../../src/nn/discriminator.ts';
import { lpipsParamShapes } from '../../src/nn/lpips.ts';
import { type Batch, type Draw, type DrawName, drawNames, drawsTensor, windowOn } from '../../src/paper/batch.ts';
import { readTrainingConfig, type TrainingConfig } from '../../src/paper/config.ts';
import type { LossName, NetworkName, ScoreName, TermName } from '../../src/paper/names.ts';
import type { Models } from '../../src/paper/networks.ts';
import { buildSchedule } from '../../src/paper/schedule.ts';
import {
  type DiscriminatorConfig,
  latentChannels,
  type ParamShapes,
  type UnetConfig,
} from '../../src/presets/architecture.ts';
import { autoencoderConfig } from '../../src/presets/configurations.ts';
import { presets } from '../../src/presets/presets.ts';
import { Learner, shapesOf } from '../../src/training/learner.ts';
import type { CoTraining } from '../../src/training/step.ts';
import { Golden } from '../support/golden.ts';
import { hashedParameter, uniform } from '../support/hashed.ts';

export const fixtures = [
  'iteration_default',
  'iteration_switches',
  'iteration_literal',
  'iteration_efficientnet',
  'iteration_paper',
] as const;

/** The fixture's names are snake_case. */
const camel = (name: string) =>
  name
    .replace(/_(hr|lr)(?=_|$)/g, (_, side: string) => side.toUpperCase())
    .replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
const snake = {
  student: 'student',
  downsampler: 'downsampler',
  discriminatorHR: 'discriminator_hr',
  discriminatorLR: 'discriminator_lr',
};
const renamed = <T>(values: Record<string, T>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]));

const [side, count] = [16, 2];

interface Optimiser {
  readonly lr: number;
  readonly clip: number;
  readonly ema: number;
  readonly betas: Readonly<Record<string, [number, number]>>;
  readonly part_rates: { readonly features: number };
}

export interface Fixture {
  readonly run: CoTraining;
  readonly batch: Batch;
  readonly expected: {
    readonly losses: Readonly<Record<LossName, number>>;
    readonly scores: Readonly<Record<ScoreName, number>>;
    readonly gradNorms: Readonly<Record<NetworkName, number>>;
    readonly termGrads: Readonly<Record<TermName, number>>;
    readonly termShares: Readonly<Record<TermName, number>>;
    readonly changeNorms: Readonly<Record<NetworkName, Readonly<Record<string, number>>>>;
    /** Whole matrices after one step minus before, PyTorch's layout. */
    changes(): Promise<{ network: NetworkName; name: string; values: Float32Array }[]>;
    /** Vectors u after the iteration. */
    buffers(): Promise<{ network: NetworkName; name: string; values: Float32Array }[]>;
  };
  readonly shapes: (name: NetworkName) => ParamShapes;
  /** Every parameter's hashed start, PyTorch's layout. */
  start(network: NetworkName, name: string): Float32Array;
}

function configOf(golden: Golden): TrainingConfig {
  const { lr, clip, ema, betas, part_rates: rates } = golden.metadata<Optimiser>('optimiser');
  const [beta1, beta2] = betas.student as [number, number];
  const [discriminatorBeta1, discriminatorBeta2] = betas.discriminator_hr as [number, number];
  const {
    lambda_hr: lambdaHr,
    lambda_lr: lambdaLr,
    hr_real: hrReal,
    quantise_lr: quantiseLr,
    // Here it is always AlexNet.
    perceptual_network: _,
    ...rest
  } = golden.metadata<Record<string, unknown>>('cotrain');
  return readTrainingConfig({
    ...renamed(rest),
    lambdaHr,
    lambdaLr,
    hrReal,
    quantiseLr,
    downsampler: golden.metadata('downsampler'),
    learningRate: lr,
    clip,
    ema,
    beta1,
    beta2,
    discriminatorBeta1,
    discriminatorBeta2,
    featureRate: rates.features,
  });
}

async function modelsOf(
  golden: Golden,
  { downsampler, downsamplerSpace, perceptualWeight }: TrainingConfig,
): Promise<Models> {
  const autoencoder = autoencoderConfig(golden.metadata('autoencoder'));
  const unet: UnetConfig = { ...golden.metadata<UnetConfig>('unet'), use_scale_shift_norm: true };
  const discriminators = golden.metadata<Record<string, DiscriminatorConfig>>('discriminators');
  const { lq_size: _, ...alone } = unet;
  const latent = latentChannels(autoencoder);
  const channels = { in_channels: 2 * latent, out_channels: downsamplerSpace === 'pixels' ? 3 : latent };
  return {
    schedule: buildSchedule(presets.compact.diffusion),
    autoencoder: {
      config: autoencoder,
      params: await golden.params(
        autoencoderParamShapes(autoencoder),
        `${golden.name}.autoencoder`,
        'autoencoder_param_shapes',
      ),
    },
    unet,
    downsampler:
      downsampler === 'diffusion'
        ? { kind: downsampler, config: { ...alone, ...channels } }
        : { kind: downsampler, config: { width: 64, blocks: 4, ...channels } },
    discriminatorHR: discriminators.discriminator_hr as DiscriminatorConfig,
    discriminatorLR: discriminators.discriminator_lr as DiscriminatorConfig,
    perceptual: perceptualWeight > 0 ? await golden.params(lpipsParamShapes(), `${golden.name}.lpips`) : null,
  };
}

const drawsOf = (rows: readonly number[]): Draw[] =>
  Array.from({ length: count }, (_, i) => {
    const [sy, sx, cy, cx] = rows.slice(4 * i) as [number, number, number, number];
    return { shift: [sy, sx], corner: [cy, cx] } as const;
  });

async function batchOf(golden: Golden, { windowMargin }: TrainingConfig): Promise<Batch> {
  const channels = golden.metadata<UnetConfig>('unet').out_channels;
  const latent = (key: string, scale = 1) => golden.input(key, [count, channels, side, side], scale);
  const draws = {} as Record<DrawName, Batch['draws'][DrawName]>;
  for (const name of [...drawNames.hr, ...drawNames.lr]) {
    const key = `draws.${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`;
    const turns = [key, `${key}_1`].filter(golden.has);
    draws[name] = await Promise.all(turns.map(async (turn) => drawsTensor(drawsOf(await golden.numbers(turn)))));
  }
  const [y, x, window] = golden.metadata<[number, number, number]>('window');
  return {
    z0: latent('z0'),
    zy: latent('zy'),
    target: latent('target'),
    lr: golden.input('lq', [count, 3, side, side], 1),
    noise: latent('noise', 1.7),
    downsamplerNoise: latent('downsampler_noise', 1.7),
    weights: null,
    x: golden.input('x', [count, 3, 4 * side, 4 * side], 1),
    window: windowOn({ y, x, side: window }, side, windowMargin),
    draws,
  };
}

export async function loadFixture(name: string): Promise<Fixture> {
  const golden = await Golden.open(resolve(import.meta.dirname, `${name}.safetensors`));
  const config = configOf(golden);
  const models = await modelsOf(golden, config);
  const networks = Object.keys(snake) as NetworkName[];
  const theirs = golden.metadata<Record<string, Record<string, number[]>>>('param_shapes');
  const shapes = (network: NetworkName) => shapesOf(models, network);
  const start = (network: NetworkName, parameter: string) =>
    hashedParameter(`${golden.name}.${snake[network]}`, parameter, shapes(network).get(parameter) ?? []);
  const learners = networks.map((network) => {
    const listed = (entries: Iterable<[string, readonly number[]]>) => JSON.stringify([...entries].sort());
    if (listed(shapes(network)) !== listed(Object.entries(theirs[snake[network]] ?? {}))) {
      throw new Error(`${name}: our parameters of ${network} differ from its list.`);
    }
    const buffers = new Map<string, Float32Array>();
    if (network === 'discriminatorHR' || network === 'discriminatorLR') {
      for (const [u, shape] of discriminatorBufferShapes(models[network])) {
        const values = uniform(`${golden.name}.${snake[network]}/${u}`, shape[0], 1);
        const length = Math.hypot(...values);
        buffers.set(
          u,
          values.map((value) => value / length),
        );
      }
    }
    return [network, Learner.start(shapes(network), (parameter) => start(network, parameter), buffers)] as const;
  });
  const tensors = (kind: string) =>
    Promise.all(
      networks.flatMap((network) => {
        const prefix = `${kind}.${snake[network]}.`;
        const found = golden.names().filter((key) => key.startsWith(prefix));
        return found.map(async (key) => ({
          network,
          name: key.slice(prefix.length),
          values: await golden.reference(key),
        }));
      }),
    );
  return {
    run: { models, config, learners: new Map(learners), recordings: null },
    batch: await batchOf(golden, config),
    shapes,
    start,
    expected: {
      losses: renamed(golden.metadata<Record<string, number>>('losses')) as Fixture['expected']['losses'],
      scores: Object.fromEntries(
        Object.entries(golden.metadata<Record<string, number>>('scores')).map(([key, value]) => [
          key.replace(/_(\w)/, (_, c: string) => c.toUpperCase()),
          value,
        ]),
      ) as Fixture['expected']['scores'],
      gradNorms: renamed(golden.metadata<Record<string, number>>('grad_norms')) as Fixture['expected']['gradNorms'],
      termGrads: renamed(golden.metadata<Record<string, number>>('term_grads')) as Fixture['expected']['termGrads'],
      termShares: renamed(golden.metadata<Record<string, number>>('term_shares')) as Fixture['expected']['termShares'],
      changeNorms: renamed(
        golden.metadata<Record<string, Record<string, number>>>('change_l2_norms'),
      ) as Fixture['expected']['changeNorms'],
      changes: () => tensors('change'),
      buffers: () => tensors('buffer'),
    },
  };
}
