/** A co-training run: its networks, crops and step; a whole iteration at a time, or phase by phase. */
import type { Recordings } from '../gpu/replay.ts';
import type { FloatImage } from '../imaging/image.ts';
import type { PictureFacts } from '../imaging/picture-facts.ts';
import type { Params } from '../nn/params.ts';
import { disposeBatch } from '../paper/batch.ts';
import { editTrainingConfig, participants, type TrainingConfig } from '../paper/config.ts';
import type { IterationRow, NetworkName } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts';
import { CropPool, type PictureSource } from './crops.ts';
import { bufferStart, defaultStart, unitGainStart } from './initialize.ts';
import { Layout } from './layout.ts';
import { buffersOf, Learner, type LearnerState, shapesOf } from './learner.ts';
import { linearFit, startConvLinear, startUnetLinear } from './linear-start.ts';
import { sizeFault } from './memory.ts';
import { finish, TrainingIteration } from './step.ts';

/** First weights that are not drawn. */
export interface RunStart {
  /** Of networks that are not to begin anew, with their buffers; stay the caller's. */
  readonly shipped?: ReadonlyMap<NetworkName, Params> | undefined;
  /** Of the discriminators' pretrained features, by their names, PyTorch's layout; asked for when a discriminator begins. */
  readonly features?: (() => Promise<ReadonlyMap<string, Float32Array>>) | undefined;
}

/** Crops that a linear start is fitted to. */
const fittedCrops = 16;

export class TrainingRun {
  readonly preset: string;
  readonly models: Models;
  readonly pool: CropPool;
  readonly #teacher: Params;
  readonly #start: RunStart;
  readonly #recordings: Recordings | null;
  readonly #learners = new Map<NetworkName, Learner>();
  #config: TrainingConfig;
  #step = 0;

  /**
   * A run at its start.
   * @param teacher frozen; stays the caller's, like the autoencoder in `models`
   * @param recordings of the backend, where phases are to be recorded
   * @throws one sentence when the sizes don't fit each other or there is no picture
   */
  constructor(
    preset: string,
    models: Models,
    teacher: Params,
    pictures: PictureSource,
    config: TrainingConfig,
    start: RunStart = {},
    recordings: Recordings | null = null,
  ) {
    const fault = sizeFault(models, config);
    if (fault) throw new Error(fault);
    this.preset = preset;
    this.models = models;
    this.#teacher = teacher;
    this.#start = start;
    this.#recordings = recordings;
    this.pool = new CropPool(models, teacher, pictures, config);
    this.#config = config;
  }

  get config(): TrainingConfig {
    return this.#config;
  }

  /** Iterations done. */
  get step(): number {
    return this.#step;
  }

  get learners(): ReadonlyMap<NetworkName, Learner> {
    return this.#learners;
  }

  /** Takes effect with the next iteration. @param config this run's, as `editTrainingConfig` lets it be */
  edit(config: TrainingConfig): void {
    // Recorded phases have the settings in them.
    this.#recordings?.forget(this.#learners);
    this.#config = config;
  }

  /**
   * Everything as it was when the checkpoint was made; also the way back from a failed iteration.
   * @throws one sentence when the checkpoint is of a run of other networks or crops; nothing changes then
   */
  async restore(checkpoint: Checkpoint): Promise<void> {
    const config = editTrainingConfig(this.#config, checkpoint.config);
    const states = await checkpoint.states(this.models);
    this.#disposeLearners();
    for (const [name, state] of states) {
      this.#learners.set(name, Learner.restore(new Layout(shapesOf(this.models, name)), state));
    }
    this.#config = config;
    this.#step = checkpoint.step;
  }

  /** @param pictures what it is trained on, where that can be told */
  async checkpoint(pictures: readonly PictureFacts[] | null = null): Promise<Blob> {
    const states = new Map<NetworkName, LearnerState>();
    for (const [name, learner] of this.#learners) states.set(name, await learner.state());
    return writeCheckpoint(
      { preset: this.preset, config: this.#config, step: this.#step, pictures },
      this.models,
      states,
    );
  }

  /**
   * Starts the networks that the configuration trains and that are not there yet.
   * @param onNetwork networks that are there, of all
   */
  async prepare(onNetwork: (done: number, of: number) => void = () => {}): Promise<void> {
    const names = participants(this.#config);
    for (const [index, name] of names.entries()) {
      onNetwork(index, names.length);
      if (!this.#learners.has(name)) this.#learners.set(name, await this.#begun(name));
    }
  }

  /** Prepares the next iteration; `advance` (step.ts) runs its phases. */
  async begin(): Promise<TrainingIteration> {
    // An edit while its crops are prepared is for the next one.
    const config = this.#config;
    await this.prepare();
    const batch = await this.pool.batch(this.#step, config.discriminatorSteps);
    const parts = { models: this.models, learners: this.#learners, config, recordings: this.#recordings };
    return new TrainingIteration(parts, batch, this.#step);
  }

  /** Runs what is left of an iteration. @throws NonFiniteError; the networks are invalid then: `restore` an earlier state */
  async complete(iteration: TrainingIteration): Promise<IterationRow> {
    const finished = finish(iteration);
    this.pool.prefetch(this.#step + 1);
    const row = await finished;
    this.#step++;
    return row;
  }

  /** Frees an iteration's outputs and inputs. */
  discard(iteration: TrainingIteration): void {
    iteration.dispose();
    disposeBatch(iteration.given);
  }

  async iterate(): Promise<IterationRow> {
    const iteration = await this.begin();
    try {
      return await this.complete(iteration);
    } finally {
      this.discard(iteration);
    }
  }

  /** A network's first weights: a function of the seed, also for one that joins later (§8.17). */
  async #begun(name: NetworkName): Promise<Learner> {
    const { seed, studentStart, downsamplerSpace } = this.#config;
    const shapes = shapesOf(this.models, name);
    if (name === 'student' && studentStart === 'teacher') return Learner.copy(shapes, this.#teacher);
    const shipped = this.#start.shipped?.get(name);
    if (shipped) {
      const buffers = new Map<string, Float32Array>();
      for (const buffer of buffersOf(this.models, name).keys()) {
        buffers.set(buffer, (await shipped.get(buffer).data()) as Float32Array);
      }
      return Learner.copy(shapes, shipped, buffers);
    }
    if (name === 'discriminatorHR' || name === 'discriminatorLR') {
      const values = defaultStart(shapes, seed, name);
      if (this.models[name].kind === 'efficientnet-lite0' && this.#start.features) {
        for (const [feature, pretrained] of await this.#start.features()) values.set(feature, pretrained);
      }
      const buffers = bufferStart(buffersOf(this.models, name), seed, name);
      return Learner.start(shapes, (parameter) => values.get(parameter) as Float32Array, buffers);
    }
    const values = unitGainStart(shapes, seed, name);
    const { downsampler, unet } = this.models;
    if (name === 'student') startUnetLinear(values, unet, linearFit(await this.#pairs('lr', 'z0')));
    else {
      const map = linearFit(await this.#pairs('z0', downsamplerSpace === 'pixels' ? 'lr' : 'zy'));
      if (downsampler.kind === 'diffusion') startUnetLinear(values, downsampler.config, map);
      else startConvLinear(values, downsampler.config.width, map);
    }
    return Learner.start(shapes, (parameter) => values.get(parameter) as Float32Array);
  }

  async #pairs(from: 'lr' | 'z0', to: 'lr' | 'z0' | 'zy'): Promise<[FloatImage, FloatImage][]> {
    const pairs: [FloatImage, FloatImage][] = [];
    for (let index = 0; index < Math.min(fittedCrops, this.#config.pool); index++) {
      const crop = await this.pool.crop(index);
      const picture = async (key: 'lr' | 'z0' | 'zy'): Promise<FloatImage> => {
        const [, height, width, channels] = crop[key].shape;
        return { height, width, channels, data: (await crop[key].data()) as Float32Array };
      };
      pairs.push([await picture(from), await picture(to)]);
    }
    return pairs;
  }

  #disposeLearners(): void {
    this.#recordings?.forget(this.#learners);
    for (const learner of this.#learners.values()) learner.dispose();
    this.#learners.clear();
  }

  dispose(): void {
    this.#disposeLearners();
    this.pool.dispose();
  }
}
