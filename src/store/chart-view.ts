/**
 * The view of training's charts and pictures: iteration (counted from 1), range, smoothing, runs. Outside of the
 * store, like the feed.
 */

export interface ChartViewState {
  /** The iteration that is looked back at; null: the newest. */
  readonly iteration: number | null;
  /** The iteration under the pointer, which goes first. */
  readonly hover: number | null;
  /** Iterations that the charts show; null: the last `tail`. */
  readonly range: readonly [number, number] | null;
  /** null: all. */
  readonly tail: number | null;
  /** Decay of the moving average, 0 to below 1. */
  readonly smoothing: number;
  /** Cards of the diagram that stay in view, by their places. */
  readonly pinned: readonly string[];
  /** Kept runs that are ticked for the charts. */
  readonly shown: readonly TickedRun[];
}

export class ChartView {
  readonly #listeners = new Set<() => void>();
  #now: ChartViewState = {
    iteration: null,
    hover: null,
    range: null,
    tail: null,
    smoothing: 0.6,
    pinned: [],
    shown: [],
  };

  get now(): ChartViewState {
    return this.#now;
  }

  /** The iteration that is shown; null: the newest. */
  get iteration(): number | null {
    return this.#now.hover ?? this.#now.iteration;
  }

  change(change: Partial<ChartViewState>): void {
    const next = { ...this.#now, ...change };
    if ((Object.keys(change) as (keyof ChartViewState)[]).every((key) => next[key] === this.#now[key])) return;
    this.#now = next;
    for (const listener of this.#listeners) listener();
  }

  /** Returns the function that stops listening. */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

// The runs on the charts and their colours: the open one always, and those that are ticked.

/** As many as there are colours that eyes of every kind tell apart. */
export const mostShown = 8;

interface TickedRun {
  readonly run: string;
  /** Its colour: 0 to mostShown − 1; it stays while the run is shown. */
  readonly colour: number;
}

/** The first colour that none of these has. */
export function freeColour(shown: readonly TickedRun[]): number {
  const taken = new Set(shown.map(({ colour }) => colour));
  return Array.from({ length: mostShown }, (_, colour) => colour).find((colour) => !taken.has(colour)) ?? 0;
}

/** All that are on the charts, the open one first. @param open null: none */
export function shownRuns(ticked: readonly TickedRun[], open: string | null): readonly TickedRun[] {
  if (open === null) return ticked;
  const others = ticked.filter(({ run }) => run !== open).slice(0, mostShown - 1);
  const own = ticked.find(({ run }) => run === open) ?? { run: open, colour: freeColour(others) };
  return [own, ...others];
}
