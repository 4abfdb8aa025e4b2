/** State of the Compare page: the engine's state, the work under way, and the view. compare-pictures.ts holds the pictures. */

import {
  blendEnds,
  type CompareLayer,
  type CompareScores,
  type CompareState,
  type CompareWork,
  type Degradation,
  type PreparedInput,
  queuedWork,
} from '../protocol/compare.ts';
import type { Event } from '../protocol/index.ts';
import type { CompareMethod, Method, UserOnnxName } from '../report/methods.ts';
import type { EngineClient, SliceStore } from './client.ts';
import { type CompareView, type ErrorScale, initialCompareView, isHabit, saveCompareView } from './view.ts';

export interface CompareSlice {
  /** Null until the engine has told of it. */
  readonly state: CompareState | null;
  readonly work: CompareWork | null;
  readonly view: CompareView;
  /** The input that was last ready to be looked at. */
  readonly looked: PreparedInput | null;
  /** Of single pictures that are added next, as a link asks for it; null: they are low-resolution already. */
  readonly linked: Degradation | null;
  /** The blend of `blendEnds` where one was asked for, and its numbers, of the dial's last place that is measured. */
  readonly blend: { readonly detail: number; readonly scores: CompareScores | null } | null;
  /** Choices of methods and degradations made here. */
  readonly revision: number;
}

export const initialCompare: CompareSlice = {
  state: null,
  work: null,
  view: initialCompareView,
  looked: null,
  linked: null,
  blend: null,
  revision: 0,
};

/** Keeps choices on screen that the engine has not heard of yet. */
function withNewerChoices(told: CompareState, { state, revision }: CompareSlice): CompareState {
  if (!state || told.revision >= revision) return told;
  const chosen = new Map(state.inputs.map(({ id, degradation }) => [id, degradation]));
  const inputs = told.inputs.map((input) => ({ ...input, degradation: chosen.get(input.id) ?? input.degradation }));
  return { ...told, methods: state.methods, inputs };
}

export function applyToCompare(compare: CompareSlice, event: Event): CompareSlice {
  switch (event.type) {
    case 'compare-state': {
      const state = withNewerChoices(event.state, compare);
      // Another input is shown whole, with the loupe in its middle.
      const { prepared } = state;
      if (!prepared) return { ...compare, state };
      const { looked } = compare;
      const same = looked?.id === prepared.id && looked.width === prepared.width && looked.height === prepared.height;
      const aim = { x: prepared.width / 2, y: prepared.height / 2 };
      const view = same ? compare.view : { ...compare.view, fit: true, aim };
      return { ...compare, state, view, looked: prepared };
    }
    case 'compare-cleared':
      return { ...compare, blend: null };
    case 'compare-blended':
      return { ...compare, blend: compare.blend && event.scores && { ...compare.blend, scores: event.scores } };
    case 'compare-work':
      return { ...compare, work: event.work };
    // A new engine counts choices from the start.
    case 'restored':
      return { ...compare, revision: 0 };
    default:
      return compare;
  }
}

/** The user's actions on a comparison. */
export interface CompareActions {
  /** Reads what an earlier visit left. */
  openCompare(): void;
  /** @param degradation of single pictures; left out: that of a link, else they are low-resolution already */
  addToCompare(files: readonly File[], degradation?: Degradation): void;
  /** Of the pictures that are added next. */
  linkDegradation(linked: Degradation): void;
  selectInput(id: string): void;
  removeInput(id: string): void;
  degradeInput(id: string, degradation: Degradation): void;
  chooseMethods(methods: readonly CompareMethod[]): void;
  /** An ONNX file. */
  addModel(file: File): void;
  forgetModel(name: UserOnnxName): void;
  /** @param all also what has run already with the settings as they are */
  runComparison(all?: boolean): void;
  /** The teacher's chain around a place, LR pixels. */
  showChain(at: { readonly x: number; readonly y: number }): void;
  sweepSeeds(method: Method, count: number): void;
  /** The discriminators' scores of these pictures. */
  askCritic(layers: readonly CompareLayer[]): void;
  /** The dial's place between `blendEnds`, 0 … 100. */
  blend(detail: number): void;
  cancelComparison(): void;
  askDifference(of: CompareLayer, from: CompareLayer, full: ErrorScale): void;
  setCompareView(change: Partial<CompareView>): void;
}

/** @param settle sends changed settings on before something runs with them */
export function createCompareActions(
  store: SliceStore<{ readonly compare: CompareSlice }>,
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
  let isBlending = false;
  /** One at a time: a dial that moves on meanwhile is followed from where it stands then. */
  const askBlend = () => {
    const { blend } = store.getState().compare;
    if (!blend || isBlending) return;
    isBlending = true;
    engine.send({ type: 'compare-blend', detail: blend.detail });
  };
  const actions: CompareActions = {
    openCompare() {
      if (!isOpen) engine.send({ type: 'compare-open' });
      isOpen = true;
    },
    addToCompare(files, degradation) {
      const { linked } = store.getState().compare;
      engine.send({ type: 'compare-add', files, degradation: degradation ?? linked });
    },
    linkDegradation: (linked) => store.setState(({ compare }) => ({ compare: { ...compare, linked } })),
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
    askCritic(layers) {
      expect('critic');
      engine.send({ type: 'compare-critic', layers });
    },
    blend(detail) {
      store.setState(({ compare }) => ({
        compare: { ...compare, blend: { detail, scores: compare.blend?.scores ?? null } },
      }));
      askBlend();
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
    if (event.type === 'compare-blended') {
      isBlending = false;
      if (event.detail !== store.getState().compare.blend?.detail) askBlend();
    }
    // Another run has made an end anew.
    if (event.type === 'compare-picture' && blendEnds.some((end) => end === event.layer)) askBlend();
    if (event.type === 'restored') isBlending = false;
    // A restarted engine knows nothing of what is on screen.
    if (event.type === 'restored' && restores++ > 0 && isOpen) engine.send({ type: 'compare-open' });
  });
  return actions;
}
