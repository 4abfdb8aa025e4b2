/** Carries one iteration of the method (src/paper) out with learners: updates, measurements, times. */
import type * as tf from '@tensorflow/tfjs-core';
import { flushGpu } from '../gpu/custom-op.ts';
import { featurePrefix } from '../nn/feature-discriminator.ts';
import type { Batch } from '../paper/batch.ts';
import type { TrainingConfig } from '../paper/config.ts';
import { runPhase } from '../paper/cotraining.ts';
import { Iteration } from '../paper/iteration.ts';
import type { IterationRow, NetworkName } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import type { Learner, UpdateSettings } from './learner.ts';
import { Measurements } from './measurements.ts';
import { decayAt, rateAt } from './optimizer.ts';

export interface CoTraining {
  readonly models: Models;
  readonly learners: ReadonlyMap<NetworkName, Learner>;
  /** May be another one in each iteration, within what `editTrainingConfig` allows. */
  readonly config: TrainingConfig;
}

const networksOf = (learners: ReadonlyMap<NetworkName, Learner>) =>
  new Map([...learners].map(([name, { network }]) => [name, network]));

export class TrainingIteration extends Iteration {
  override readonly measured = new Measurements();
  readonly #learners: ReadonlyMap<NetworkName, Learner>;
  /** Networks that were updated so far, as often as they were. */
  readonly #updated: NetworkName[] = [];

  /** @param batch stays the caller's; step counts from 0 */
  constructor({ models, learners, config }: CoTraining, batch: Batch, step: number) {
    super(models, config, networksOf(learners), batch, step);
    this.#learners = learners;
    for (const [name, learner] of learners) {
      const settings = this.#settings(name, learner);
      const turns = name === 'discriminatorHR' || name === 'discriminatorLR' ? config.discriminatorSteps : 1;
      learner.prepare([settings, ...Array<UpdateSettings>(turns - 1).fill(settings)]);
    }
  }

  override descend(name: NetworkName, loss: () => tf.Scalar) {
    const learner = this.#learners.get(name);
    if (!learner) throw new Error(`There is no ${name} in this training.`);
    const turn = this.#updated.filter((updated) => updated === name).length;
    this.#updated.push(name);
    return learner.descend(loss, turn);
  }

  /** Learning rates and decays of a network's update (§8.16). */
  #settings(name: NetworkName, { network }: Learner): UpdateSettings {
    const { config, step, models } = this;
    const isDiscriminator = name === 'discriminatorHR' || name === 'discriminatorLR';
    const factor = isDiscriminator ? config.discriminatorRate : name === 'downsampler' ? config.downsamplerRate : 1;
    const hasFeatures = isDiscriminator && models[name].kind === 'efficientnet-lite0';
    return {
      rate: factor * rateAt(config, step),
      beta1: isDiscriminator ? config.discriminatorBeta1 : config.beta1,
      beta2: isDiscriminator ? config.discriminatorBeta2 : config.beta2,
      clip: config.clip,
      decay: decayAt(config.ema, step),
      slower: hasFeatures ? { count: network.layout.extentOf(featurePrefix), factor: config.featureRate } : undefined,
    };
  }

  override dispose(): void {
    this.measured.dispose();
    super.dispose();
  }
}

/** Runs an iteration's next phase. */
export function advance(iteration: TrainingIteration): void {
  const { phase, measured } = iteration;
  if (!phase) return;
  const started = performance.now();
  measured.enter(phase);
  runPhase(iteration);
  flushGpu();
  measured.timing[phase] = performance.now() - started;
}

/** Runs the phases that are left, then reads all scalars back at once. @throws NonFiniteError */
export async function finish(iteration: TrainingIteration): Promise<IterationRow> {
  while (iteration.phase) advance(iteration);
  const { measured, step } = iteration;
  const started = performance.now();
  const row = await measured.read(step);
  const total = Object.values(row.timing).reduce((sum, ms) => sum + ms, performance.now() - started);
  return { ...row, timing: { ...row.timing, total } };
}
