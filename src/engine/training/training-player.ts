/**
 * Plays a run on an open backend: what is wanted may change at any time; one loop at a time does the work, and is left between
 * two iterations or two phases. A failure leads back to the last checkpoint.
 */

import { errorMessage } from '../../formats/errors.ts';
import type { Backend } from '../../gpu/backend.ts';
import { editTrainingConfig } from '../../paper/config.ts';
import type { PlaybackSettings, StartProgress, TrainingState } from '../../protocol/train.ts';
import { DeviceLostError, faultOf, noRoom } from '../runtime/errors.ts';
import type { Emit } from '../runtime/handlers.ts';
import { ActiveRun, type ActiveRunEnvironment, type ShownPanels } from './active-run.ts';
import { PanelPresenter, type TensorToBitmap } from './panel-presenter.ts';
import { historyOf, longestWait, PlaybackMonitor, type PlayMode, stateOf, wait } from './playback.ts';
import type { StoredRun } from './stored-run.ts';
import { Lesson, type TeachingEnvironment } from './teaching.ts';

type PlayerEnvironment = ActiveRunEnvironment & TeachingEnvironment;

export class TrainingPlayer {
  readonly #environment: ActiveRunEnvironment;
  readonly #emit: Emit;
  readonly #onChange: () => void;
  #backend: Backend | null = null;
  /** The run to play. */
  #stored: StoredRun | null = null;
  /** The same, while it is open on the backend. */
  #active: ActiveRun | null = null;
  /** That there is no room is told once a run. */
  #isWarned = false;
  #mode: PlayMode = 'rest';
  readonly #playback = new PlaybackMonitor();
  #work: Promise<void> | null = null;
  #isSuspended = false;
  #leaving = false;
  #progress: StartProgress | null = null;
  /** Iterations that the run had when it was opened: its first one shows every phase. */
  #openedAt = 0;
  #fault: string | null = null;
  #ended: string | null = null;
  readonly #panels: PanelPresenter;
  readonly #lesson: Lesson;

  constructor(environment: PlayerEnvironment, present: TensorToBitmap, emit: Emit, onChange: () => void) {
    this.#environment = environment;
    this.#lesson = new Lesson(environment, emit);
    this.#panels = new PanelPresenter(present, emit);
    this.#emit = emit;
    this.#onChange = onChange;
  }

  /** Whether training would go on by itself once it can. */
  get playing(): boolean {
    return this.#mode !== 'rest';
  }

  /** Whether it may go on now. */
  get #isWanted(): boolean {
    return this.#mode !== 'rest' && !this.#isSuspended && !this.#leaving;
  }

  get stored(): StoredRun | null {
    return this.#stored;
  }

  /** A backend is open; a run that was under way goes on. */
  attach(backend: Backend): void {
    this.#backend = backend;
    this.#start();
  }

  /** Leaves the backend, which is about to go: the run is kept, and its tensors are freed. */
  async detach(): Promise<void> {
    this.#leaving = true;
    await this.#work;
    try {
      await this.#finishAndSave();
    } catch (error) {
      // Of a lost device nothing can be read: the last checkpoint is what there is.
      if (!(error instanceof DeviceLostError)) this.#fault = errorMessage(error);
    } finally {
      await this.#drop();
      this.#backend = null;
      this.#leaving = false;
    }
    this.#onChange();
  }

  /** Upscaling goes first: resolves when training has left the backend alone. */
  async suspend(): Promise<void> {
    this.#isSuspended = true;
    if (this.#work !== null) this.#onChange();
    await this.#work;
  }

  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#start();
  }

  setMode(mode: PlayMode): void {
    this.#mode = mode;
    if (mode !== 'rest') [this.#fault, this.#ended] = [null, null];
    if (mode === 'play') this.#playback.played();
    this.#start();
    this.#onChange();
  }

  /** Pace and stop rules, from the next iteration on. */
  setPlayback(settings: PlaybackSettings): void {
    this.#playback.settings = settings;
  }

  /**
   * Ends what runs, and frees the run's tensors.
   * @param isKept whether its last iterations are kept, or as its last checkpoint has it
   * @throws why they could not be kept
   */
  async stop(isKept: boolean): Promise<void> {
    this.#mode = 'rest';
    await this.#work;
    try {
      if (isKept) await this.#finishAndSave();
    } finally {
      await this.#drop();
    }
  }

  /** The run to play from now on, after `stop`. */
  async load(stored: StoredRun | null): Promise<void> {
    this.#stored = stored;
    [this.#isWarned, this.#fault, this.#ended] = [false, null, null];
    await this.emitHistory();
    this.#emit({ type: 'training-frame', frame: null });
  }

  #start(): void {
    if (this.#work || !this.#backend || !this.#stored || !this.#isWanted) return;
    this.#work = this.#loop(this.#backend, this.#stored).finally(() => {
      this.#work = null;
      // Half-way, the phase whose pictures are shown stays lit.
      if (!this.#active?.isHalfway) this.#emit({ type: 'training-phase', phase: null });
      this.#onChange();
      // A mode that was set meanwhile.
      this.#start();
    });
  }

  async #loop(backend: Backend, stored: StoredRun): Promise<void> {
    try {
      const active = this.#active ?? (await this.#open(backend, stored));
      while (this.#isWanted) {
        const [mode, started] = [this.#mode, performance.now()];
        if (await this.#hasEnded(active)) break;
        // Between phases the worker hears its messages.
        while (!(await this.#phaseInTime(active)) && mode !== 'phase') {
          await wait();
          if (await this.#isLeftHalfway(active)) break;
        }
        // Unless another mode was set meanwhile.
        if (mode !== 'play' && this.#mode === mode) this.#mode = 'rest';
        if (active.isCheckpointDue) {
          await this.#save();
          this.#onChange();
        }
        await wait();
        await this.#waitUntil(() => this.#playback.iterationTurn(started));
      }
      if (this.#mode !== 'rest') return;
      await this.#save();
      await this.#lesson.finish(active);
    } catch (error) {
      await this.#recover(error, stored);
    }
  }

  /** Whether it should rest now, between two phases: where the iteration's end is near, it rests there, and is kept. */
  async #isLeftHalfway(active: ActiveRun): Promise<boolean> {
    return !this.#isWanted && active.isHalfway && (await active.restOfIteration()) > longestWait;
  }

  /** The rest of an iteration under way, then a checkpoint: the run is about to be put away. */
  async #finishAndSave(): Promise<void> {
    const active = this.#active;
    while (active?.isHalfway) await this.#phase(active);
    await this.#save();
  }

  async #open(backend: Backend, stored: StoredRun): Promise<ActiveRun> {
    const tell = (progress: StartProgress | null) => {
      this.#progress = progress;
      this.#onChange();
    };
    tell({ stage: 'weights', done: 0, of: 1 });
    this.#active = await ActiveRun.open(stored, backend, this.#environment, tell).finally(() => tell(null));
    this.#openedAt = this.#active.run.step;
    if ((await stored.cutRows()) > 0) await this.emitHistory();
    await this.#lesson.begin(this.#active);
    return this.#active;
  }

  async #save(): Promise<void> {
    const isKept = (await this.#active?.save()) ?? true;
    if (isKept || this.#isWarned) return;
    this.#isWarned = true;
    this.#emit({ type: 'notice', level: 'warning', message: noRoom });
  }

  /** Frees the run's tensors; what no checkpoint has is lost. */
  async #drop(): Promise<void> {
    this.#active?.dispose();
    this.#active = null;
    await this.#stored?.cutRows();
  }

  /** Settings that hold from the next iteration on. @throws one sentence for a setting that can't change */
  async edit(changes: unknown): Promise<void> {
    const [stored, active] = [this.#stored, this.#active];
    if (!stored) return;
    const config = editTrainingConfig(stored.config, changes);
    const annotation = await stored.edit(config, active?.run.step ?? stored.saved ?? 0);
    this.#active?.run.edit(config);
    if (annotation) this.#emit({ type: 'training-annotation', annotation });
  }

  /** As `#phase`, in slow motion where that is wanted. */
  async #phaseInTime(active: ActiveRun): Promise<boolean> {
    const started = performance.now();
    const isLast = await this.#phase(active);
    await this.#waitUntil(() => this.#playback.phaseTurn(started));
    return isLast;
  }

  /** True when it was the iteration's last one. */
  async #phase(active: ActiveRun): Promise<boolean> {
    this.#emit({ type: 'training-phase', phase: active.nextPhase });
    // Stepped phases may wait for the GPU; at full speed waiting would cost time.
    const isTimed = this.#mode === 'phase' || this.#playback.settings.phaseMilliseconds > 0;
    const isFirst = active.run.step === this.#openedAt;
    const showing =
      isTimed || isFirst ? 'phase' : this.#mode !== 'play' || this.#panels.isDue ? 'iteration' : 'nothing';
    const show = (panels: ShownPanels) => this.#panels.show(panels, active.run.step);
    const row = await active.advance({ show, showing, isTimed });
    if (!row) return false;
    this.#playback.counted();
    (await active.stored.rows()).push(row);
    this.#emit({ type: 'training-row', values: row, targets: active.run.pool.targets });
    return true;
  }

  /** Whether a rule ends the run that is played; it rests then. */
  async #hasEnded({ run, stored, isHalfway }: ActiveRun): Promise<boolean> {
    if (isHalfway || this.#mode !== 'play') return false;
    this.#ended = this.#lesson.ended(stored, run.step) ?? this.#playback.ended(run.step, await stored.rows());
    if (this.#ended === null) return false;
    this.#mode = 'rest';
    return true;
  }

  /** Or until something else is wished for. @param time may change meanwhile; only a run that is played waits at all */
  async #waitUntil(time: () => number): Promise<void> {
    const left = () => time() - performance.now();
    while (this.#mode === 'play' && this.#isWanted && left() > 0) await wait(Math.min(left(), 50));
  }

  /** Back to the last good state. A lost device is opened again by the session, and training goes on by itself then. */
  async #recover(error: unknown, { saved }: StoredRun): Promise<void> {
    if (error instanceof DeviceLostError) {
      // Until the engine is open again.
      this.#backend = null;
    } else {
      this.#mode = 'rest';
      this.#fault = faultOf(error, saved);
    }
    // The networks may be invalid, the tensors gone: the next start reads the checkpoint.
    await this.#drop();
    // A run that never began leaves its settings free to be mended.
    if (this.#mode === 'rest' && saved === null) this.#stored = null;
    await this.emitHistory();
  }

  async emitHistory(): Promise<void> {
    this.#emit(await historyOf(this.#stored));
  }

  state(): TrainingState {
    return stateOf({
      stored: this.#stored,
      active: this.#active,
      isWanted: this.playing,
      isWorking: this.#work !== null,
      isSuspended: this.#isSuspended,
      hasBackend: this.#backend !== null,
      start: this.#progress,
      fault: this.#fault,
      ended: this.#ended,
    });
  }
}
