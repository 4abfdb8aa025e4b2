/** A run that is open on a backend, to be trained a phase at a time; what is kept of it is its stored run. */
import type { Backend } from '../../gpu/backend.ts';
import { editTrainingConfig } from '../../paper/config.ts';
import type { FixedScores } from '../../paper/names.ts';
import { type PresetName, trainablePreset } from '../../presets/presets.ts';
import type { StartProgress } from '../../protocol/train.ts';
import { packRow } from '../../report/metrics-log.ts';
import { type TrainingPhase, trainingPhases } from '../../report/run-metrics.ts';
import type { ScoreHistogram } from '../../report/run-record.ts';
import type { Checkpoint } from '../../training/checkpoint.ts';
import type { PictureSource } from '../../training/crops.ts';
import { atlasWithFixed, FixedCrop } from '../../training/fixed-crop.ts';
import { setAside } from '../../training/held-out.ts';
import { histogramsOf, type PanelAtlas, phaseAtlas } from '../../training/panels.ts';
import { TrainingRun } from '../../training/run.ts';
import { advance, type TrainingIteration } from '../../training/step.ts';
import { DeviceLostError, looksLikeMemory, TrainingMemoryError, unlessLost } from '../runtime/errors.ts';
import { Lpips, metricsFolder } from '../runtime/metrics.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { loadTrainingNetworks, type TrainingNetworks, type WeightFolders } from '../runtime/training-networks.ts';
import { type Examination, HeldOutMeter } from './held-out-meter.ts';
import type { StoredRun } from './stored-run.ts';

/** Supplied by the realm: the worker, or a test's Node. */
export interface ActiveRunEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
  /** The pictures that a run is trained on. @throws one sentence when they are gone */
  readonly picturesOf: (stored: StoredRun) => Promise<PictureSource>;
}

/** A checkpoint comes after so many iterations or milliseconds, whichever is first, and on pause. */
const iterationsPerCheckpoint = 50;
const millisecondsPerCheckpoint = 30_000;

/** The pictures of an iteration. */
export interface ShownPanels {
  readonly atlas: PanelAtlas;
  /** Of a whole iteration. */
  readonly histograms: readonly ScoreHistogram[];
  readonly fixed: FixedScores | null;
  /** Whether they are of one phase alone, while the iteration goes on. */
  readonly isPart: boolean;
  /** When they began to be made. */
  readonly began: number;
}

/** Draws pictures, whose pixels are freed afterwards. */
type ShowPanels = (panels: ShownPanels) => Promise<void>;

interface PhaseOptions {
  readonly show: ShowPanels;
  /** The pictures that are wanted: none, those of an iteration that ends here, or those of each phase too. */
  readonly showing: 'nothing' | 'iteration' | 'phase';
  /** Whether a GPU is waited for, so that the phase's time is that of its work; it has nothing to do meanwhile. */
  readonly isTimed: boolean;
}

/** All that is allocated for a run. */
interface Parts {
  readonly run: TrainingRun;
  readonly networks: TrainingNetworks;
  readonly heldOut: PictureSource;
  /** Asked for with the first measurement. Null: it can't be had, and the run goes on without. */
  readonly openLpips: () => Promise<Lpips | null>;
}

/** @throws one sentence */
function latestCheckpoint(stored: StoredRun): Promise<Checkpoint | null> {
  return stored.latest().catch((error: Error) => {
    throw new Error(
      `The checkpoint of iteration ${stored.saved} can't be read: rewind to an older one, or delete the run. ${error.message}`,
    );
  });
}

export class ActiveRun {
  readonly stored: StoredRun;
  readonly run: TrainingRun;
  readonly #parts: Parts;
  readonly #backend: Pick<Backend, 'lost' | 'device'>;
  /** The phases of this iteration whose allocations failed: a GPU tells of them late. */
  #failures: Promise<TrainingPhase | null>[] = [];
  readonly #heldOut: HeldOutMeter;
  /** Undefined before the first pictures are wanted; null: there is no held-out picture. */
  #fixed: FixedCrop | null | undefined;
  #iteration: TrainingIteration | null = null;
  #started = 0;
  #teacherTook = 0;
  #savedAt = performance.now();

  private constructor(stored: StoredRun, parts: Parts, backend: Pick<Backend, 'lost' | 'device'>) {
    this.stored = stored;
    this.run = parts.run;
    this.#parts = parts;
    this.#heldOut = new HeldOutMeter(parts.run, parts.heldOut, parts.openLpips);
    this.#backend = backend;
  }

  /**
   * Opens a stored run from its newest checkpoint, or at its start where it has none.
   * @param onProgress how far it is
   * @throws one sentence; nothing stays allocated then
   */
  static async open(
    stored: StoredRun,
    backend: Backend,
    { models, folders, picturesOf }: ActiveRunEnvironment,
    onProgress: (progress: StartProgress) => void,
  ): Promise<ActiveRun> {
    const checkpoint = await latestCheckpoint(stored);
    const preset = trainablePreset(checkpoint?.preset ?? stored.summary.preset);
    const all = await picturesOf(stored);
    const { config } = stored;
    const pictures = setAside(all, config);
    // Memory that tiles have kept for the next ones.
    backend.trim();
    // A checkpoint brings every network.
    const networks = await unlessLost(
      backend.lost,
      loadTrainingNetworks(
        { preset: models(preset), folders },
        checkpoint ? { ...config, partnerStart: 'fresh', studentStart: 'teacher' } : config,
        (done, of) => onProgress({ stage: 'weights', done, of }),
      ),
    );
    let run: TrainingRun | null = null;
    try {
      const { models: loaded, teacher, start } = networks;
      const first = checkpoint?.config ?? config;
      run = new TrainingRun(preset, loaded, teacher, pictures.training, first, start, backend.recordings);
      if (checkpoint) {
        await run.restore(checkpoint);
        // Edits since that checkpoint.
        run.edit(editTrainingConfig(run.config, config));
      }
      await unlessLost(
        backend.lost,
        run.prepare((done, of) => onProgress({ stage: 'networks', done, of })),
      );
      onProgress({ stage: 'crops', done: 0, of: 1 });
      const openLpips = () => Lpips.load(folders(metricsFolder)).catch(() => null);
      return new ActiveRun(stored, { run, networks, heldOut: pictures.heldOut, openLpips }, backend);
    } catch (error) {
      run?.dispose();
      networks.dispose();
      throw error;
    }
  }

  get isCheckpointDue(): boolean {
    if (this.isHalfway) return false;
    const since = this.run.step - (this.stored.saved ?? 0);
    const isLate = performance.now() - this.#savedAt >= millisecondsPerCheckpoint;
    return since >= iterationsPerCheckpoint || (since > 0 && isLate);
  }

  /**
   * Stores a checkpoint where there is something new; of an iteration under way nothing is kept: it comes again.
   * @returns false when the run will be gone with the tab
   */
  async save(): Promise<boolean> {
    const { run, stored } = this;
    if (this.isHalfway || run.step === stored.saved) return true;
    const checkpoint = await this.#guard(run.checkpoint(stored.summary.pictures));
    const isKept = await stored.save(checkpoint, run.step);
    this.#savedAt = performance.now();
    return isKept;
  }

  /** Whether an iteration is under way. */
  get isHalfway(): boolean {
    return this.#iteration !== null;
  }

  get nextPhase(): TrainingPhase {
    return this.#iteration?.phase ?? 'teacherTarget';
  }

  #guard<T>(work: Promise<T>): Promise<T> {
    return unlessLost(this.#backend.lost, work);
  }

  /** Milliseconds that the rest of the iteration under way takes, by the last one; Infinity before there is one. */
  async restOfIteration(): Promise<number> {
    const rows = await this.stored.rows();
    const left = trainingPhases.slice(trainingPhases.indexOf(this.nextPhase));
    const took = left.map((phase) => rows.last(`timing.${phase}`, 1).at(-1) ?? Number.POSITIVE_INFINITY);
    return took.reduce((sum, milliseconds) => sum + milliseconds, 0);
  }

  /**
   * Runs the next phase.
   * @returns the iteration's numbers after its last phase, else null
   * @throws NonFiniteError, DeviceLostError, TrainingMemoryError
   */
  async advance(options: PhaseOptions): Promise<Float64Array | null> {
    const [phase, { step }, { device }] = [this.nextPhase, this.run, this.#backend];
    device?.pushErrorScope('out-of-memory');
    const watch = () => {
      const failed = device?.popErrorScope().then((failure) => (failure ? phase : null));
      if (failed) this.#failures.push(failed.catch(() => null));
    };
    try {
      const row = await this.#advance(options).finally(watch);
      if (row) await this.#refuseFailures(step);
      return row;
    } catch (error) {
      // Any error of this phase has the missing memory as its cause.
      if (!(error instanceof DeviceLostError)) await this.#refuseFailures(step);
      throw looksLikeMemory(error) ? new TrainingMemoryError(step, phase) : error;
    }
  }

  async #refuseFailures(step: number): Promise<void> {
    const failures = this.#failures;
    this.#failures = [];
    const phase = (await this.#guard(Promise.all(failures))).find((failed) => failed !== null);
    if (phase) throw new TrainingMemoryError(step, phase);
  }

  async #advance({ show, showing, isTimed }: PhaseOptions): Promise<Float64Array | null> {
    const showPart = async (phase: TrainingPhase) => {
      const began = performance.now();
      const atlas = showing === 'phase' && this.#iteration ? phaseAtlas(this.#iteration, phase) : null;
      if (!atlas) return;
      const part = { atlas, histograms: [], fixed: null, isPart: true, began };
      await this.#guard(show(part)).finally(() => atlas.pixels.dispose());
    };
    if (!this.#iteration) {
      this.#started = performance.now();
      this.#iteration = await this.#guard(this.run.begin());
      if (isTimed) await this.#worked();
      this.#teacherTook = performance.now() - this.#started;
      await showPart('teacherTarget');
      return null;
    }
    const iteration = this.#iteration;
    const [{ phase }, started] = [iteration, performance.now()];
    advance(iteration);
    if (isTimed && phase) {
      await this.#worked();
      iteration.measured.timing[phase] = performance.now() - started;
    }
    if (iteration.phase) {
      if (phase) await showPart(phase);
      return null;
    }
    try {
      const { timing, ...row } = await this.#guard(this.run.complete(iteration));
      if (showing !== 'nothing') await this.#guard(this.#showAll(iteration, show));
      const heldOut = await this.#guard(this.#heldOut.numbers(row.step));
      const whole = performance.now() - this.#started;
      return packRow({ ...row, heldOut }, { ...timing, teacherTarget: this.#teacherTook, whole });
    } finally {
      this.#end();
    }
  }

  async #showAll(iteration: TrainingIteration, show: ShowPanels): Promise<void> {
    const began = performance.now();
    const { run } = this;
    if (this.#fixed === undefined) this.#fixed = await FixedCrop.prepare(run.models, this.#parts.heldOut, run.config);
    const histograms = histogramsOf(iteration);
    await atlasWithFixed({ run, iteration, fixed: this.#fixed }, (atlas, fixed) =>
      show({ atlas, histograms, fixed, isPart: false, began }),
    );
  }

  /** Resolves when the GPU has done what it was given; off the GPU it is done already. */
  async #worked(): Promise<void> {
    const { device } = this.#backend;
    if (device) await this.#guard(device.queue.onSubmittedWorkDone());
  }

  /** The student's average on every held-out crop. @throws one sentence where no picture is held out */
  examine(): Promise<Examination> {
    return this.#guard(this.#heldOut.examine());
  }

  #end(): void {
    if (this.#iteration) this.run.discard(this.#iteration);
    this.#iteration = null;
  }

  dispose(): void {
    this.#end();
    this.#heldOut.dispose();
    this.#fixed?.dispose();
    this.run.dispose();
    this.#parts.networks.dispose();
  }
}
