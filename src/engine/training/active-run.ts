/** A run both as it is kept and as it lives on a backend: opened from its last checkpoint, and saved as it goes. */
import type { Backend } from '../../gpu/backend.ts';
import { describeChange, editTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import type { HeldOutName } from '../../paper/names.ts';
import type { PresetName } from '../../presets/presets.ts';
import { packRow } from '../../report/metrics-log.ts';
import type { TrainingPhase } from '../../report/run-metrics.ts';
import type { ScoreHistogram } from '../../report/run-record.ts';
import type { Checkpoint } from '../../training/checkpoint.ts';
import type { PictureSource } from '../../training/crops.ts';
import { HeldOut, setAside } from '../../training/held-out.ts';
import { histogramsOf, type PanelAtlas, panelAtlas } from '../../training/panels.ts';
import { TrainingRun } from '../../training/run.ts';
import { advance, type TrainingIteration } from '../../training/step.ts';
import { DeviceLostError, looksLikeMemory, unlessLost } from '../runtime/errors.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { loadTrainingNetworks, type TrainingNetworks, type WeightFolders } from '../runtime/training-networks.ts';
import { TrainingMemoryError } from './errors.ts';
import type { KeptRun } from './kept-run.ts';

export interface RunEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
  /** What a run is trained on. @throws one sentence when that is not to be had */
  readonly picturesOf: (run: KeptRun) => Promise<PictureSource>;
}

/** A checkpoint comes after so many iterations or milliseconds, whichever is first, and on pause. */
const iterationsPerCheckpoint = 50;
const millisecondsPerCheckpoint = 30_000;

export class OpenRun {
  readonly kept: KeptRun;
  readonly #environment: RunEnvironment;
  readonly #emit: Emit;
  #live: LiveRun | null = null;
  #savedAt = 0;
  #warned = false;

  constructor(kept: KeptRun, environment: RunEnvironment, emit: Emit) {
    this.kept = kept;
    this.#environment = environment;
    this.#emit = emit;
  }

  /** Null while it is not opened on a backend. */
  get live(): LiveRun | null {
    return this.#live;
  }

  /** @param onStatus what is being done, for whoever waits; @throws one sentence; nothing stays allocated then */
  async open(backend: Backend, onStatus: (message: string) => void): Promise<LiveRun> {
    if (this.#live) return this.#live;
    const { kept } = this;
    const checkpoint = await kept.latest().catch((error: Error) => {
      throw new Error(
        `The checkpoint of iteration ${kept.saved} can't be read: rewind to an older one, or delete the run. ${error.message}`,
      );
    });
    const pictures = await this.#environment.picturesOf(kept);
    const { preset, config } = kept.summary;
    const { models, folders } = this.#environment;
    const plan = { backend, preset, config, pictures, models, folders };
    this.#live = await LiveRun.open(plan, checkpoint, onStatus);
    this.#savedAt = performance.now();
    if ((await kept.cutRows()) > 0) await this.emitHistory();
    return this.#live;
  }

  /** Settings that hold from the next iteration on. @throws one sentence for a setting that can't change */
  async edit(changes: unknown): Promise<void> {
    const before = this.kept.config;
    const config = editTrainingConfig(before, changes);
    const text = describeChange(before, config);
    const annotation = text === '' ? null : { step: this.#live?.run.step ?? this.kept.saved ?? 0, text };
    await this.kept.edit(config, annotation);
    this.#live?.run.edit(config);
    if (annotation) this.#emit({ type: 'training-annotation', annotation });
  }

  get isCheckpointDue(): boolean {
    if (!this.#live || this.#live.isHalfway) return false;
    const since = this.#live.run.step - (this.kept.saved ?? 0);
    const isLate = performance.now() - this.#savedAt >= millisecondsPerCheckpoint;
    return since >= iterationsPerCheckpoint || (since > 0 && isLate);
  }

  /** Of an iteration under way nothing is kept: it comes again. */
  async save(): Promise<void> {
    const [live, kept] = [this.#live, this.kept];
    if (!live || live.isHalfway || live.run.step === kept.saved) return;
    const checkpoint = await live.guard(live.run.checkpoint(kept.summary.pictures));
    const isKept = await kept.save(checkpoint, live.run.step);
    this.#savedAt = performance.now();
    if (isKept || this.#warned) return;
    this.#warned = true;
    const message =
      'There is no room to keep the run between visits (private window, or a full disk): download its checkpoint before closing this tab.';
    this.#emit({ type: 'notice', level: 'warning', message });
  }

  /** Frees its tensors; what no checkpoint has is lost. */
  async drop(): Promise<void> {
    this.#live?.dispose();
    this.#live = null;
    await this.kept.cutRows();
  }

  async emitHistory(): Promise<void> {
    const rows = await this.kept.rows();
    this.#emit({ type: 'training-history', values: rows.values(), annotations: rows.annotations });
  }
}

/** A training run on an open backend, a phase at a time. */

export interface RunPlan {
  readonly backend: Backend;
  readonly preset: PresetName;
  readonly config: TrainingConfig;
  readonly pictures: PictureSource;
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
}

/** Draws the pictures of a finished iteration. @param began when they began to be made */
type Show = (atlas: PanelAtlas, histograms: readonly ScoreHistogram[], began: number) => Promise<void>;

export class LiveRun {
  readonly run: TrainingRun;
  readonly #networks: TrainingNetworks;
  readonly #heldOutPictures: PictureSource;
  readonly #backend: Pick<Backend, 'lost' | 'device'>;
  /** The phases of this iteration whose allocations failed: a GPU tells of them late. */
  #failures: Promise<TrainingPhase | null>[] = [];
  #heldOut: HeldOut | null = null;
  #iteration: TrainingIteration | null = null;
  #started = 0;
  #teacherTook = 0;

  private constructor(
    run: TrainingRun,
    networks: TrainingNetworks,
    heldOutPictures: PictureSource,
    backend: Pick<Backend, 'lost' | 'device'>,
  ) {
    this.run = run;
    this.#networks = networks;
    this.#heldOutPictures = heldOutPictures;
    this.#backend = backend;
  }

  /**
   * @param checkpoint what the run goes on from; null: a run at its start
   * @param onStatus what is being done, for whoever waits
   * @throws one sentence; nothing stays allocated then
   */
  static async open(
    plan: RunPlan,
    checkpoint: Checkpoint | null,
    onStatus: (message: string) => void,
  ): Promise<LiveRun> {
    const { backend, config, models, folders } = plan;
    const preset = (checkpoint?.preset as PresetName | undefined) ?? plan.preset;
    onStatus('Loading the teacher and the autoencoder …');
    const pictures = setAside(plan.pictures);
    // A checkpoint brings every network.
    const networks = await unlessLost(
      backend.lost,
      loadTrainingNetworks(
        { preset: models(preset), folders },
        checkpoint ? { ...config, partnerStart: 'fresh' } : config,
      ),
    );
    let run: TrainingRun | null = null;
    try {
      const { models: all, teacher, start } = networks;
      run = new TrainingRun(preset, all, teacher, pictures.training, checkpoint?.config ?? config, start);
      if (checkpoint) {
        await run.restore(checkpoint);
        // Edits since that checkpoint.
        run.edit(editTrainingConfig(run.config, config));
      }
      onStatus('Preparing the first crops …');
      await unlessLost(backend.lost, run.prepare());
      return new LiveRun(run, networks, pictures.heldOut, backend);
    } catch (error) {
      run?.dispose();
      networks.dispose();
      throw error;
    }
  }

  /** Whether an iteration is under way. */
  get isHalfway(): boolean {
    return this.#iteration !== null;
  }

  get nextPhase(): TrainingPhase {
    return this.#iteration?.phase ?? 'teacherTarget';
  }

  guard<T>(work: Promise<T>): Promise<T> {
    return unlessLost(this.#backend.lost, work);
  }

  /**
   * Runs the next phase.
   * @param isShowing whether pictures are wanted of an iteration that ends here
   * @param isTimed whether a GPU is waited for, so that the phase's time is that of its work; it has nothing to do meanwhile
   * @returns the iteration's numbers after its last phase, else null
   * @throws NonFiniteError, DeviceLostError, TrainingMemoryError
   */
  async advance(show: Show, isShowing: boolean, isTimed: boolean): Promise<Float64Array | null> {
    const [phase, { step }, { device }] = [this.nextPhase, this.run, this.#backend];
    device?.pushErrorScope('out-of-memory');
    const watch = () => {
      const failed = device?.popErrorScope().then((failure) => (failure ? phase : null));
      if (failed) this.#failures.push(failed.catch(() => null));
    };
    try {
      const row = await this.#advance(show, isShowing, isTimed).finally(watch);
      if (row) await this.#refuseFailures(step);
      return row;
    } catch (error) {
      // Whatever came of it, the missing memory is the cause.
      if (!(error instanceof DeviceLostError)) await this.#refuseFailures(step);
      throw looksLikeMemory(error) ? new TrainingMemoryError(step, phase) : error;
    }
  }

  async #refuseFailures(step: number): Promise<void> {
    const failures = this.#failures;
    this.#failures = [];
    const phase = (await this.guard(Promise.all(failures))).find((failed) => failed !== null);
    if (phase) throw new TrainingMemoryError(step, phase);
  }

  async #advance(show: Show, isShowing: boolean, isTimed: boolean): Promise<Float64Array | null> {
    if (!this.#iteration) {
      this.#started = performance.now();
      this.#iteration = await this.guard(this.run.begin());
      if (isTimed) await this.#worked();
      this.#teacherTook = performance.now() - this.#started;
      return null;
    }
    const iteration = this.#iteration;
    const [{ phase }, started] = [iteration, performance.now()];
    advance(iteration);
    if (isTimed && phase) {
      await this.#worked();
      iteration.measured.timing[phase] = performance.now() - started;
    }
    if (iteration.phase) return null;
    try {
      const { timing, ...row } = await this.guard(this.run.complete(iteration));
      if (isShowing) {
        const began = performance.now();
        const atlas = panelAtlas(iteration);
        await this.guard(show(atlas, histogramsOf(iteration), began)).finally(() => atlas.pixels.dispose());
      }
      const heldOut = await this.guard(this.#measureHeldOut(row.step));
      const whole = performance.now() - this.#started;
      return packRow({ ...row, heldOut }, { ...timing, teacherTarget: this.#teacherTook, whole });
    } finally {
      this.#end();
    }
  }

  /** Resolves when the GPU has done what it was given; off the GPU it is done already. */
  async #worked(): Promise<void> {
    const { device } = this.#backend;
    if (device) await this.guard(device.queue.onSubmittedWorkDone());
  }

  /** How the student's average does on pictures that it never learns from, where it is time to measure that. */
  async #measureHeldOut(step: number): Promise<Partial<Record<HeldOutName, number>>> {
    const { config, models, learners } = this.run;
    const student = learners.get('student');
    if (!student || config.heldOutEvery === 0 || step % config.heldOutEvery !== 0) return {};
    this.#heldOut ??= await HeldOut.prepare(models, this.#heldOutPictures, config);
    if (this.#heldOut.count === 0) return {};
    const { bicubic } = this.#heldOut;
    return { ...(await this.#heldOut.measure(student)), bicubicPsnrY: bicubic.psnrY, bicubicSsimY: bicubic.ssimY };
  }

  #end(): void {
    if (this.#iteration) this.run.discard(this.#iteration);
    this.#iteration = null;
  }

  dispose(): void {
    this.#end();
    this.#heldOut?.dispose();
    this.run.dispose();
    this.#networks.dispose();
  }
}
