/** The pictures of the comparison on screen, outside the store: bitmaps are owned here and given back when others come. */

import type { Rect } from '../imaging/image.ts';
import type { ChainStep, CompareEvent, CompareLayer, ShownJudgement, Sweep } from '../protocol/compare.ts';
import type { Event } from '../protocol/index.ts';
import type { EngineClient } from './client.ts';
import type { ErrorScale } from './view.ts';

type Difference = Extract<CompareEvent, { readonly type: 'compare-differs' }>;

interface Chain {
  readonly rect: Rect;
  readonly steps: readonly ChainStep[];
}

export class ComparePictures {
  readonly #layers = new Map<CompareLayer, ImageBitmap>();
  readonly #listeners = new Set<() => void>();
  #difference: Difference | null = null;
  #chain: Chain | null = null;
  #sweep: Sweep | null = null;
  #judgements: readonly ShownJudgement[] | null = null;
  /** Changes with every picture. */
  version = 0;

  constructor(engine: EngineClient) {
    engine.listen((event) => this.#take(event));
  }

  get layers(): ReadonlyMap<CompareLayer, ImageBitmap> {
    return this.#layers;
  }

  get chain(): Chain | null {
    return this.#chain;
  }

  get sweep(): Sweep | null {
    return this.#sweep;
  }

  /** The discriminators' views, where they were asked. */
  get judgements(): readonly ShownJudgement[] | null {
    return this.#judgements;
  }

  /** The difference of these two, if it was asked for last. */
  difference(of: CompareLayer, from: CompareLayer, full: ErrorScale): Difference | null {
    const known = this.#difference;
    return known && known.of === of && known.from === from && known.full === full ? known : null;
  }

  listen = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  #take(event: Event): void {
    switch (event.type) {
      case 'compare-cleared':
        for (const bitmap of this.#layers.values()) bitmap.close();
        this.#layers.clear();
        this.#forgetDifference();
        this.#forgetChain();
        this.#forgetSweep();
        this.#forgetJudgements();
        break;
      case 'compare-picture':
        this.#layers.get(event.layer)?.close();
        this.#layers.set(event.layer, event.bitmap);
        // It was of the picture before.
        this.#forgetDifference();
        break;
      case 'compare-differs':
        this.#forgetDifference();
        this.#difference = event;
        break;
      case 'compare-chained':
        this.#forgetChain();
        this.#chain = event;
        break;
      case 'compare-swept':
        this.#forgetSweep();
        this.#sweep = event.sweep;
        break;
      case 'compare-judged':
        this.#forgetJudgements();
        this.#judgements = event.judgements;
        break;
      default:
        return;
    }
    this.version++;
    for (const changed of this.#listeners) changed();
  }

  #forgetDifference(): void {
    this.#difference?.bitmap.close();
    this.#difference = null;
  }

  #forgetChain(): void {
    for (const { bitmap } of this.#chain?.steps ?? []) bitmap.close();
    this.#chain = null;
  }

  #forgetJudgements(): void {
    for (const { bitmap } of this.#judgements ?? []) bitmap.close();
    this.#judgements = null;
  }

  #forgetSweep(): void {
    this.#sweep?.map.close();
    this.#sweep = null;
  }
}
