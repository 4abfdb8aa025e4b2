/**
 * The worker's side of co-training: one run, played, stepped and kept. Commands change what is wanted; one loop at a time does
 * the work, an iteration whole, and is left between two iterations (or two phases, when they are stepped).
 */
import type { Backend } from '../../gpu/backend.ts';
import { type Checkpoint, openCheckpoint } from '../../training/checkpoint.ts';
import { describeChange, editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../../training/config.ts';
import { NonFiniteError } from '../../training/measurements.ts';
import type { Sheet } from '../../training/panels.ts';
import { DeviceLostError } from '../device-lost.ts';
import type { Emit } from '../gallery.ts';
import type { ModelSource } from '../model-source.ts';
import type { PresetName } from '../protocol.ts';
import type { ScoreHistogram, TrainingCommand, TrainingState, TrainingStatus } from '../training-protocol.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { LiveRun, type RunPlan } from './live-run.ts';
import { RowHistory } from './row-history.ts';

export interface TrainingEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  /** One of the page's sample pictures. */
  readonly picture: RunPlan['picture'];
  readonly store: CheckpointStore;
  /** Pixels as what the page can draw. */
  readonly present: (pixels: Sheet['pixels']) => Promise<ImageBitmap>;
}

type Wish = 'rest' | 'play' | 'iteration' | 'phase';

/** A checkpoint comes after so many iterations or milliseconds, whichever is first, and on pause. */
const iterationsPerCheckpoint = 50;
const millisecondsPerCheckpoint = 30_000;
/** Pictures take at most this share of the time, and come no faster than a screen shows them. */
const panelShare = 0.2;
const panelInterval = 1000 / 60;

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));
/** Lets the worker hear its messages. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

export class TrainingSession {
  readonly #environment: TrainingEnvironment;
  readonly #emit: Emit;
  #opened: Pick<RunPlan, 'backend' | 'preset'> | null = null;
  /** Null until somebody looks at training: before, nothing is told. */
  #samples: readonly string[] | null = null;
  #config: TrainingConfig | null = null;
  #live: LiveRun | null = null;
  #rows = new RowHistory();
  #saved: number | null = null;
  #savedAt = 0;
  /** Settings changed since the last checkpoint. */
  #edited = false;
  #wish: Wish = 'rest';
  #work: Promise<void> | null = null;
  #aside = false;
  #leaving = false;
  #message = '';
  #fault: string | null = null;
  #panelsAt = Number.NEGATIVE_INFINITY;
  #panelsTook = 0;
  #warned = false;
  #commands: Promise<void> = Promise.resolve();

  constructor(environment: TrainingEnvironment, emit: Emit) {
    this.#environment = environment;
    this.#emit = emit;
  }

  /** Whether training would go on by itself once it can. */
  get playing(): boolean {
    return this.#wish !== 'rest';
  }

  /** A backend is open; a run that was under way goes on. */
  attach(backend: Backend, preset: PresetName): void {
    this.#opened = { backend, preset };
    this.#start();
  }

  /** Leaves the backend, which is about to go: the run is kept, and its tensors are freed. */
  async detach(): Promise<void> {
    this.#leaving = true;
    await this.#work;
    try {
      if (this.#live) await this.#save();
    } catch (error) {
      // Of a lost device nothing can be read: the last checkpoint is what there is.
      if (!(error instanceof DeviceLostError)) this.#fault = sentence(error);
    } finally {
      this.#drop();
      this.#opened = null;
      this.#leaving = false;
    }
    this.#tell();
  }

  /** Upscaling goes first: resolves when training has left the backend alone. */
  async standAside(): Promise<void> {
    this.#aside = true;
    if (this.#work) this.#tell();
    await this.#work;
  }

  comeBack(): void {
    if (!this.#aside) return;
    this.#aside = false;
    this.#start();
  }

  handle(command: TrainingCommand): Promise<void> {
    const done = this.#commands.then(() => this.#obey(command));
    this.#commands = done.catch(() => {});
    return done;
  }

  async #obey(command: TrainingCommand): Promise<void> {
    switch (command.type) {
      case 'training-open':
        return this.#open(command.samples);
      case 'training-new':
        if (this.#config) throw new Error('There is a training run already: reset it first.');
        this.#config = readTrainingConfig(command.config);
        this.#fault = null;
        return this.#tell();
      case 'training-play':
        return this.#want('play');
      case 'training-step':
        return this.#want(command.unit);
      case 'training-pause':
        this.#wish = 'rest';
        return this.#tell();
      case 'training-edit':
        if (!this.#config) return;
        this.#note(describeChange(this.#config, editTrainingConfig(this.#config, command.changes)));
        this.#config = editTrainingConfig(this.#config, command.changes);
        this.#live?.run.edit(command.changes);
        this.#edited = true;
        this.#tell();
        // A run that rests keeps the change at once; one that goes, with its next checkpoint.
        return this.#work ? undefined : this.#save();
      case 'training-reset':
        return this.#reset();
      case 'training-export': {
        const kept = await this.#environment.store.read();
        if (!kept) throw new Error('There is no checkpoint yet: it is written on pause.');
        return this.#emit({
          type: 'training-exported',
          name: `cosr-training-${this.#saved ?? 0}.safetensors`,
          blob: kept.checkpoint,
        });
      }
    }
  }

  /** Finds the run of an earlier visit. One that can't be read is told and left where it is until a new run replaces it. */
  async #open(samples: readonly string[]): Promise<void> {
    this.#samples = samples;
    if (!this.#config) {
      try {
        const kept = await this.#environment.store.read();
        if (kept) {
          const { config, step } = await openCheckpoint(kept.checkpoint);
          this.#rows = await RowHistory.read(kept.rows);
          this.#rows.cut(step);
          this.#config = config;
          this.#saved = step;
        }
      } catch (error) {
        this.#fault = `The run of the last visit can't be continued: ${sentence(error)}`;
      }
    }
    this.#tellHistory();
    this.#tell();
  }

  #want(wish: Wish): void {
    if (!this.#config) throw new Error('There is no training run: start one first.');
    this.#wish = wish;
    this.#fault = null;
    this.#start();
    this.#tell();
  }

  async #reset(): Promise<void> {
    this.#wish = 'rest';
    await this.#work;
    this.#drop();
    await this.#environment.store.clear();
    this.#config = null;
    this.#saved = null;
    this.#fault = null;
    this.#rows = new RowHistory();
    this.#tellHistory();
    this.#emit({ type: 'training-frame', frame: null });
    this.#tell();
  }

  #start(): void {
    if (this.#work || !this.#opened || this.#aside || this.#leaving || this.#wish === 'rest') return;
    this.#work = this.#loop().finally(() => {
      this.#work = null;
      this.#emit({ type: 'training-phase', phase: null });
      this.#tell();
      // What was wished for meanwhile.
      this.#start();
    });
  }

  async #loop(): Promise<void> {
    try {
      const live = await this.#openLive();
      while (this.#wish !== 'rest' && !this.#aside && !this.#leaving) {
        const wish = this.#wish;
        // Between phases the worker hears its messages.
        while (!(await this.#phase(live)) && wish !== 'phase') await breathe();
        // Unless something else was wished for meanwhile.
        if (wish !== 'play' && this.#wish === wish) this.#wish = 'rest';
        if (this.#isCheckpointDue(live)) await this.#save();
        await breathe();
      }
      if (this.#wish === 'rest' && !live.isHalfway) await this.#save();
    } catch (error) {
      await this.#recover(error);
    }
  }

  /** The next phase. True when it was the iteration's last one. */
  async #phase(live: LiveRun): Promise<boolean> {
    this.#emit({ type: 'training-phase', phase: live.nextPhase });
    const row = await live.advance((...shown) => this.#show(live, ...shown), this.#arePanelsDue());
    if (!row) return false;
    this.#rows.push(row);
    this.#emit({ type: 'training-row', values: row, targets: live.run.pool.targets });
    return true;
  }

  #arePanelsDue(): boolean {
    const since = performance.now() - this.#panelsAt;
    return this.#wish !== 'play' || since >= Math.max(panelInterval, this.#panelsTook / panelShare);
  }

  async #show(
    live: LiveRun,
    { pixels, places }: Sheet,
    histograms: readonly ScoreHistogram[],
    began: number,
  ): Promise<void> {
    // Of the iteration that was just completed.
    const step = live.run.step - 1;
    const sheet = await this.#environment.present(pixels);
    this.#panelsAt = performance.now();
    this.#panelsTook = this.#panelsAt - began;
    this.#emit({ type: 'training-frame', frame: { step, sheet, places, histograms } }, [sheet]);
  }

  async #openLive(): Promise<LiveRun> {
    if (this.#live) return this.#live;
    const [opened, config] = [this.#opened, this.#config];
    if (!opened || !config || !this.#samples) throw new Error('There is nothing to train on, or no run.');
    const checkpoint = await this.#lastCheckpoint();
    const say = (message: string) => {
      this.#message = message;
      this.#tell();
    };
    const { models, picture } = this.#environment;
    const plan: RunPlan = { ...opened, config, samples: this.#samples, models, picture };
    this.#live = await LiveRun.open(plan, checkpoint, say);
    this.#savedAt = performance.now();
    if (this.#rows.cut(this.#live.run.step) > 0) this.#tellHistory();
    say('');
    return this.#live;
  }

  async #lastCheckpoint(): Promise<Checkpoint | null> {
    const kept = this.#saved === null ? null : await this.#environment.store.read();
    return kept && openCheckpoint(kept.checkpoint);
  }

  #isCheckpointDue({ run, isHalfway }: LiveRun): boolean {
    if (isHalfway) return false;
    const since = run.step - (this.#saved ?? 0);
    return (
      since >= iterationsPerCheckpoint || (since > 0 && performance.now() - this.#savedAt >= millisecondsPerCheckpoint)
    );
  }

  async #save(): Promise<void> {
    const live = this.#live;
    // Of an iteration under way nothing is kept: it comes again.
    if (!live || live.isHalfway || (live.run.step === this.#saved && !this.#edited)) return;
    this.#edited = false;
    const checkpoint = await live.guard(live.run.checkpoint());
    const kept = await this.#environment.store.write(checkpoint, this.#rows.file());
    this.#saved = live.run.step;
    this.#savedAt = performance.now();
    if (!kept && !this.#warned) {
      this.#warned = true;
      const message = 'This window keeps no training run between visits: download its checkpoint before closing it.';
      this.#emit({ type: 'notice', level: 'warning', message });
    }
    this.#tell();
  }

  /** Back to the last good state. A lost device is opened again by the session, and training goes on by itself then. */
  async #recover(error: unknown): Promise<void> {
    if (error instanceof DeviceLostError) {
      // Until the engine is open again.
      this.#opened = null;
    } else {
      this.#wish = 'rest';
      const back = `The run is back at iteration ${this.#saved ?? 0}`;
      this.#fault =
        error instanceof NonFiniteError
          ? `${error.message} ${back}: lower the learning rate or the weight behind this term, then play.`
          : sentence(error);
    }
    // The networks may be spoilt, the tensors gone: the next start reads the checkpoint.
    this.#drop();
    // What never began leaves its settings free to be mended.
    if (this.#wish === 'rest' && this.#saved === null) this.#config = null;
    this.#rows.cut(this.#saved ?? 0);
    this.#tellHistory();
  }

  #drop(): void {
    this.#live?.dispose();
    this.#live = null;
  }

  #tellHistory(): void {
    this.#emit({ type: 'training-history', values: this.#rows.values(), annotations: this.#rows.annotations });
  }

  #note(text: string): void {
    if (text === '') return;
    const annotation = { step: this.#live?.run.step ?? this.#saved ?? 0, text };
    this.#rows.note(annotation);
    this.#emit({ type: 'training-annotation', annotation });
  }

  #status(): TrainingStatus {
    if (!this.#config) return 'none';
    if (this.#wish !== 'rest') {
      if (this.#aside) return 'waiting';
      return this.#live ? 'running' : 'starting';
    }
    if (this.#work) return this.#live ? 'pausing' : 'starting';
    return this.#live || this.#saved === null ? 'paused' : 'stored';
  }

  #tell(): void {
    if (!this.#samples) return;
    const live = this.#live;
    const status = this.#status();
    const opening = this.#opened ? this.#message : 'Waiting for the engine to open …';
    const message =
      status === 'waiting'
        ? 'An image is being upscaled, which goes first; training goes on by itself afterwards.'
        : status === 'starting'
          ? opening
          : this.#message;
    this.#emit({
      type: 'training-state',
      state: {
        status,
        message,
        fault: this.#fault,
        step: live?.run.step ?? this.#saved ?? 0,
        nextPhase: live?.isHalfway ? live.nextPhase : null,
        config: this.#config,
        saved: this.#saved,
      } satisfies TrainingState,
    });
  }
}
