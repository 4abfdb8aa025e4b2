/**
 * The curves of kept runs that are shown beside the open one. They are asked for when a run is ticked, and again when it was
 * saved anew since; those of runs that are no longer shown go.
 */

import type { Event } from '../protocol/index.ts';
import { metricsColumns } from '../report/run-metrics.ts';
import type { ChartView } from './chart-view.ts';
import type { EngineClient } from './client.ts';
import { Curves } from './curves/curves.ts';

export class Overlays {
  readonly #engine: EngineClient;
  readonly #chartView: ChartView;
  readonly #listeners = new Set<() => void>();
  readonly #curves = new Map<string, Curves>();
  /** Iterations of the checkpoint that a run had when its rows were asked for. */
  readonly #asked = new Map<string, number | null>();
  /** Iterations of each kept run's newest checkpoint; null before the engine told of them. */
  #kept: ReadonlyMap<string, number | null> | null = null;
  #open: string | null = null;
  #shown: ChartView['now']['shown'] = [];

  constructor(engine: EngineClient, chartView: ChartView) {
    this.#engine = engine;
    this.#chartView = chartView;
    engine.listen((event) => this.#take(event));
    chartView.listen(() => {
      if (chartView.now.shown === this.#shown) return;
      this.#shown = chartView.now.shown;
      this.#update();
    });
  }

  /** Null until they are here. */
  of(run: string): Curves | null {
    return this.#curves.get(run) ?? null;
  }

  /** Calls when there are other curves; returns the function that stops it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(event: Event): void {
    if (event.type === 'training-rows') this.#fill(event.run, event.values);
    else if (event.type === 'restored') this.#forgetUnanswered();
    else if (event.type === 'training-state' && event.state.run !== this.#open) {
      this.#open = event.state.run;
      this.#update();
    } else if (event.type === 'training-runs') {
      this.#kept = new Map(event.runs.map(({ id, checkpoints }) => [id, checkpoints.at(-1)?.step ?? null]));
      this.#update();
    }
  }

  #fill(run: string, values: Float32Array): void {
    if (!this.#asked.has(run)) return;
    const curves = new Curves();
    for (let at = 0; at < values.length; at += metricsColumns.length) curves.push(values, at);
    this.#curves.set(run, curves);
    for (const listener of this.#listeners) listener();
  }

  /** An engine that was started again never heard of them: they are asked for anew when it tells of its runs. */
  #forgetUnanswered(): void {
    for (const run of this.#asked.keys()) if (!this.#curves.has(run)) this.#asked.delete(run);
  }

  #update(): void {
    const kept = this.#kept;
    if (!kept) return;
    const gone = this.#chartView.now.shown.filter(({ run }) => !kept.has(run) && run !== this.#open);
    if (gone.length > 0) {
      // Comes back here.
      this.#chartView.change({ shown: this.#chartView.now.shown.filter((each) => !gone.includes(each)) });
      return;
    }
    // The open run's are the feed's own.
    const wanted = this.#chartView.now.shown.map(({ run }) => run).filter((run) => run !== this.#open);
    for (const run of this.#asked.keys()) {
      if (wanted.includes(run)) continue;
      this.#asked.delete(run);
      this.#curves.delete(run);
    }
    for (const run of wanted) {
      const saved = kept.get(run) ?? null;
      if (this.#asked.has(run) && this.#asked.get(run) === saved) continue;
      this.#asked.set(run, saved);
      this.#engine.send({ type: 'training-rows', run });
    }
  }
}
