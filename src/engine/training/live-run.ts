/** A training run on an open backend, a phase at a time. */
import type { Backend } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { Checkpoint } from '../../training/checkpoint.ts';
import type { TrainingConfig } from '../../training/config.ts';
import { advance } from '../../training/cotraining.ts';
import type { Iteration } from '../../training/iteration.ts';
import { type Panels, panelsOf } from '../../training/panels.ts';
import { TrainingRun } from '../../training/run.ts';
import { unlessLost } from '../device-lost.ts';
import type { ModelSource } from '../model-source.ts';
import type { PresetName } from '../protocol.ts';
import { loadTrainingNetworks, type TrainingNetworks } from '../training-networks.ts';
import type { TrainingPhase } from '../training-protocol.ts';
import { packRow } from './row-history.ts';
import { samplePictures } from './sample-pictures.ts';

export interface RunPlan {
  readonly backend: Backend;
  readonly preset: PresetName;
  readonly config: TrainingConfig;
  readonly samples: readonly string[];
  readonly models: (preset: PresetName) => ModelSource;
  readonly picture: (name: string) => Promise<Rgba8>;
}

/** Draws the pictures of a finished iteration, and is told what making them took. */
type Show = (shown: { panels: Panels; milliseconds: number }) => Promise<void>;

export class LiveRun {
  readonly run: TrainingRun;
  readonly #networks: TrainingNetworks;
  readonly #lost: Backend['lost'];
  #iteration: Iteration | null = null;
  #started = 0;
  #teacherTook = 0;

  private constructor(run: TrainingRun, networks: TrainingNetworks, lost: Backend['lost']) {
    this.run = run;
    this.#networks = networks;
    this.#lost = lost;
  }

  /**
   * @param checkpoint what the run goes on from; null: a run at its start
   * @param say what is being done, for whoever waits
   * @throws one sentence; nothing stays allocated then
   */
  static async open(plan: RunPlan, checkpoint: Checkpoint | null, say: (message: string) => void): Promise<LiveRun> {
    const { backend, config, samples, picture, models } = plan;
    const preset = (checkpoint?.preset as PresetName | undefined) ?? plan.preset;
    say('Loading the teacher and the autoencoder …');
    const pictures = await samplePictures(samples, picture, config);
    const networks = await unlessLost(
      backend.lost,
      loadTrainingNetworks(models(preset), config, () => {}),
    );
    let run: TrainingRun | null = null;
    try {
      run = new TrainingRun(preset, networks.models, networks.teacher, pictures, checkpoint?.config ?? config);
      if (checkpoint) {
        await run.restore(checkpoint);
        // Edits since that checkpoint.
        run.edit(config);
      }
      say('Preparing the first crops …');
      await unlessLost(backend.lost, run.prepare());
      return new LiveRun(run, networks, backend.lost);
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
    return unlessLost(this.#lost, work);
  }

  /**
   * Runs the next phase.
   * @param isShowing whether pictures are wanted of an iteration that ends here
   * @returns the iteration's numbers after its last phase, else null
   * @throws NonFiniteError, DeviceLostError
   */
  async advance(show: Show, isShowing: boolean): Promise<Float64Array | null> {
    if (!this.#iteration) {
      this.#started = performance.now();
      this.#iteration = await this.guard(this.run.begin());
      this.#teacherTook = performance.now() - this.#started;
      return null;
    }
    const iteration = this.#iteration;
    advance(iteration);
    if (iteration.phase) return null;
    try {
      const { timing, ...row } = await this.guard(this.run.complete(iteration));
      if (isShowing) {
        const began = performance.now();
        const panels = await this.guard(panelsOf(iteration));
        await show({ panels, milliseconds: performance.now() - began });
      }
      const whole = performance.now() - this.#started;
      return packRow(row, { ...timing, teacherTarget: this.#teacherTook, whole });
    } finally {
      this.#end();
    }
  }

  #end(): void {
    if (this.#iteration) this.run.discard(this.#iteration);
    this.#iteration = null;
  }

  dispose(): void {
    this.#end();
    this.run.dispose();
    this.#networks.dispose();
  }
}
