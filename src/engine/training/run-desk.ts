/** Everything that is done to kept runs and their checkpoints: the one that is played, and the others in the list. */
import { openCheckpoint } from '../../training/checkpoint.ts';
import { readTrainingConfig } from '../../training/config.ts';
import type { Emit } from '../gallery.ts';
import { type PresetName, presetNames } from '../protocol.ts';
import { learningModels } from '../training-networks.ts';
import type { RunCommand } from '../training-protocol.ts';
import type { KeptRun } from './kept-run.ts';
import { OpenRun, type RunEnvironment } from './open-run.ts';
import type { PictureDesk } from './picture-desk.ts';
import type { RunStore } from './run-store.ts';
import type { TrainingPlayer } from './training-player.ts';

export class RunDesk {
  readonly #store: RunStore;
  readonly #player: TrainingPlayer;
  readonly #pictures: PictureDesk;
  readonly #environment: RunEnvironment;
  readonly #emit: Emit;

  constructor(store: RunStore, player: TrainingPlayer, pictures: PictureDesk, environment: RunEnvironment, emit: Emit) {
    this.#store = store;
    this.#player = player;
    this.#pictures = pictures;
    this.#environment = environment;
    this.#emit = emit;
  }

  /** What earlier visits left; the run that was saved last comes to the player. */
  async load(): Promise<void> {
    await this.#store.load();
    const { newest } = this.#store;
    await this.#player.load(newest && this.#opened(newest));
  }

  tell(): void {
    this.#emit({ type: 'training-runs', runs: this.#store.summaries });
  }

  #opened = (kept: KeptRun) => new OpenRun(kept, this.#environment, this.#emit);

  /** @throws one sentence when there is none */
  get #run(): KeptRun {
    if (!this.#player.run) throw new Error('There is no training run: start one first.');
    return this.#player.run.kept;
  }

  /** The run in the player's hands gives way to another one; it is kept. */
  async #change(kept: KeptRun | null): Promise<void> {
    await this.#player.load(kept && this.#opened(kept));
  }

  async obey(command: RunCommand, preset: PresetName): Promise<void> {
    switch (command.type) {
      case 'training-new':
        if (this.#player.run) throw new Error('There is a training run already: put it away first.');
        return this.#change(this.#store.begin(preset, readTrainingConfig(command.config), this.#pictures.forNewRuns));
      case 'training-close':
        await this.#player.stop(true);
        return this.#change(null);
      case 'training-select':
        await this.#player.stop(true);
        return this.#change(this.#store.get(command.run));
      case 'training-delete':
        return this.#delete(command.run ?? this.#run.id);
      case 'training-rewind':
        await this.#run.file(command.step);
        await this.#player.stop(false);
        await this.#run.rewind(command.step);
        return this.#change(this.#run);
      case 'training-fork':
        await this.#player.stop(true);
        return this.#change(await this.#store.fork(this.#run.id, command.step));
      case 'training-pin':
        return this.#run.pin(command.step, command.pinned);
      case 'training-discard':
        return this.#run.discard(command.step);
      case 'training-export':
        return this.#export(command.step);
      case 'training-import':
        return this.#import(command.file);
    }
  }

  async #delete(id: string): Promise<void> {
    const isOpen = this.#player.run?.kept.id === id;
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

  /** A checkpoint's file as a run of its own. Until it is found good, nothing changes. */
  async #import(file: Blob): Promise<void> {
    const checkpoint = await openCheckpoint(file);
    const preset = presetNames.find((name) => name === checkpoint.preset);
    if (!preset) throw new Error(`The checkpoint is of a preset that is not here: ${checkpoint.preset.slice(0, 40)}.`);
    checkpoint.check(learningModels(await this.#environment.models(preset).manifest(), checkpoint.config));
    await this.#player.stop(true);
    const isHere = checkpoint.pictures === null || (await this.#pictures.areHere(checkpoint.pictures));
    const pictures = isHere && checkpoint.pictures ? checkpoint.pictures : this.#pictures.forNewRuns;
    await this.#change(await this.#store.adopt(file, pictures));
    const others = pictures ? 'your pictures' : 'the sample pictures';
    const on = isHere ? '' : ` The pictures that it was trained on are not on this device: it goes on with ${others}.`;
    const message = `The checkpoint of iteration ${checkpoint.step} is open as a run of its own.${on}`;
    this.#emit({ type: 'notice', level: isHere ? 'info' : 'warning', message });
  }
}
