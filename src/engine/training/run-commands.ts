/** Commands about stored runs and their checkpoints: the one that is played, and the others in the list. */

import { editTrainingConfig, readTrainingConfig } from '../../paper/config.ts';
import { isEarlierPreset, type PresetName, trainablePreset } from '../../presets/presets.ts';
import { asTaughtName, fewestTaught } from '../../presets/teaching.ts';
import { fullSpeed, type RunCommand, type StoredRunSummary, type Teaching } from '../../protocol/train.ts';
import { MetricsLog } from '../../report/metrics-log.ts';
import { readRunBundle, writeRunBundle } from '../../report/run-bundle.ts';
import type { FramePicture, RunEnvironmentFacts } from '../../report/run-record.ts';
import { type Checkpoint, openCheckpoint } from '../../training/checkpoint.ts';
import type { Emit, Handlers } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { learningModels } from '../runtime/training-networks.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import { emitExam, type TeachingEnvironment } from './teaching.ts';
import type { TrainingImages } from './training-images.ts';
import type { TrainingPlayer } from './training-player.ts';

const isZip = async (file: Blob) => (await file.slice(0, 2).text()) === 'PK';

export interface RunCommandsEnvironment extends Pick<TeachingEnvironment, 'takeTaught'> {
  readonly models: (preset: PresetName) => ModelSource;
  /** The preset that is open, for runs that begin. */
  readonly preset: () => PresetName;
  /** The hardware that runs are computed on now. */
  readonly facts: () => RunEnvironmentFacts;
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
    'training-bundle': ({ run, frames }) => this.#bundle(this.#store.get(run), frames),
    'training-import': ({ file }) => this.#import(file),
    'training-keep-pictures': ({ run, frames }) => this.#store.find(run)?.keepFrames(frames),
  };
  readonly #store: RunStore;
  readonly #player: TrainingPlayer;
  readonly #pictures: TrainingImages;
  readonly #environment: RunCommandsEnvironment;
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

  async #bundle(stored: StoredRun, frames: readonly FramePicture[] | null): Promise<void> {
    const { preset, config, pictures, created } = stored.summary;
    // Rows after the newest checkpoint come again when the run goes on.
    const rows = new MetricsLog();
    rows.copy(await stored.peek(), stored.saved ?? 0);
    const before = ({ frame }: FramePicture) => frame.step < (stored.saved ?? 0);
    const blob = await writeRunBundle({
      preset,
      config,
      pictures,
      created,
      environment: this.#environment.facts(),
      rows,
      frames: (frames ?? (await stored.frames())).filter(before),
      checkpoints: await stored.checkpoints(),
    });
    this.#emit({ type: 'training-exported', name: `cosr-run-${stored.saved}.zip`, blob });
  }

  /** @throws one sentence when the checkpoint is of no network here, or is not whole */
  async #check(checkpoint: Checkpoint): Promise<void> {
    const { models } = this.#environment;
    checkpoint.check(learningModels(await models(trainablePreset(checkpoint.preset)).manifest(), checkpoint.config));
  }

  /** The pictures that a run goes on with, and whether it was trained on them. */
  async #picturesFor(
    own: StoredRunSummary['pictures'],
  ): Promise<{ pictures: StoredRunSummary['pictures']; isHere: boolean }> {
    const isHere = own === null || (await this.#pictures.areHere(own));
    return { pictures: isHere ? own : this.#pictures.forNewRuns, isHere };
  }

  #noticeImported(
    what: string,
    { pictures, isHere }: { pictures: StoredRunSummary['pictures']; isHere: boolean },
  ): void {
    const others = pictures ? 'your pictures' : 'the sample pictures';
    const on = isHere ? '' : ` The pictures that it was trained on are not on this device: it goes on with ${others}.`;
    this.#emit({ type: 'notice', level: isHere ? 'info' : 'warning', message: `${what}${on}` });
  }

  async #import(file: Blob): Promise<void> {
    if (await isZip(file)) return this.#importRun(file);
    if (file instanceof File && /\.zip$/i.test(file.name)) {
      throw new Error(`${file.name} is no zip file: it is damaged, or of another kind.`);
    }
    if (await this.#environment.takeTaught(file)) return;
    return this.#importCheckpoint(file);
  }

  /** A checkpoint's file as a run of its own. Until it is found good, nothing changes. */
  async #importCheckpoint(file: Blob): Promise<void> {
    const checkpoint = await openCheckpoint(file);
    await this.#check(checkpoint);
    await this.#player.stop(true);
    // Of a checkpoint alone it is not known whether it was trained on the samples.
    const found = await this.#picturesFor(checkpoint.pictures);
    const pictures = checkpoint.pictures ? found.pictures : this.#pictures.forNewRuns;
    await this.#change(await this.#store.adopt(file, pictures));
    this.#noticeImported(`The checkpoint of iteration ${checkpoint.step} is open as a run of its own.`, {
      pictures,
      isHere: found.isHere,
    });
  }

  /** The file of a whole run. Until all of it is found good, nothing changes. */
  async #importRun(file: Blob): Promise<void> {
    const bundle = await readRunBundle(file);
    const last = bundle.checkpoints.at(-1);
    if (!last) throw new Error('This run is a recording: it has no checkpoint from which it could go on.');
    for (const { summary, file: stored } of bundle.checkpoints) {
      const checkpoint = await openCheckpoint(stored);
      // With networks that are gone a run is there to be looked at.
      if (!isEarlierPreset(bundle.preset)) await this.#check(checkpoint);
      if (checkpoint.preset !== bundle.preset || checkpoint.step !== summary.step) {
        throw new Error(`The checkpoint of iteration ${summary.step} does not belong to this run.`);
      }
      // The run goes on with its own settings, which must be within what may change.
      editTrainingConfig(checkpoint.config, bundle.config);
    }
    await this.#player.stop(true);
    const found = await this.#picturesFor(bundle.pictures);
    const { run, isKept } = await this.#store.restore({ ...bundle, pictures: found.pictures });
    await this.#change(run);
    this.#noticeImported(`The run is open again at iteration ${last.summary.step}.`, found);
    if (isKept) return;
    const message = 'There is no room to keep this run between visits: leave its file where it is.';
    this.#emit({ type: 'notice', level: 'warning', message });
  }
}
