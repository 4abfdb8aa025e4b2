/**
 * The worker's side of co-training: takes the page's commands in order and passes them to whom they concern. It answers by itself
 * for what needs no run: memory, estimated from a preset's manifest alone, and the hardware and software that it runs on.
 */

import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import type { Backend } from '../../gpu/backend.ts';
import { adapterName } from '../../gpu/device.ts';
import { readTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import type { PresetName } from '../../presets/presets.ts';
import type {
  MemoryEstimate,
  PictureCommand,
  RunCommand,
  TrainingCommand,
  TransportCommand,
} from '../../protocol/train.ts';
import { defaultOptions, type UpscaleOptions } from '../../protocol/upscale.ts';
import type { RunEnvironmentFacts } from '../../report/run-record.ts';
import { estimateBytes, proposeSizes, sizeFault } from '../../training/memory.ts';
import { type Emit, type Handlers, SerialQueue, wrapHandlers } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { plannedNetworks, type WeightFolders } from '../runtime/training-networks.ts';
import type { TensorToBitmap } from './panel-presenter.ts';
import type { PlayMode } from './playback.ts';
import { RunCommands, type RunCommandsEnvironment } from './run-commands.ts';
import { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import type { TeachingEnvironment } from './teaching.ts';
import { TrainingImages, type TrainingImagesEnvironment } from './training-images.ts';
import { TrainingPlayer } from './training-player.ts';

/** A GPU takes several crops in hardly more time than one; elsewhere each takes its own. */
const largestBatch = { gpu: 8, other: 1 } as const;

interface EstimateFor {
  /** Bytes that a run should not go beyond. */
  readonly budget: number;
  readonly onGpu: boolean;
}

/** @throws one sentence when the preset can't be trained here */
async function estimateRun(
  source: ModelSource,
  config: TrainingConfig,
  { budget, onGpu }: EstimateFor,
): Promise<MemoryEstimate> {
  const networks = plannedNetworks(await source.manifest(), config);
  return {
    bytes: estimateBytes(networks, config),
    budget,
    proposed: proposeSizes(networks, config, budget, onGpu ? largestBatch.gpu : largestBatch.other),
    fault: sizeFault(networks, config),
  };
}

// The hardware and software of a run, in words: adapter, host, versions.

interface Device {
  readonly kind: Backend['kind'] | 'none';
  readonly adapter: Backend['adapter'];
}

/** @param host browser or Node, and the machine as far as it says */
export function environmentOf({ kind, adapter }: Device, host: string): RunEnvironmentFacts {
  return {
    backend: kind,
    adapter: adapter ? adapterName(adapter) : '',
    host,
    versions: { 'cosr-playground': version, tfjs: version_core },
  };
}

export interface TrainingEnvironment extends TrainingImagesEnvironment, TeachingEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
  readonly present: TensorToBitmap;
  /** Browser or Node, for the files that leave this device. */
  readonly host: string;
}

export class TrainingSession {
  readonly handlers: Handlers<TrainingCommand>;
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
  readonly #queue = new SerialQueue();
  /** Reading a folder of pictures holds up nothing else. */
  readonly #pictureQueue = new SerialQueue();

  constructor(environment: TrainingEnvironment, emit: Emit) {
    this.#emit = emit;
    this.#models = environment.models;
    const store = new RunStore(environment.files);
    const { models, present, takeTaught } = environment;
    const picturesOf = ({ summary }: StoredRun) => this.#pictures.source(summary.pictures, summary.config);
    this.#player = new TrainingPlayer({ ...environment, picturesOf }, present, emit, this.#emitState);
    this.#pictures = new TrainingImages(environment, store, () => this.#player.stored?.summary.pictures, emit);
    this.#facts = environmentOf({ kind: 'none', adapter: null }, environment.host);
    const runs: RunCommandsEnvironment = {
      preset: () => this.#preset,
      models,
      facts: () => this.#facts,
      takeTaught,
      bitmapOf: async (file) => environment.bitmap(await environment.decode(file)),
    };
    this.#runs = new RunCommands(store, this.#player, this.#pictures, runs, emit);
    const transport: Handlers<Exclude<TransportCommand, { type: 'training-open' }>> = {
      'training-playback': ({ playback }) => this.#player.setPlayback(playback),
      'training-play': ({ playback }) => {
        this.#player.setPlayback(playback);
        this.#setMode('play');
      },
      'training-step': ({ unit }) => this.#setMode(unit),
      'training-pause': () => this.#player.setMode('rest'),
      'training-estimate': ({ config }) => this.#estimate(readTrainingConfig(config)),
      'training-edit': ({ changes }) => this.#player.edit(changes),
    };
    this.handlers = {
      'training-open': ({ samples }) => this.#open(samples),
      ...wrapHandlers<Exclude<TransportCommand, { type: 'training-open' }>>(transport, (work) => this.#inOrder(work)),
      ...wrapHandlers<RunCommand>(this.#runs.handlers, (work) => this.#inOrder(work)),
      ...wrapHandlers<PictureCommand>(this.#pictures.handlers, (work) => this.#pictureQueue.run(work)),
    };
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

  /** In order; the page hears of where training stands then. */
  #inOrder(work: () => Promise<void> | void): Promise<void> {
    return this.#queue.run(async () => {
      try {
        await work();
      } finally {
        this.#emitState();
      }
    });
  }

  #open(samples: readonly string[]): Promise<void> {
    const opened = this.#inOrder(async () => {
      if (this.#isWatched) {
        await this.#player.emitHistory();
      } else {
        await this.#runs.load();
        await this.#pictures.load(samples);
      }
      this.#isWatched = true;
    });
    // Pictures are added to those that are there.
    void this.#pictureQueue.run(() => opened).catch(() => undefined);
    return opened;
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
    if (this.#player.stored) this.#player.setMode(mode);
  }

  #emitState = (): void => {
    if (!this.#isWatched) return;
    this.#runs.emitRuns();
    this.#emit({ type: 'training-state', state: this.#player.state() });
  };
}
