/** Everything a user can do to a comparison. */
import type { StoreApi } from 'zustand/vanilla';
import {
  type CompareLayer,
  type CompareState,
  type CompareWork,
  type Degradation,
  queuedWork,
} from '../protocol/compare.ts';
import type { BroughtName, CompareMethod, Method } from '../report/methods.ts';
import type { EngineClient } from './client.ts';
import { type CompareView, isHabit, saveCompareView } from './compare-view.ts';
import type { AppState } from './state.ts';

export interface CompareActions {
  /** Reads what an earlier visit left. */
  openCompare(): void;
  /** @param degradation of single pictures; left out: they are low-resolution already */
  addToCompare(files: readonly File[], degradation?: Degradation): void;
  selectInput(id: string): void;
  removeInput(id: string): void;
  degradeInput(id: string, degradation: Degradation): void;
  chooseMethods(methods: readonly CompareMethod[]): void;
  /** An ONNX file. */
  addModel(file: File): void;
  forgetModel(name: BroughtName): void;
  /** @param all also what has run already with the settings as they are */
  runComparison(all?: boolean): void;
  /** The teacher's chain around a place, LR pixels. */
  showChain(at: { readonly x: number; readonly y: number }): void;
  sweepSeeds(method: Method, count: number): void;
  cancelComparison(): void;
  askDifference(of: CompareLayer, from: CompareLayer, full: number): void;
  setCompareView(change: Partial<CompareView>): void;
}

/** @param settle sends changed settings on before something runs with them */
export function createCompareActions(
  store: StoreApi<AppState>,
  engine: EngineClient,
  storage: () => Storage,
  settle: () => void,
): CompareActions {
  let isOpen = false;
  /** On screen at once; the engine says the same when it has a moment. @returns the change's number */
  const foresee = (change: (state: CompareState) => Partial<CompareState>) => {
    store.setState(({ compare }) => ({
      compare: {
        ...compare,
        state: compare.state && { ...compare.state, ...change(compare.state) },
        revision: compare.revision + 1,
      },
    }));
    return store.getState().compare.revision;
  };
  /** A task that was asked for shows before the engine, which may be in the middle of a tile, says so. */
  const expect = (task: CompareWork['task']) =>
    store.setState(({ compare }) => ({ compare: { ...compare, work: compare.work ?? { ...queuedWork, task } } }));
  const actions: CompareActions = {
    openCompare() {
      if (!isOpen) engine.send({ type: 'compare-open' });
      isOpen = true;
    },
    addToCompare: (files, degradation) => engine.send({ type: 'compare-add', files, degradation: degradation ?? null }),
    selectInput: (id) => engine.send({ type: 'compare-select', id }),
    removeInput: (id) => engine.send({ type: 'compare-remove', id }),
    degradeInput(id, degradation) {
      const revision = foresee(({ inputs }) => ({
        inputs: inputs.map((input) => (input.id === id ? { ...input, degradation } : input)),
      }));
      engine.send({ type: 'compare-degrade', id, degradation, revision });
    },
    chooseMethods(methods) {
      const revision = foresee(() => ({ methods }));
      engine.send({ type: 'compare-choose', methods, revision });
    },
    addModel: (file) => engine.send({ type: 'compare-model', file }),
    forgetModel: (name) => engine.send({ type: 'compare-forget-model', name }),
    runComparison(all = false) {
      settle();
      expect('methods');
      engine.send({ type: 'compare-run', all });
    },
    showChain(at) {
      expect('chain');
      engine.send({ type: 'compare-chain', at });
    },
    sweepSeeds(method, count) {
      settle();
      expect('sweep');
      engine.send({ type: 'compare-sweep', method, count });
    },
    cancelComparison: () => engine.send({ type: 'compare-cancel' }),
    askDifference: (of, from, full) => engine.send({ type: 'compare-difference', of, from, full }),
    setCompareView(change) {
      store.setState(({ compare }) => ({ compare: { ...compare, view: { ...compare.view, ...change } } }));
      if (isHabit(change)) saveCompareView(storage, store.getState().compare.view);
    },
  };
  let restores = 0;
  engine.listen((event) => {
    // A restarted engine knows nothing of what is on screen.
    if (event.type === 'restored' && restores++ > 0 && isOpen) engine.send({ type: 'compare-open' });
  });
  return actions;
}
