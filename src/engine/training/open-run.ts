/** A run both as it is kept and as it lives on a backend: opened from its last checkpoint, and saved as it goes. */
import type { Backend } from '../../gpu/backend.ts';
import { describeChange, editTrainingConfig } from '../../paper/config.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { PictureSource } from '../../training/crops.ts';
import type { Emit } from '../gallery.ts';
import type { ModelSource } from '../model-source.ts';
import type { WeightFolders } from '../training-features.ts';
import type { KeptRun } from './kept-run.ts';
import { LiveRun } from './live-run.ts';

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

  /** @param say what is being done, for whoever waits; @throws one sentence; nothing stays allocated then */
  async open(backend: Backend, say: (message: string) => void): Promise<LiveRun> {
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
    this.#live = await LiveRun.open(plan, checkpoint, say);
    this.#savedAt = performance.now();
    if ((await kept.cutRows()) > 0) await this.tellHistory();
    return this.#live;
  }

  /** Settings that hold from the next iteration on. @throws one sentence for a setting that can't change */
  async edit(changes: unknown): Promise<void> {
    const before = this.kept.config;
    const config = editTrainingConfig(before, changes);
    const text = describeChange(before, config);
    const annotation = text === '' ? null : { step: this.#live?.run.step ?? this.kept.saved ?? 0, text };
    await this.kept.edit(config, annotation);
    this.#live?.run.edit(changes);
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

  async tellHistory(): Promise<void> {
    const rows = await this.kept.rows();
    this.#emit({ type: 'training-history', values: rows.values(), annotations: rows.annotations });
  }
}
