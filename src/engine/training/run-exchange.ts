/** Runs as files: one as a zip, several as a logbook; and files that become runs, once all in them is found good. */

import { editTrainingConfig } from '../../paper/config.ts';
import { isEarlierPreset, type KeptPreset, type PresetName, trainablePreset } from '../../presets/presets.ts';
import { mostRuns, type RunCommand, type StoredRunSummary } from '../../protocol/train.ts';
import { MetricsLog } from '../../report/metrics-log.ts';
import { type RunBundle, readRunBundle, writeRunBundle } from '../../report/run-bundle.ts';
import type { FramePicture, RunEnvironmentFacts } from '../../report/run-record.ts';
import { type Checkpoint, openCheckpoint } from '../../training/checkpoint.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { learningModels } from '../runtime/training-networks.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import type { TeachingEnvironment } from './teaching.ts';
import type { TrainingImages } from './training-images.ts';

const isZip = async (file: Blob) => (await file.slice(0, 2).text()) === 'PK';
const isNamed = (file: Blob, ending: RegExp): file is File => file instanceof File && ending.test(file.name);

/** A logbook, or a page that is taken for one. */
const isPage = async (file: Blob) =>
  isNamed(file, /\.html?$/i) || /^\s*<(!doctype|html)/i.test(await file.slice(0, 100).text());

/** Its writer and reader come when there is one. */
const logbooks = () => import('../../report/logbook.ts');

export interface ExchangeEnvironment extends Pick<TeachingEnvironment, 'takeTaught'> {
  readonly models: (preset: PresetName) => ModelSource;
  /** The hardware that runs are computed on now. */
  readonly facts: () => RunEnvironmentFacts;
}

interface Player {
  /** Stops what plays, and keeps it. */
  readonly stop: () => Promise<void>;
  readonly open: (run: StoredRun) => Promise<void>;
  /** The open run's id; null without one. */
  readonly opened: () => string | null;
}

export class RunExchange {
  readonly #store: RunStore;
  readonly #player: Player;
  readonly #pictures: TrainingImages;
  readonly #environment: ExchangeEnvironment;
  readonly #emit: Emit;

  constructor(store: RunStore, player: Player, pictures: TrainingImages, environment: ExchangeEnvironment, emit: Emit) {
    this.#store = store;
    this.#player = player;
    this.#pictures = pictures;
    this.#environment = environment;
    this.#emit = emit;
  }

  /** @param frames what the page has of its pictures; null: those that it came with */
  async #bundleOf(stored: StoredRun, frames: readonly FramePicture[] | null): Promise<RunBundle> {
    const { preset, config, pictures, created, notes, pins } = stored.summary;
    // Rows after the newest checkpoint come again when the run goes on.
    const rows = new MetricsLog();
    rows.copy(await stored.peek(), stored.saved ?? 0);
    const before = ({ frame }: FramePicture) => frame.step < (stored.saved ?? 0);
    return {
      preset,
      config,
      pictures,
      created,
      notes,
      pins,
      environment: this.#environment.facts(),
      rows,
      frames: (frames ?? (await stored.frames())).filter(before),
      checkpoints: await stored.checkpoints(),
    };
  }

  async bundle(stored: StoredRun, frames: readonly FramePicture[] | null): Promise<void> {
    const blob = await writeRunBundle(await this.#bundleOf(stored, frames));
    this.#emit({ type: 'training-exported', name: `cosr-run-${stored.saved}.zip`, blob });
  }

  /** The preset's files, by which one sees where a run began; none of networks that are gone. */
  async #weights(preset: KeptPreset) {
    if (isEarlierPreset(preset)) return [];
    const { files } = await this.#environment.models(trainablePreset(preset)).manifest();
    return files.filter(({ role }) => role === 'autoencoder' || role === 'teacher');
  }

  /** @throws one sentence for a run without a checkpoint */
  async logbook({
    title,
    runs,
    charts,
    goesOn,
    frames,
  }: Extract<RunCommand, { type: 'training-logbook' }>): Promise<void> {
    const { writeLogbook } = await logbooks();
    const all = [];
    for (const { run, name } of runs) {
      const stored = this.#store.get(run);
      if (stored.saved === null) throw new Error('A run goes into a logbook from its first pause on: pause it first.');
      const bundle = await this.#bundleOf(stored, run === this.#player.opened() ? frames : null);
      all.push({ name, bundle, weights: await this.#weights(bundle.preset) });
    }
    const blob = await writeLogbook({ title, saved: Date.now(), runs: all, charts, goesOn });
    const saved = all[0]?.bundle.checkpoints.at(-1)?.summary.step ?? 0;
    this.#emit({ type: 'training-exported', name: `cosr-logbook-${saved}.html`, blob });
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

  async import(file: Blob): Promise<void> {
    if (await isZip(file)) return this.#importRuns([file]);
    if (isNamed(file, /\.zip$/i)) {
      throw new Error(`${file.name} is no zip file: it is damaged, or of another kind.`);
    }
    if (await isPage(file)) return this.#importRuns(await (await logbooks()).readLogbook(file));
    if (await this.#environment.takeTaught(file)) return;
    return this.#importCheckpoint(file);
  }

  /** A checkpoint's file as a run of its own. Until it is found good, nothing changes. */
  async #importCheckpoint(file: Blob): Promise<void> {
    const checkpoint = await openCheckpoint(file);
    await this.#check(checkpoint);
    await this.#player.stop();
    // Of a checkpoint alone it is not known whether it was trained on the samples.
    const found = await this.#picturesFor(checkpoint.pictures);
    const pictures = checkpoint.pictures ? found.pictures : this.#pictures.forNewRuns;
    await this.#player.open(await this.#store.adopt(file, pictures));
    this.#noticeImported(`The checkpoint of iteration ${checkpoint.step} is open as a run of its own.`, {
      pictures,
      isHere: found.isHere,
    });
  }

  /** The file of a whole run. @throws one sentence when it can't go on from it */
  async #readRun(file: Blob): Promise<RunBundle & { readonly step: number }> {
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
    return { ...bundle, step: last.summary.step };
  }

  /** The files of whole runs; the first of them is opened. Until all are found good, nothing changes. */
  async #importRuns(files: readonly Blob[]): Promise<void> {
    const bundles = [];
    for (const file of files) bundles.push(await this.#readRun(file));
    const room = mostRuns - this.#store.summaries.length;
    if (bundles.length > Math.max(1, room)) {
      throw new Error(`The logbook has ${bundles.length} runs, and there is room for ${room}: delete some first.`);
    }
    await this.#player.stop();
    const restored = [];
    for (const { step, ...bundle } of bundles) {
      const found = await this.#picturesFor(bundle.pictures);
      restored.push({ step, found, ...(await this.#store.restore({ ...bundle, pictures: found.pictures })) });
    }
    const [first, ...others] = restored;
    await this.#player.open(first.run);
    this.#noticeImported(`The run is open again at iteration ${first.step}.`, first.found);
    for (const { step, found } of others) this.#noticeImported(`A run of iteration ${step} is in the list.`, found);
    const isKept = restored.every((each) => each.isKept);
    if (isKept) return;
    const message = 'There is no room to keep this run between visits: leave its file where it is.';
    this.#emit({ type: 'notice', level: 'warning', message });
  }
}
