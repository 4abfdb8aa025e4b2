/**
 * Runs beside the user's own, seen by the page's parts as that one is: each through a feed and a chart view of its own. One is
 * recorded; the other is the tour's, which the engine runs a phase at a time.
 */

import type { Event } from '../protocol/index.ts';
import type { TourState } from '../protocol/tour.ts';
import { type RunBundle, readRunBundle } from '../report/run-bundle.ts';
import { type TrainingPhase, trainingPhases } from '../report/run-metrics.ts';
import { ChartView } from './chart-view.ts';
import type { EngineClient, Listener } from './client.ts';
import type { AppModel } from './store.ts';
import { TrainingFeed } from './training-feed.ts';

/** Iterations a second; slow motion first. */
export const replaySpeeds = [0.2, 2, 5, 10, 25, 50] as const;
export type ReplaySpeed = (typeof replaySpeeds)[number];

interface ReplayState {
  readonly isPlaying: boolean;
  readonly speed: ReplaySpeed;
}

const tickMilliseconds = 100;

/** The page's ticked runs: its chart view names them, its feed has their curves. */
interface Page {
  readonly feed: Pick<TrainingFeed, 'overlays'>;
  readonly chartView: ChartView;
}

/** An engine that sends nothing, for a feed without one. */
function stage(): { engine: EngineClient; emit: (event: Event) => void } {
  const listeners = new Set<Listener>();
  return {
    engine: {
      send() {},
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    emit(event) {
      for (const listener of listeners) listener(event);
    },
  };
}

/**
 * A recorded run. All of it is there at once; playing goes through its iterations, in slow motion through their phases. The kept
 * runs that are ticked are beside it too.
 */
export class Replay {
  readonly recording: RunBundle;
  readonly chartView = new ChartView();
  readonly feed: TrainingFeed;
  readonly #listeners = new Set<() => void>();
  readonly #emit: (event: Event) => void;
  readonly #stopTicks: () => void;
  #state: ReplayState = { isPlaying: false, speed: 10 };
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Parts of an iteration that have gone by. */
  #left = 0;

  private constructor(recording: RunBundle, atlases: readonly ImageBitmap[], page: Page) {
    const { engine, emit } = stage();
    this.recording = recording;
    this.#emit = emit;
    this.feed = new TrainingFeed(engine, page.feed.overlays);
    // Ticked runs and pinned pictures are the page's: they stay when a run takes the recording's place.
    const shared = ({ shown, pinned }: ChartView['now']) => ({ shown, pinned });
    const tick = () => this.chartView.change(shared(page.chartView.now));
    this.#stopTicks = page.chartView.listen(tick);
    tick();
    this.chartView.listen(() => page.chartView.change(shared(this.chartView.now)));
    const { rows, frames } = recording;
    emit({ type: 'training-history', values: rows.values(), annotations: rows.annotations });
    frames.forEach(({ frame }, i) => {
      const histograms = frame.histograms.map(({ name, shares }) => ({ name, shares: Float32Array.from(shares) }));
      emit({ type: 'training-frame', frame: { ...frame, atlas: atlases[i], histograms } });
    });
    this.chartView.change({ iteration: this.feed.curves.span[0] });
  }

  /** @throws one sentence when the file is no recording */
  static async open(file: Blob, page: Page): Promise<Replay> {
    const recording = await readRunBundle(file);
    const atlases = await Promise.all(recording.frames.map(({ image }) => createImageBitmap(image)));
    return new Replay(recording, atlases, page);
  }

  get now(): ReplayState {
    return this.#state;
  }

  /** Returns the function that stops listening. */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(change: Partial<ReplayState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** From the iteration that is shown; at the end, from the first. */
  play(): void {
    const [first, last] = this.feed.curves.span;
    if ((this.chartView.now.iteration ?? last) >= last) this.chartView.change({ iteration: first });
    clearInterval(this.#timer);
    this.#timer = setInterval(this.#tick, tickMilliseconds);
    this.#left = 0;
    this.#change({ isPlaying: true });
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#light(null);
    this.#change({ isPlaying: false });
  }

  set speed(speed: ReplaySpeed) {
    this.#change({ speed });
  }

  #tick = (): void => {
    const [first, last] = this.feed.curves.span;
    this.#left += (this.#state.speed * tickMilliseconds) / 1000;
    const whole = Math.floor(this.#left);
    this.#left -= whole;
    this.#light(this.#phase);
    if (whole === 0) return;
    const next = Math.min(last, (this.chartView.now.iteration ?? first) + whole);
    this.chartView.change({ iteration: next });
    if (next === last) this.pause();
  };

  /** The one that is under way; null where they would go by faster than one could look. */
  get #phase(): TrainingPhase | null {
    const { length } = trainingPhases;
    const milliseconds = 1000 / this.#state.speed / length;
    return milliseconds < tickMilliseconds ? null : (trainingPhases[Math.floor(this.#left * length)] ?? null);
  }

  #light(phase: TrainingPhase | null): void {
    if (phase !== this.feed.phase) this.#emit({ type: 'training-phase', phase });
  }

  /** Stops, and gives the pictures' memory back. */
  dispose(): void {
    clearInterval(this.#timer);
    this.#stopTicks();
    this.feed.dispose();
  }
}

/** The tour's run. */
export class Tour {
  readonly feed: TrainingFeed;
  readonly chartView = new ChartView();
  readonly #engine: AppModel['engine'];
  readonly #stop: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #picture: string;
  #state: TourState = { phases: 0, start: null, fault: null };
  #wanted = 0;

  /** @param picture address of the one that the run is on */
  constructor({ engine, feed }: Pick<AppModel, 'engine' | 'feed'>, picture: string) {
    const { engine: silent, emit } = stage();
    this.#engine = engine;
    this.#picture = picture;
    this.feed = new TrainingFeed(silent, feed.overlays);
    this.#stop = engine.listen((event) => {
      if (event.type === 'tour-shows') emit(event.event);
      if (event.type === 'tour-state') this.#take(event.state);
      // A restarted engine knows nothing of the tour; another one has all that is asked for.
      if (event.type === 'restored') this.#ask();
    });
  }

  get now(): TourState {
    return this.#state;
  }

  /** Returns the function that stops listening. */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Runs until so many phases are done, if fewer are; after a fault, from the start. */
  advance(phases: number): void {
    this.#wanted = Math.max(this.#wanted, phases);
    if (this.#state.phases < this.#wanted) this.#ask();
  }

  #ask(): void {
    if (this.#wanted > 0) this.#engine.send({ type: 'tour-advance', phases: this.#wanted, picture: this.#picture });
  }

  #take(state: TourState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  /** Frees the run here and in the engine. */
  dispose(): void {
    this.#stop();
    this.#engine.send({ type: 'tour-close' });
    this.feed.dispose();
  }
}
