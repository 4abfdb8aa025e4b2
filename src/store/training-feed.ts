/**
 * What changes with every iteration, outside of the store: the curves, the pictures of this visit, and the phase that runs.
 * Whoever draws listens; nothing here renders a component.
 */

import type { Event } from '../protocol/index.ts';
import type { Frame } from '../protocol/train.ts';
import { type Annotation, metricsColumns, type TrainingPhase } from '../report/run-metrics.ts';
import type { EngineClient } from './client.ts';
import { type CurveName, Curves } from './curves/curves.ts';
import { ImageHistory } from './image-history.ts';
import type { Overlays } from './overlays.ts';

export type FeedChange = 'rows' | 'panels' | 'phase';

/** Iterations that the pace is the mean of. */
const paceSpan = 8;

export class TrainingFeed {
  readonly #listeners = new Set<(change: FeedChange) => void>();
  readonly images = new ImageHistory();
  /** Of the kept runs that are shown beside this one. */
  readonly overlays: Overlays;
  readonly #stopOverlays: () => void;
  #curves = new Curves();
  #annotations: Annotation[] = [];
  #phase: TrainingPhase | null = null;
  #targets = 0;

  constructor(engine: EngineClient, overlays: Overlays) {
    this.overlays = overlays;
    this.#stopOverlays = overlays.listen(() => this.#tell('rows'));
    engine.listen((event) => this.#take(event));
  }

  /** Another object after a rewind or a reset. */
  get curves(): Curves {
    return this.#curves;
  }

  /** Of the newest iteration; null where it was not measured. */
  last(name: CurveName): number | null {
    const value = this.#curves.get(name).at(this.#curves.end - 1);
    return Number.isNaN(value) ? null : value;
  }

  /** Iterations that the rows go up to. */
  get step(): number {
    return this.#curves.span[1];
  }

  /** Iterations a second, of the last ones; null without any. */
  get pace(): number | null {
    const { end, first } = this.#curves;
    const times = this.#curves.get('timing.whole');
    let milliseconds = 0;
    const from = Math.max(first, end - paceSpan);
    for (let index = from; index < end; index++) milliseconds += times.at(index) || 0;
    return milliseconds > 0 ? (1000 * (end - from)) / milliseconds : null;
  }

  /** Crops that the teacher has sampled; 0 before the first iteration of this visit. */
  get targets(): number {
    return this.#targets;
  }

  get phase(): TrainingPhase | null {
    return this.#phase;
  }

  /** What the run looked like. @param iteration null: as it is now */
  frame(iteration: number | null): Frame | null {
    return iteration === null ? this.images.last : this.images.at(iteration - 1);
  }

  get annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  /** Returns the function that stops listening. */
  listen(listener: (change: FeedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the pictures' memory back. */
  dispose(): void {
    this.#stopOverlays();
    this.images.cut(0);
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'training-row':
        this.#targets = event.targets;
        this.#curves.push(event.values, 0);
        this.#tell('rows');
        break;
      case 'training-history': {
        this.#curves = new Curves();
        for (let at = 0; at < event.values.length; at += metricsColumns.length) this.#curves.push(event.values, at);
        this.#annotations = [...event.annotations];
        this.images.cut(this.step);
        this.#tell('rows');
        this.#tell('panels');
        break;
      }
      case 'training-annotation':
        this.#annotations.push(event.annotation);
        this.#tell('rows');
        break;
      case 'training-frame':
        if (event.frame) this.images.push(event.frame);
        else this.images.cut(0);
        this.#tell('panels');
        break;
      case 'training-phase':
        this.#phase = event.phase;
        this.#tell('phase');
        break;
    }
  }

  #tell(change: FeedChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
