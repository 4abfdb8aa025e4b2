/** A training run on an open backend, a phase at a time. */
import type { Backend } from '../../gpu/backend.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import type { HeldOutName } from '../../paper/names.ts';
import type { PresetName } from '../../presets/presets.ts';
import { packRow } from '../../report/metrics-log.ts';
import type { TrainingPhase } from '../../report/run-metrics.ts';
import type { ScoreHistogram } from '../../report/run-record.ts';
import type { Checkpoint } from '../../training/checkpoint.ts';
import type { PictureSource } from '../../training/crops.ts';
import { HeldOut, setAside } from '../../training/held-out.ts';
import { histogramsOf, type Sheet, sheetOf } from '../../training/panels.ts';
import { TrainingRun } from '../../training/run.ts';
import type { TrainingIteration } from '../../training/step.ts';
import { advance } from '../../training/step.ts';
import { DeviceLostError, unlessLost } from '../device-lost.ts';
import { looksLikeMemory } from '../memory-error.ts';
import type { ModelSource } from '../model-source.ts';
import type { WeightFolders } from '../training-features.ts';
import { loadTrainingNetworks, type TrainingNetworks } from '../training-networks.ts';
import { TrainingMemoryError } from './training-fault.ts';

export interface RunPlan {
  readonly backend: Backend;
  readonly preset: PresetName;
  readonly config: TrainingConfig;
  readonly pictures: PictureSource;
  readonly models: (preset: PresetName) => ModelSource;
  readonly folders: WeightFolders;
}

/** Draws the pictures of a finished iteration. @param began when they began to be made */
type Show = (sheet: Sheet, histograms: readonly ScoreHistogram[], began: number) => Promise<void>;

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
   * @param say what is being done, for whoever waits
   * @throws one sentence; nothing stays allocated then
   */
  static async open(plan: RunPlan, checkpoint: Checkpoint | null, say: (message: string) => void): Promise<LiveRun> {
    const { backend, config, models, folders } = plan;
    const preset = (checkpoint?.preset as PresetName | undefined) ?? plan.preset;
    say('Loading the teacher and the autoencoder …');
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
        run.edit(config);
      }
      say('Preparing the first crops …');
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
        const sheet = sheetOf(iteration);
        await this.guard(show(sheet, histogramsOf(iteration), began)).finally(() => sheet.pixels.dispose());
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
