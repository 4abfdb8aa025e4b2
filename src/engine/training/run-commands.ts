/** Commands about stored runs and their checkpoints: the one that is played, and the others in the list. */

import { readTrainingConfig } from '../../paper/config.ts';
import { type PresetName, trainablePreset } from '../../presets/presets.ts';
import { asTaughtName, fewestTaught } from '../../presets/teaching.ts';
import { fullSpeed, type RunCommand, type Teaching } from '../../protocol/train.ts';
import type { FramePicture } from '../../report/run-record.ts';
import type { Emit, Handlers } from '../runtime/handlers.ts';
import { type ExchangeEnvironment, RunExchange } from './run-exchange.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import { emitExam } from './teaching.ts';
import type { TrainingImages } from './training-images.ts';
import type { TrainingPlayer } from './training-player.ts';

export interface RunCommandsEnvironment extends ExchangeEnvironment {
  /** The preset that is open, for runs that begin. */
  readonly preset: () => PresetName;
  readonly bitmapOf: (file: Blob) => Promise<ImageBitmap>;
}

export class RunCommands {
  readonly handlers: Handlers<RunCommand> = {
    'training-new': ({ config }) => this.#begin(config),
    'training-teach': (command) => this.#teach(command),
    'training-close': () => this.#close(),
    'training-select': ({ run }) => this.#select(run),
    'training-rows': ({ run }) => this.#emitRows(this.#store.get(run)),
    'training-delete': ({ run }) => this.#delete(run ?? this.#run.id),
    'training-rewind': ({ step }) => this.#rewind(step),
    'training-fork': ({ step }) => this.#fork(step),
    'training-pin': ({ step, pinned }) => this.#run.pin(step, pinned),
    'training-discard': ({ step }) => this.#run.discard(step),
    'training-export': ({ step }) => this.#export(step),
    'training-bundle': ({ run, frames }) => this.#exchange.bundle(this.#store.get(run), frames),
    'training-logbook': (command) => this.#exchange.logbook(command),
    'training-import': ({ file }) => this.#exchange.import(file),
    'training-note': ({ run, notes }) => this.#store.find(run)?.note(notes),
    'training-pin-panel': ({ run, pin }) => this.#store.get(run).pinPanel(pin),
    'training-unpin-panel': ({ run, step, panel }) => this.#store.find(run)?.unpinPanel({ step, panel }),
    'training-keep-pictures': ({ run, frames }) => this.#store.find(run)?.keepFrames(frames),
  };
  readonly #store: RunStore;
  readonly #player: TrainingPlayer;
  readonly #pictures: TrainingImages;
  readonly #environment: RunCommandsEnvironment;
  readonly #exchange: RunExchange;
  readonly #emit: Emit;

  constructor(
    store: RunStore,
    player: TrainingPlayer,
    pictures: TrainingImages,
    environment: RunCommandsEnvironment,
    emit: Emit,
  ) {
    this.#store = store;
    this.#player = player;
    this.#pictures = pictures;
    this.#environment = environment;
    this.#emit = emit;
    const hands = {
      stop: () => player.stop(true),
      open: (run: StoredRun) => this.#change(run),
      opened: () => player.stored?.id ?? null,
    };
    this.#exchange = new RunExchange(store, hands, pictures, environment, emit);
  }

  /** Reads earlier visits' runs; the run that was saved last comes to the player. */
  async load(): Promise<void> {
    await this.#store.load();
    await this.#change(this.#store.newest);
  }

  emitRuns(): void {
    this.#emit({ type: 'training-runs', runs: this.#store.summaries });
  }

  /** @throws one sentence when there is none */
  get #run(): StoredRun {
    if (!this.#player.stored) throw new Error('There is no training run: start one first.');
    return this.#player.stored;
  }

  /** The run in the player's hands gives way to another one; it is stored. */
  async #change(stored: StoredRun | null): Promise<void> {
    await this.#player.load(stored);
    for (const picture of (await stored?.frames()) ?? []) await this.#show(picture);
    await emitExam(stored, this.#emit);
  }

  /** A picture of an earlier visit; one that can't be read is left out. */
  async #show({ frame, image }: FramePicture): Promise<void> {
    const atlas = await this.#environment.bitmapOf(image).catch(() => null);
    if (!atlas) return;
    const histograms = frame.histograms.map(({ name, shares }) => ({ name, shares: Float32Array.from(shares) }));
    this.#emit({ type: 'training-frame', frame: { ...frame, atlas, histograms } }, [atlas]);
  }

  async #begin(config: unknown, teaching?: Teaching): Promise<void> {
    if (this.#player.stored) throw new Error('There is a training run already: put it away first.');
    const { preset } = this.#environment;
    await this.#change(this.#store.begin(preset(), readTrainingConfig(config), this.#pictures.forNewRuns, teaching));
  }

  async #teach({ name, iterations, config }: Extract<RunCommand, { type: 'training-teach' }>): Promise<void> {
    const { count } = this.#pictures.own;
    if (count < fewestTaught) {
      throw new Error(
        `An upscaler of your own needs ${fewestTaught} pictures or more, and there are ${count}: add some.`,
      );
    }
    const shown = asTaughtName(name);
    if (shown === '') throw new Error('Give your upscaler a name of at least one letter.');
    if (this.#player.stored) await this.#close();
    this.#pictures.choose(true);
    await this.#begin(config, { name: shown, iterations, before: null, after: null, method: null });
    this.#player.setPlayback(fullSpeed);
    this.#player.setMode('play');
  }

  async #close(): Promise<void> {
    await this.#player.stop(true);
    await this.#change(null);
  }

  async #select(id: string): Promise<void> {
    await this.#player.stop(true);
    await this.#change(this.#store.get(id));
  }

  async #rewind(step: number): Promise<void> {
    await this.#run.file(step);
    await this.#player.stop(false);
    await this.#run.rewind(step);
    await this.#change(this.#run);
  }

  async #fork(step: number): Promise<void> {
    trainablePreset(this.#run.summary.preset);
    await this.#player.stop(true);
    await this.#change(await this.#store.fork(this.#run.id, step));
  }

  async #emitRows(stored: StoredRun): Promise<void> {
    const { id: run, saved } = stored;
    const values = Float32Array.from((await stored.peek()).values());
    this.#emit({ type: 'training-rows', run, saved, values }, [values.buffer]);
  }

  async #delete(id: string): Promise<void> {
    const isOpen = this.#player.stored?.id === id;
    if (isOpen) await this.#player.stop(false);
    await this.#store.delete(id);
    await this.#pictures.sweep();
    if (isOpen) await this.#change(null);
  }

  async #export(step: number | null): Promise<void> {
    const chosen = step ?? this.#run.saved;
    if (chosen === null) throw new Error('There is no checkpoint yet: it is written on pause.');
    const blob = await this.#run.file(chosen);
    this.#emit({ type: 'training-exported', name: `cosr-training-${chosen}.safetensors`, blob });
  }
}
