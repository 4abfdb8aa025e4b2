/**
 * Plays a run on an open backend: what is wanted may change at any time; one loop at a time does the work, an iteration
 * whole, and is left between two iterations (or two phases, when they are stepped). What goes wrong leads back to the last
 * checkpoint.
 */

import { errorMessage } from '../../formats/errors.ts';
import type { Backend } from '../../gpu/backend.ts';
import type { PlaybackSettings, TrainingState } from '../../protocol/train.ts';
import type { PanelAtlas } from '../../training/panels.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { LiveRun, OpenRun } from './active-run.ts';
import { faultOf } from './errors.ts';
import { PanelClock } from './panel-clock.ts';
import { PlaybackMonitor } from './stop-rules.ts';
import { stateOf } from './training-state.ts';

/** Pixels as what the page can draw. */
export type TensorToBitmap = (pixels: PanelAtlas['pixels']) => Promise<ImageBitmap>;
export type PlayMode = 'rest' | 'play' | 'iteration' | 'phase';

const wait = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class TrainingPlayer {
  readonly #present: TensorToBitmap;
  readonly #emit: Emit;
  /** Something that the page should know has changed. */
  readonly #onChange: () => void;
  #backend: Backend | null = null;
  #run: OpenRun | null = null;
  #mode: PlayMode = 'rest';
  readonly #playback = new PlaybackMonitor();
  #work: Promise<void> | null = null;
  #isSuspended = false;
  #leaving = false;
  #message = '';
  #fault: string | null = null;
  #ended: string | null = null;
  readonly #panels = new PanelClock();

  constructor(present: TensorToBitmap, emit: Emit, onChange: () => void) {
    this.#present = present;
    this.#emit = emit;
    this.#onChange = onChange;
  }

  /** Whether training would go on by itself once it can. */
  get playing(): boolean {
    return this.#mode !== 'rest';
  }

  get run(): OpenRun | null {
    return this.#run;
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
      await this.#run?.save();
    } catch (error) {
      // Of a lost device nothing can be read: the last checkpoint is what there is.
      if (!(error instanceof DeviceLostError)) this.#fault = errorMessage(error);
    } finally {
      await this.#run?.drop();
      this.#backend = null;
      this.#leaving = false;
    }
    this.#onChange();
  }

  /** Upscaling goes first: resolves when training has left the backend alone. */
  async suspend(): Promise<void> {
    this.#isSuspended = true;
    if (this.#work) this.#onChange();
    await this.#work;
  }

  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#start();
  }

  setMode(mode: PlayMode): void {
    this.#mode = mode;
    if (mode !== 'rest') {
      this.#fault = null;
      this.#ended = null;
    }
    if (mode === 'play') this.#playback.played();
    this.#start();
    this.#onChange();
  }

  /** How a run that is played goes, from the next iteration on. */
  setPlayback(settings: PlaybackSettings): void {
    this.#playback.settings = settings;
  }

  /**
   * Ends what runs, and frees the run's tensors.
   * @param isKept whether its last iterations are kept, or as its last checkpoint has it
   */
  async stop(isKept: boolean): Promise<void> {
    this.#mode = 'rest';
    await this.#work;
    if (isKept) await this.#run?.save();
    await this.#run?.drop();
  }

  /** The run to play from now on, after `stop`. */
  async load(run: OpenRun | null): Promise<void> {
    this.#run = run;
    this.#fault = null;
    this.#ended = null;
    await this.#emitHistory();
    this.#emit({ type: 'training-frame', frame: null });
  }

  #start(): void {
    if (this.#work || !this.#backend || !this.#run || this.#isSuspended || this.#leaving || this.#mode === 'rest')
      return;
    this.#work = this.#loop(this.#backend, this.#run).finally(() => {
      this.#work = null;
      this.#emit({ type: 'training-phase', phase: null });
      this.#onChange();
      // What was wished for meanwhile.
      this.#start();
    });
  }

  #setStatus = (message: string): void => {
    this.#message = message;
    this.#onChange();
  };

  async #loop(backend: Backend, run: OpenRun): Promise<void> {
    try {
      const live = await run.open(backend, this.#setStatus).finally(() => this.#setStatus(''));
      while (this.#mode !== 'rest' && !this.#isSuspended && !this.#leaving) {
        const [mode, started] = [this.#mode, performance.now()];
        if (await this.#hasEnded(run, live)) break;
        // Between phases the worker hears its messages.
        while (!(await this.#phaseInTime(run, live)) && mode !== 'phase') await wait();
        // Unless something else was wished for meanwhile.
        if (mode !== 'play' && this.#mode === mode) this.#mode = 'rest';
        if (run.isCheckpointDue) {
          await run.save();
          this.#onChange();
        }
        await wait();
        await this.#waitUntil(() => this.#playback.iterationTurn(started));
      }
      if (this.#mode === 'rest') await run.save();
    } catch (error) {
      await this.#recover(error, run);
    }
  }

  /** The next phase, in slow motion where that is wanted. True when it was the iteration's last one. */
  async #phaseInTime(run: OpenRun, live: LiveRun): Promise<boolean> {
    const started = performance.now();
    const isLast = await this.#phase(run, live);
    await this.#waitUntil(() => this.#playback.phaseTurn(started));
    return isLast;
  }

  /** The next phase. True when it was the iteration's last one. */
  async #phase(run: OpenRun, live: LiveRun): Promise<boolean> {
    this.#emit({ type: 'training-phase', phase: live.nextPhase });
    const isShowing = this.#mode !== 'play' || this.#panels.isDue;
    // Where one looks at phases, waiting for the GPU costs nothing; at full speed it would.
    const isTimed = this.#mode === 'phase' || this.#playback.settings.phaseMilliseconds > 0;
    const row = await live.advance(
      async ({ pixels, places }, histograms, began) => {
        const atlas = await this.#present(pixels);
        this.#panels.shown(performance.now() - began);
        // Of the iteration that was just completed.
        const step = live.run.step - 1;
        this.#emit({ type: 'training-frame', frame: { step, atlas, places, histograms } }, [atlas]);
      },
      isShowing,
      isTimed,
    );
    if (!row) return false;
    this.#playback.counted();
    (await run.kept.rows()).push(row);
    this.#emit({ type: 'training-row', values: row, targets: live.run.pool.targets });
    return true;
  }

  /** Whether a rule ends the run that is played; it rests then. */
  async #hasEnded({ kept }: OpenRun, live: LiveRun): Promise<boolean> {
    if (live.isHalfway || this.#mode !== 'play') return false;
    this.#ended = this.#playback.ended(live.run.step, await kept.rows());
    if (this.#ended === null) return false;
    this.#mode = 'rest';
    return true;
  }

  /** Or until something else is wished for. @param time may change meanwhile; only a run that is played waits at all */
  async #waitUntil(time: () => number): Promise<void> {
    const left = () => time() - performance.now();
    while (this.#mode === 'play' && !this.#isSuspended && !this.#leaving && left() > 0)
      await wait(Math.min(left(), 50));
  }

  /** Back to the last good state. A lost device is opened again by the session, and training goes on by itself then. */
  async #recover(error: unknown, run: OpenRun): Promise<void> {
    const { saved } = run.kept;
    if (error instanceof DeviceLostError) {
      // Until the engine is open again.
      this.#backend = null;
    } else {
      this.#mode = 'rest';
      this.#fault = faultOf(error, saved);
    }
    // The networks may be invalid, the tensors gone: the next start reads the checkpoint.
    await run.drop();
    // What never began leaves its settings free to be mended.
    if (this.#mode === 'rest' && saved === null) this.#run = null;
    await this.#emitHistory();
  }

  async #emitHistory(): Promise<void> {
    if (this.#run) await this.#run.emitHistory();
    else this.#emit({ type: 'training-history', values: new Float64Array(), annotations: [] });
  }

  state(): TrainingState {
    return stateOf({
      run: this.#run,
      isWanted: this.playing,
      isWorking: this.#work !== null,
      isSuspended: this.#isSuspended,
      hasBackend: this.#backend !== null,
      message: this.#message,
      fault: this.#fault,
      ended: this.#ended,
    });
  }
}
