/**
 * Plays a run on an open backend: what is wanted may change at any time; one loop at a time does the work, an iteration
 * whole, and is left between two iterations (or two phases, when they are stepped). What goes wrong leads back to the last
 * checkpoint.
 */
import type { Backend } from '../../gpu/backend.ts';
import type { Sheet } from '../../training/panels.ts';
import { DeviceLostError } from '../device-lost.ts';
import type { Emit } from '../gallery.ts';
import { type Drive, fullSpeed, type TrainingState, type TrainingStatus } from '../training-protocol.ts';
import type { LiveRun } from './live-run.ts';
import type { OpenRun } from './open-run.ts';
import { PanelClock } from './panel-clock.ts';
import { endedBy, lossesNeeded } from './stop-rules.ts';
import { faultOf, sentence } from './training-fault.ts';

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
  #drive: Drive = fullSpeed;
  /** When the run was played, and how many iterations came since. */
  #played = { at: 0, iterations: 0 };
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

  /** Whether something is being done right now. */
  get working(): boolean {
    return this.#work !== null;
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
      if (!(error instanceof DeviceLostError)) this.#fault = sentence(error);
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
    if (wish === 'play') this.#played = { at: performance.now(), iterations: 0 };
    this.#start();
    this.#tell();
  }

  /** How a run that is played goes, from the next iteration on. */
  drive(drive: Drive): void {
    this.#drive = drive;
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

  /** The run to play from now on, after `stop`. @param fault why there is none, if something went wrong */
  async load(run: OpenRun | null, fault: string | null = null): Promise<void> {
    this.#run = run;
    this.#fault = fault;
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
        await this.#keepPace(started);
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
    await this.#waitUntil(() => started + this.#drive.phaseMilliseconds);
    return isLast;
  }

  /** The next phase. True when it was the iteration's last one. */
  async #phase(run: OpenRun, live: LiveRun): Promise<boolean> {
    this.#emit({ type: 'training-phase', phase: live.nextPhase });
    const isShowing = this.#wish !== 'play' || this.#panels.isDue;
    const row = await live.advance(async ({ pixels, places }, histograms, began) => {
      const sheet = await this.#present(pixels);
      this.#panels.shown(performance.now() - began);
      // Of the iteration that was just completed.
      const step = live.run.step - 1;
      this.#emit({ type: 'training-frame', frame: { step, sheet, places, histograms } }, [sheet]);
    }, isShowing);
    if (!row) return false;
    this.#played.iterations++;
    (await run.kept.rows()).push(row);
    this.#emit({ type: 'training-row', values: row, targets: live.run.pool.targets });
    return true;
  }

  /** Whether a rule ends the run that is played; it rests then. */
  async #hasEnded({ kept }: OpenRun, live: LiveRun): Promise<boolean> {
    if (live.isHalfway || this.#wish !== 'play') return false;
    const { until } = this.#drive;
    const count = Math.min(lossesNeeded(until), this.#played.iterations);
    const losses = (await kept.rows()).last(`losses.${until.loss}`, count);
    const minutes = (performance.now() - this.#played.at) / 60_000;
    this.#ended = endedBy(until, { step: live.run.step, minutes, losses });
    if (this.#ended === null) return false;
    this.#wish = 'rest';
    return true;
  }

  /** Waits for the next iteration's turn, or until something else is wished for. */
  async #keepPace(started: number): Promise<void> {
    await wait();
    await this.#waitUntil(() => (this.#drive.perSecond ? started + 1000 / this.#drive.perSecond : 0));
  }

  /** @param time may change while it is waited for; nothing is waited for but in a run that is played */
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

  #status(): TrainingStatus {
    if (!this.#run) return 'none';
    const { live, kept } = this.#run;
    if (this.#wish !== 'rest') {
      if (this.#aside) return 'waiting';
      return live ? 'running' : 'starting';
    }
    if (this.#work) return live ? 'pausing' : 'starting';
    return live || kept.saved === null ? 'paused' : 'stored';
  }

  state(): TrainingState {
    const status = this.#status();
    const { live, kept } = this.#run ?? {};
    const messages: Partial<Record<TrainingStatus, string>> = {
      waiting: 'An image is being upscaled, which goes first; training goes on by itself afterwards.',
      starting: this.#backend ? this.#message : 'Waiting for the engine to open …',
    };
    return {
      status,
      message: messages[status] ?? this.#message,
      fault: this.#fault,
      ended: this.#ended,
      step: live?.run.step ?? kept?.saved ?? 0,
      nextPhase: live?.isHalfway ? live.nextPhase : null,
      run: kept?.id ?? null,
      config: kept?.config ?? null,
      saved: kept?.saved ?? null,
    };
  }
}
