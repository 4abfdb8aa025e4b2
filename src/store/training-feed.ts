/**
 * What changes with every iteration, outside of the store: rows of numbers by column, the latest picture of each panel, and
 * the phase that runs. Whoever draws listens; nothing here renders a component.
 */
import type { EngineClient } from '../engine/client.ts';
import type { Event } from '../engine/protocol.ts';
import { type Annotation, type Column, columns, type Frame, type TrainingPhase } from '../engine/training-protocol.ts';

export type FeedChange = 'rows' | 'panels' | 'phase';

/** More rows than this are not drawn: the oldest go, half of them at once. */
const most = 20_000;
/** Iterations that the pace is the mean of. */
const paceSpan = 8;

export class TrainingFeed {
  readonly #columns: ReadonlyMap<Column, (number | null)[]> = new Map(columns.map((column) => [column, []]));
  readonly #listeners = new Set<(change: FeedChange) => void>();
  #annotations: Annotation[] = [];
  #frame: Frame | null = null;
  #phase: TrainingPhase | null = null;
  #targets = 0;

  constructor(engine: EngineClient) {
    engine.listen((event) => this.#take(event));
  }

  /** One number of each iteration; null where it was not measured. The same array all the time, which grows. */
  column = (name: Column): (number | null)[] => this.#columns.get(name) as (number | null)[];

  last = (name: Column): number | null => this.column(name).at(-1) ?? null;

  get length(): number {
    return this.column('step').length;
  }

  /** Iterations that the rows go up to. */
  get step(): number {
    return (this.last('step') ?? -1) + 1;
  }

  /** Iterations a second, of the last ones; null without any. */
  get pace(): number | null {
    const last = this.column('timing.whole').slice(-paceSpan);
    const milliseconds = last.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    return milliseconds > 0 ? (1000 * last.length) / milliseconds : null;
  }

  /** Crops that the teacher has sampled; 0 before the first iteration of this visit. */
  get targets(): number {
    return this.#targets;
  }

  get phase(): TrainingPhase | null {
    return this.#phase;
  }

  /** The pictures of the last iteration that was shown. */
  get frame(): Frame | null {
    return this.#frame;
  }

  get annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  /** Returns the function that stops listening. */
  listen(listener: (change: FeedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'training-row':
        this.#targets = event.targets;
        this.#append(event.values, 0);
        this.#tell('rows');
        break;
      case 'training-history': {
        for (const column of this.#columns.values()) column.length = 0;
        this.#annotations = [...event.annotations];
        for (let at = 0; at < event.values.length; at += columns.length) this.#append(event.values, at);
        this.#tell('rows');
        break;
      }
      case 'training-annotation':
        this.#annotations.push(event.annotation);
        this.#tell('rows');
        break;
      case 'training-frame':
        this.#frame?.sheet.close();
        this.#frame = event.frame;
        this.#tell('panels');
        break;
      case 'training-phase':
        this.#phase = event.phase;
        this.#tell('phase');
        break;
    }
  }

  #append(values: Float64Array, at: number): void {
    const isFull = this.length >= most;
    columns.forEach((name, index) => {
      const column = this.column(name);
      if (isFull) column.splice(0, most / 2);
      const value = values[at + index] as number;
      column.push(Number.isNaN(value) ? null : value);
    });
  }

  #tell(change: FeedChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
