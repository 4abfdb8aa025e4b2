/** Carries one iteration of the method (src/paper) out with learners: updates, measurements, times. */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, flushGpu } from '../gpu/custom-op.ts';
import type { Recordings } from '../gpu/replay.ts';
import { type Kept, keepOnce, type Lease, runOnce } from '../gpu/work.ts';
import { featurePrefix } from '../nn/feature-discriminator.ts';
import { type Batch, mapBatch, tensorsOf } from '../paper/batch.ts';
import type { TrainingConfig } from '../paper/config.ts';
import { type Discriminator, runPhase } from '../paper/cotraining.ts';
import { Iteration } from '../paper/iteration.ts';
import { type IterationRow, type NetworkName, type Phase, phases } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import type { Learner, UpdateSettings } from './learner.ts';
import { Measurements, type Numbers, tensorsOfNumbers } from './measurements.ts';
import { decayAt, rateAt } from './optimizer.ts';

export interface CoTraining {
  readonly models: Models;
  readonly learners: ReadonlyMap<NetworkName, Learner>;
  /** May be another one in each iteration, within what `editTrainingConfig` allows. */
  readonly config: TrainingConfig;
  /** Where phases are recorded, to be replayed in the iterations after; null: each runs through tfjs. */
  readonly recordings: Recordings | null;
}

/** Training takes what memory there is: other work's recordings stay as long as they fit. */
const spare = Number.POSITIVE_INFINITY;

const networksOf = (learners: ReadonlyMap<NetworkName, Learner>) =>
  new Map([...learners].map(([name, { network }]) => [name, network]));

const isDiscriminator = (name: NetworkName): name is Discriminator =>
  name === 'discriminatorHR' || name === 'discriminatorLR';

const outputs = ['latent', 'yHat', 'fakeHR'] as const;
type Outputs = Partial<Record<(typeof outputs)[number], tf.Tensor4D>>;

/** All that a phase leaves behind. */
interface Left extends Kept {
  readonly outputs: Outputs;
  readonly numbers: Numbers;
  /** The networks that it has updated, as often as it did. */
  readonly updated: readonly NetworkName[];
}

export class TrainingIteration extends Iteration {
  override readonly measured = new Measurements();
  /** The batch as it was given. */
  readonly given: Batch;
  readonly #recordings: Recordings | null;
  readonly #learners: ReadonlyMap<NetworkName, Learner>;
  /** Of the batch, and of each phase that has run. */
  readonly #leases: Lease<Kept>[];
  readonly #updated: NetworkName[] = [];

  /** @param batch stays the caller's; step counts from 0 */
  constructor({ models, learners, config, recordings: given }: CoTraining, batch: Batch, step: number) {
    // Stock ops have places and rates in their commands.
    const recordings = customKernelsEnabled() ? given : null;
    // In the same memory each time, where recorded commands find it.
    const inputs = tensorsOf(batch);
    const run = (...copies: tf.Tensor[]) => ({ kept: copies.map((copy) => tf.keep(copy)) });
    const lease = recordings?.keep({ owner: learners, name: 'batch', inputs, spare, run });
    const copies = [...(lease?.value.kept ?? inputs)];
    const placed = mapBatch(batch, <T extends tf.Tensor>() => copies.shift() as T);
    super(models, config, networksOf(learners), placed, step);
    this.given = batch;
    this.#recordings = recordings;
    this.#learners = learners;
    this.#leases = lease ? [lease] : [];
    for (const [name, learner] of learners) {
      const settings = this.#settings(name, learner);
      const more = isDiscriminator(name) ? config.discriminatorSteps - 1 : 0;
      learner.prepare([settings, ...Array<UpdateSettings>(more).fill(settings)]);
    }
  }

  override descend(name: NetworkName, loss: () => tf.Scalar) {
    const learner = this.#learners.get(name);
    if (!learner) throw new Error(`There is no ${name} in this training.`);
    const turn = this.#updated.filter((updated) => updated === name).length;
    this.#updated.push(name);
    return learner.descend(loss, turn);
  }

  /** Runs a phase, or replays it as it was recorded. */
  perform = (phase: Phase, work: () => void): void => {
    let hasRun = false;
    const run = (): Left => {
      const [before, updates] = [this.#outputs, this.#updated.length];
      hasRun = true;
      work();
      const made = Object.entries(this.#outputs).filter(([name]) => !(name in before));
      const numbers = this.measured.of(phase);
      return {
        outputs: Object.fromEntries(made),
        numbers,
        updated: this.#updated.slice(updates),
        kept: [...made.map(([, tensor]) => tensor), ...tensorsOfNumbers(numbers)],
      };
    };
    const recorded = { owner: this.#learners, name: this.#nameOf(phase), inputs: [], reads: this.#made, spare, run };
    const lease = this.#recordings?.keep(recorded) ?? keepOnce(recorded);
    this.#leases.push(lease);
    if (hasRun) return;
    const { outputs, numbers, updated } = lease.value;
    Object.assign(this, outputs);
    this.measured.add(numbers);
    this.#updated.push(...updated);
    for (const name of updated) this.#learners.get(name)?.countUpdate();
  };

  /** The row, once all phases have run. */
  read(): Promise<IterationRow> {
    return this.measured.read(this.step, (run, reads) => {
      const work = { owner: this.#learners, name: this.#nameOf('numbers'), inputs: [], reads, spare, run };
      return this.#recordings?.run(work) ?? runOnce(work);
    });
  }

  /** All that decides what commands a phase comes to. */
  #nameOf(phase: Phase | 'numbers'): string {
    const { isPastWarmup, config, batch } = this;
    return JSON.stringify([phase, isPastWarmup, batch.window.seen, config]);
  }

  get #outputs(): Outputs {
    return Object.fromEntries(outputs.flatMap((name) => (this[name] ? [[name, this[name]]] : [])));
  }

  /** Tensors of this iteration that a phase may read. */
  get #made(): tf.Tensor[] {
    return [...tensorsOf(this.batch), ...Object.values(this.#outputs)];
  }

  /** Learning rates and decays of a network's update (§8.16). */
  #settings(name: NetworkName, { network }: Learner): UpdateSettings {
    const { config, step, models } = this;
    const isD = isDiscriminator(name);
    const factor = isD ? config.discriminatorRate : name === 'downsampler' ? config.downsamplerRate : 1;
    const hasFeatures = isDiscriminator(name) && models[name].kind === 'efficientnet-lite0';
    return {
      rate: factor * rateAt(config, step),
      beta1: isD ? config.discriminatorBeta1 : config.beta1,
      beta2: isD ? config.discriminatorBeta2 : config.beta2,
      clip: config.clip,
      decay: decayAt(config.ema, step),
      slower: hasFeatures ? { count: network.layout.extentOf(featurePrefix), factor: config.featureRate } : undefined,
    };
  }

  /** Frees what its phases have kept. */
  dispose(): void {
    const leased = new Set(this.#leases.flatMap(({ value }) => value.kept));
    const all = [
      ...Object.values(this.#outputs),
      ...phases.flatMap((phase) => tensorsOfNumbers(this.measured.of(phase))),
    ];
    // Of phases that failed, too.
    tf.dispose(all.filter((tensor) => !leased.has(tensor)));
    for (const { release } of this.#leases.splice(0)) release();
  }
}

/** Runs an iteration's next phase. */
export function advance(iteration: TrainingIteration): void {
  const { phase, measured } = iteration;
  if (!phase) return;
  const started = performance.now();
  measured.enter(phase);
  runPhase(iteration, iteration.perform);
  flushGpu();
  measured.timing[phase] = performance.now() - started;
}

/** Runs the phases that are left, then reads all scalars back at once. @throws NonFiniteError */
export async function finish(iteration: TrainingIteration): Promise<IterationRow> {
  while (iteration.phase) advance(iteration);
  const started = performance.now();
  const row = await iteration.read();
  const total = Object.values(row.timing).reduce((sum, ms) => sum + ms, performance.now() - started);
  return { ...row, timing: { ...row.timing, total } };
}
