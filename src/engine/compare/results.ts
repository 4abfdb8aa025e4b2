/** What methods made of the inputs, kept beside them; in memory is what belongs to the input on screen. */
import type { Rgba8 } from '../../imaging/image.ts';
import { type CompareResult, type CompareSettings, isCurrent } from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import type { CompareStore } from './compare-store.ts';
import type { Inputs } from './inputs.ts';

export class Results {
  readonly #store: CompareStore;
  readonly #inputs: Inputs;
  #shown: string | null = null;
  #list: readonly CompareResult[] = [];

  constructor(store: CompareStore, inputs: Inputs) {
    this.#store = store;
    this.#inputs = inputs;
  }

  /** Of the input on screen. */
  get list(): readonly CompareResult[] {
    return this.#list;
  }

  /** Of any input, from the store. */
  of = (id: string) => this.#store.results(id);

  /** @param id the input that is on screen now; null: none */
  show(id: string | null, list: readonly CompareResult[] = []): void {
    this.#shown = id;
    this.#list = list;
  }

  /** Whether running a method now would give what is there. */
  has = (method: CompareMethod, settings: CompareSettings): boolean =>
    this.#list.some((result) => result.method === method && isCurrent(result, settings));

  /** What a method took the last time on this picture; null: it has not run on it. */
  secondsOf = (method: CompareMethod): number | null => {
    const result = this.#list.find((other) => other.method === method);
    return result && result.fault === null ? result.ms / 1000 : null;
  };

  /** @returns whether the input is on screen */
  async keep(id: string, result: CompareResult, output: Rgba8 | null): Promise<boolean> {
    if (output) await this.#inputs.keep(id, result.method, output);
    const before = this.#shown === id ? this.#list : await this.of(id);
    const list = [...before.filter(({ method }) => method !== result.method), result];
    await this.#store.keepResults(id, list);
    if (this.#shown !== id) return false;
    this.#list = list;
    return true;
  }

  /** Of the input on screen: the store is another's to clear. */
  drop(method: CompareMethod): void {
    this.#list = this.#list.filter((result) => result.method !== method);
  }
}
