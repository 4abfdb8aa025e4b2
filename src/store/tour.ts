/** The tour's run as its page sees it: a feed of its own, beside that of the user's run. */
import type { TourState } from '../protocol/tour.ts';
import { ChartView } from './chart-view.ts';
import { stage } from './replay.ts';
import type { AppModel } from './store.ts';
import { TrainingFeed } from './training-feed.ts';

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
