/**
 * Plays a run on an open backend: what is wanted may change at any time; one loop at a time does the work, an iteration
 * whole, and is left between two iterations (or two phases, when they are stepped). What goes wrong leads back to the last
 * checkpoint.
 */

import { errorMessage } from '../../formats/errors.ts';
import type { Backend } from '../../gpu/backend.ts';
import type { Drive, TrainingState } from '../../protocol/train.ts';
import type { Sheet } from '../../training/panels.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import type { Emit } from '../upscale/images.ts';
import type { LiveRun, OpenRun } from './active-run.ts';
import { faultOf } from './errors.ts';
import { PanelClock } from './panel-clock.ts';
import { DriveWatch } from './stop-rules.ts';
import { stateOf } from './training-state.ts';

/** Pixels as what the page can draw. */
export type Present = (pixels: Sheet['pixels']) => Promise<ImageBitmap>;
export type Wish = 'rest' | 'play' | 'iteration' | 'phase';

const wait = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class TrainingPlayer {
  readonly #present: Present;
  readonly #emit: Emit;
  /** Something that the page should know has changed. */
  readonly #tell: () => void;
  #backend: Backend | null = null;
  #run: OpenRun | null = null;
  #wish: Wish = 'rest';
  readonly #watch = new DriveWatch();
  #work: Promise<void> | null = null;
  #aside = false;
  #leaving = false;
  #message = '';
  #fault: string | null = null;
  #ended: string | null = null;
  readonly #panels = new PanelClock();

  constructor(present: Present, emit: Emit, tell: () => void) {
    this.#present = present;
    this.#emit = emit;
    this.#tell = tell;
  }

  /** Whether training would go on by itself once it can. */
  get playing(): boolean {
    return this.#wish !== 'rest';
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

  want(wish: Wish): void {
    this.#wish = wish;
    if (wish !== 'rest') {
      this.#fault = null;
      this.#ended = null;
    }
    if (wish === 'play') this.#watch.played();
    this.#start();
    this.#tell();
  }

  /** How a run that is played goes, from the next iteration on. */
  drive(drive: Drive): void {
    this.#watch.drive = drive;
  }

  /**
   * Ends what runs, and frees the run's tensors.
   * @param isKept whether its last iterations are kept, or as its last checkpoint has it
   */
  async stop(isKept: boolean): Promise<void> {
    this.#wish = 'rest';
    await this.#work;
    if (isKept) await this.#run?.save();
    await this.#run?.drop();
  }

  /** The run to play from now on, after `stop`. */
  async load(run: OpenRun | null): Promise<void> {
    this.#run = run;
    this.#fault = null;
    this.#ended = null;
    await this.#tellHistory();
    this.#emit({ type: 'training-frame', frame: null });
  }

  #start(): void {
    if (this.#work || !this.#backend || !this.#run || this.#aside || this.#leaving || this.#wish === 'rest') return;
    this.#work = this.#loop(this.#backend, this.#run).finally(() => {
      this.#work = null;
      this.#emit({ type: 'training-phase', phase: null });
      this.#tell();
      // What was wished for meanwhile.
      this.#start();
    });
  }

  #say = (message: string): void => {
    this.#message = message;
    this.#tell();
  };

  async #loop(backend: Backend, run: OpenRun): Promise<void> {
    try {
      const live = await run.open(backend, this.#say).finally(() => this.#say(''));
      while (this.#wish !== 'rest' && !this.#aside && !this.#leaving) {
        const [wish, started] = [this.#wish, performance.now()];
        if (await this.#hasEnded(run, live)) break;
        // Between phases the worker hears its messages.
        while (!(await this.#phaseInTime(run, live)) && wish !== 'phase') await wait();
        // Unless something else was wished for meanwhile.
        if (wish !== 'play' && this.#wish === wish) this.#wish = 'rest';
        if (run.isCheckpointDue) {
          await run.save();
          this.#tell();
        }
        await wait();
        await this.#waitUntil(() => this.#watch.iterationTurn(started));
      }
      if (this.#wish === 'rest') await run.save();
    } catch (error) {
      await this.#recover(error, run);
    }
  }

  /** The next phase, in slow motion where that is wanted. True when it was the iteration's last one. */
  async #phaseInTime(run: OpenRun, live: LiveRun): Promise<boolean> {
    const started = performance.now();
    const isLast = await this.#phase(run, live);
    await this.#waitUntil(() => this.#watch.phaseTurn(started));
    return isLast;
  }

  /** The next phase. True when it was the iteration's last one. */
  async #phase(run: OpenRun, live: LiveRun): Promise<boolean> {
    this.#emit({ type: 'training-phase', phase: live.nextPhase });
    const isShowing = this.#wish !== 'play' || this.#panels.isDue;
    // Where one looks at phases, waiting for the GPU costs nothing; at full speed it would.
    const isTimed = this.#wish === 'phase' || this.#watch.drive.phaseMilliseconds > 0;
    const row = await live.advance(
      async ({ pixels, places }, histograms, began) => {
        const sheet = await this.#present(pixels);
        this.#panels.shown(performance.now() - began);
        // Of the iteration that was just completed.
        const step = live.run.step - 1;
        this.#emit({ type: 'training-frame', frame: { step, sheet, places, histograms } }, [sheet]);
      },
      isShowing,
      isTimed,
    );
    if (!row) return false;
    this.#watch.counted();
    (await run.kept.rows()).push(row);
    this.#emit({ type: 'training-row', values: row, targets: live.run.pool.targets });
    return true;
  }

  /** Whether a rule ends the run that is played; it rests then. */
  async #hasEnded({ kept }: OpenRun, live: LiveRun): Promise<boolean> {
    if (live.isHalfway || this.#wish !== 'play') return false;
    this.#ended = this.#watch.ended(live.run.step, await kept.rows());
    if (this.#ended === null) return false;
    this.#wish = 'rest';
    return true;
  }

  /** Or until something else is wished for. @param time may change meanwhile; only a run that is played waits at all */
  async #waitUntil(time: () => number): Promise<void> {
    const left = () => time() - performance.now();
    while (this.#wish === 'play' && !this.#aside && !this.#leaving && left() > 0) await wait(Math.min(left(), 50));
  }

  /** Back to the last good state. A lost device is opened again by the session, and training goes on by itself then. */
  async #recover(error: unknown, run: OpenRun): Promise<void> {
    const { saved } = run.kept;
    if (error instanceof DeviceLostError) {
      // Until the engine is open again.
      this.#backend = null;
    } else {
      this.#wish = 'rest';
      this.#fault = faultOf(error, saved);
    }
    // The networks may be spoilt, the tensors gone: the next start reads the checkpoint.
    await run.drop();
    // What never began leaves its settings free to be mended.
    if (this.#wish === 'rest' && saved === null) this.#run = null;
    await this.#tellHistory();
  }

  async #tellHistory(): Promise<void> {
    if (this.#run) await this.#run.tellHistory();
    else this.#emit({ type: 'training-history', values: new Float64Array(), annotations: [] });
  }

  state(): TrainingState {
    return stateOf({
      run: this.#run,
      isWanted: this.playing,
      isWorking: this.#work !== null,
      isAside: this.#aside,
      hasBackend: this.#backend !== null,
      message: this.#message,
      fault: this.#fault,
      ended: this.#ended,
    });
  }
}
