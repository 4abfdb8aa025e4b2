/** The worker's side of co-training: takes the page's commands in order and passes them to whom they concern. */
import type { Backend } from '../../gpu/backend.ts';
import { readTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import type { PresetName } from '../../presets/presets.ts';
import {
  isPictureCommand,
  isRunCommand,
  type RunCommand,
  type TrainingCommand,
  type TransportCommand,
} from '../../protocol/train.ts';
import { defaultOptions, type UpscaleOptions } from '../../protocol/upscale.ts';
import type { RunEnvironmentFacts } from '../../report/run-record.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import type { WeightFolders } from '../runtime/training-networks.ts';
import type { Emit } from '../upscale/images.ts';
import { type EstimateFor, environmentOf, estimateRun } from './estimate.ts';
import { RunCommands, type RunCommandsEnvironment } from './run-commands.ts';
import { RunStore } from './run-store.ts';
import { TrainingImages, type TrainingImagesEnvironment } from './training-images.ts';
import { type PlayMode, type TensorToBitmap, TrainingPlayer } from './training-player.ts';

export interface TrainingEnvironment extends TrainingImagesEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
  readonly present: TensorToBitmap;
  /** Browser or Node, for the files that leave this device. */
  readonly host: string;
}

export class TrainingSession {
  readonly #emit: Emit;
  readonly #models: TrainingEnvironment['models'];
  readonly #player: TrainingPlayer;
  readonly #runs: RunCommands;
  readonly #pictures: TrainingImages;
  #preset: PresetName = defaultOptions.preset;
  #facts: RunEnvironmentFacts;
  #opened: EstimateFor = { budget: defaultOptions.memoryBudget, onGpu: false };
  /** Before somebody looks at training, nothing is told. */
  #isWatched = false;
  #commands: Promise<void> = Promise.resolve();
  #pictureCommands: Promise<void> = Promise.resolve();

  constructor(environment: TrainingEnvironment, emit: Emit) {
    this.#emit = emit;
    this.#models = environment.models;
    const store = new RunStore(environment.files);
    this.#player = new TrainingPlayer(environment.present, emit, this.#emitState);
    this.#pictures = new TrainingImages(environment, store, emit);
    this.#facts = environmentOf({ kind: 'none', adapter: null }, environment.host);
    const runs: RunCommandsEnvironment = {
      models: environment.models,
      folders: environment.folders,
      picturesOf: ({ summary }) => this.#pictures.source(summary.pictures, summary.config),
      facts: () => this.#facts,
      bitmapOf: async (file) => environment.bitmap(await environment.decode(file)),
    };
    this.#runs = new RunCommands(store, this.#player, this.#pictures, runs, emit);
  }

  /** Whether training would go on by itself once it can. */
  get playing(): boolean {
    return this.#player.playing;
  }

  /** A backend is open; a run that was under way goes on. */
  attach(backend: Backend, { preset, memoryBudget }: Pick<UpscaleOptions, 'preset' | 'memoryBudget'>): void {
    this.#preset = preset;
    this.#facts = environmentOf(backend, this.#facts.host);
    this.#opened = { budget: memoryBudget, onGpu: backend.kind === 'webgpu' && !backend.adapter?.isSoftware };
    this.#player.attach(backend);
  }

  /** Leaves the backend, which is about to go: the run is kept, and its tensors are freed. */
  detach = () => this.#player.detach();

  /** Upscaling goes first: resolves when training has left the backend alone. */
  suspend = () => this.#player.suspend();

  resume = () => this.#player.resume();

  /** In order; but reading a folder of pictures holds up nothing else. */
  handle(command: TrainingCommand): Promise<void> {
    if (isPictureCommand(command)) {
      const done = this.#pictureCommands.then(() =>
        this.#pictures.dispatch(command, this.#player.run?.kept.summary.pictures),
      );
      this.#pictureCommands = done.catch(() => {});
      return done;
    }
    const done = this.#commands.then(() => this.#dispatch(command));
    this.#commands = done.catch(() => {});
    if (command.type === 'training-open') this.#pictureCommands = this.#commands;
    return done;
  }

  async #dispatch(command: TransportCommand | RunCommand): Promise<void> {
    try {
      await (isRunCommand(command) ? this.#runs.dispatch(command, this.#preset) : this.#transport(command));
    } finally {
      this.#emitState();
    }
  }

  async #transport(command: TransportCommand): Promise<void> {
    switch (command.type) {
      case 'training-open':
        if (this.#isWatched) {
          await this.#player.run?.emitHistory();
        } else {
          await this.#runs.load();
          await this.#pictures.load(command.samples);
        }
        this.#isWatched = true;
        return;
      case 'training-playback':
        return this.#player.setPlayback(command.playback);
      case 'training-play':
        this.#player.setPlayback(command.playback);
        return this.#setMode('play');
      case 'training-step':
        return this.#setMode(command.unit);
      case 'training-pause':
        return this.#player.setMode('rest');
      case 'training-estimate':
        return this.#estimate(readTrainingConfig(command.config));
      case 'training-edit':
        return this.#player.run?.edit(command.changes);
    }
  }

  async #estimate(config: TrainingConfig): Promise<void> {
    try {
      const estimate = await estimateRun(this.#models(this.#preset), config, this.#opened);
      this.#emit({ type: 'training-estimated', estimate });
    } catch {
      // A preset that can't be trained says so when a run is started.
      this.#emit({ type: 'training-estimated', estimate: null });
    }
  }

  /** Without a run there is nothing to do: why it could not begin was told. */
  #setMode(mode: PlayMode): void {
    if (this.#player.run) this.#player.setMode(mode);
  }

  #emitState = (): void => {
    if (!this.#isWatched) return;
    this.#runs.emitRuns();
    this.#emit({ type: 'training-state', state: this.#player.state() });
  };
}
