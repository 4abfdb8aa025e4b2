/** State of the Evaluate page: set and methods, results, the progress of a run, and the sets that are kept beside the current one. */
import type {
  EvaluationCommand,
  EvaluationPictures,
  EvaluationReport,
  EvaluationSetup,
  EvaluationState,
  PictureUse,
} from '../protocol/evaluate.ts';
import type { Event } from '../protocol/index.ts';
import type { EvaluationMethod } from '../report/methods.ts';
import { type NamedSet, readNamedSet } from '../report/side-by-side.ts';
import type { EngineClient, SliceStore } from './client.ts';
import type { Settings } from './settings.ts';

export interface EvaluationSlice {
  /** Null until the engine has looked. */
  readonly state: EvaluationState | null;
  readonly report: EvaluationReport | null;
  /** Of the set, those last looked at, by name. */
  readonly pictures: Readonly<Record<string, EvaluationPictures>>;
  /** Changes of the setup made here. */
  readonly revision: number;
  /** The method that runs; null when none does. */
  readonly progress: {
    readonly method: EvaluationMethod;
    readonly done: number;
    readonly total: number;
    readonly etaSeconds: number | null;
  } | null;
}

export const initialEvaluation: EvaluationSlice = {
  state: null,
  report: null,
  pictures: {},
  revision: 0,
  progress: null,
};

/** Pictures that are held at once; each is a few files. */
const mostPictures = 12;

export function applyToEvaluation(evaluation: EvaluationSlice, event: Event): EvaluationSlice {
  switch (event.type) {
    case 'evaluation-state': {
      const { state, revision } = evaluation;
      // Changes that the engine has not heard of yet stay on screen.
      const isOlder = state !== null && event.state.revision < revision;
      const setup = isOlder ? state.setup : event.state.setup;
      const progress = event.state.running ? evaluation.progress : null;
      return { ...evaluation, state: { ...event.state, setup }, progress };
    }
    case 'evaluation-results':
      return { ...evaluation, report: event.report };
    case 'evaluation-pictures': {
      const { type: _, ...picture } = event;
      const others = Object.values(evaluation.pictures).filter(({ name }) => name !== picture.name);
      const held = [...others, picture].slice(-mostPictures);
      return { ...evaluation, pictures: Object.fromEntries(held.map((entry) => [entry.name, entry])) };
    }
    case 'evaluation-progress': {
      const { method, done, total, etaSeconds } = event;
      return { ...evaluation, progress: { method, done, total, etaSeconds } };
    }
    // A new engine counts changes from the start.
    case 'restored':
      return { ...evaluation, revision: 0 };
    default:
      return evaluation;
  }
}

/** The user's actions on an evaluation. */
export interface EvaluationActions {
  /** Looks at what is kept, with the settings of the Upscale page. */
  openEvaluation(): void;
  changeEvaluation(change: Partial<EvaluationSetup>): void;
  /** Asks for a picture of the set: input, truth, and the outputs that are kept. */
  lookAtEvaluated(name: string): void;
  addEvaluationPictures(role: PictureUse, files: readonly File[]): void;
  clearEvaluationPictures(role: PictureUse): void;
  /** An ONNX file. */
  addEvaluationModel(use: 'method' | 'metric' | 'auto', file: File): void;
  removeEvaluationModel(name: string): void;
  runEvaluation(): void;
  cancelEvaluation(): void;
  /** Forgets what was measured. */
  forgetEvaluation(): void;
}

export function createEvaluationActions(
  store: SliceStore<{ readonly evaluation: EvaluationSlice; readonly settings: Settings }>,
  engine: EngineClient,
): EvaluationActions {
  const send = (command: EvaluationCommand) => engine.send(command);
  return {
    openEvaluation() {
      const { options, backend } = store.getState().settings;
      const { preset, seed, colourLock, tile, memoryBudget } = options;
      send({ type: 'evaluation-open', options: { preset, seed, colourLock, tile, memoryBudget }, backend });
    },
    changeEvaluation(change) {
      // On screen at once; the engine says the same when it has a moment.
      const { evaluation } = store.getState();
      const { state } = evaluation;
      const revision = evaluation.revision + 1;
      const changed = state && { ...state, setup: { ...state.setup, ...change } };
      // Another degradation makes other pictures of the same names.
      store.setState({ evaluation: { ...evaluation, state: changed, revision, pictures: {} } });
      send({ type: 'evaluation-set', change, revision });
    },
    lookAtEvaluated: (name) => send({ type: 'evaluation-look', name }),
    addEvaluationPictures: (role, files) => send({ type: 'evaluation-add', role, files }),
    clearEvaluationPictures: (role) => send({ type: 'evaluation-clear', role }),
    addEvaluationModel: (use, file) => send({ type: 'evaluation-add-model', use, file }),
    removeEvaluationModel: (name) => send({ type: 'evaluation-remove-model', name }),
    runEvaluation: () => send({ type: 'evaluation-run' }),
    cancelEvaluation: () => send({ type: 'evaluation-cancel' }),
    forgetEvaluation: () => send({ type: 'evaluation-forget' }),
  };
}

// The sets whose results are kept, in localStorage: means alone, a few kilobytes.

const key = 'cosr.sets';
/** Enough for any paper's table. */
const mostSets = 24;

const directionsOf = (value: unknown): NamedSet['directions'] =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).filter(
      ([, way]) => way === 'lower' || way === 'higher',
    ),
  );

/** Sets that can't be read are left out. */
export function loadKeptSets(storage: () => Pick<Storage, 'getItem'>): NamedSet[] {
  try {
    const stored: unknown = JSON.parse(storage().getItem(key) ?? '[]');
    return (Array.isArray(stored) ? stored : []).slice(0, mostSets).flatMap((entry) => {
      try {
        return typeof entry.name === 'string' ? [readNamedSet(entry.name, entry, directionsOf(entry.directions))] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

export function saveKeptSets(storage: () => Pick<Storage, 'setItem'>, sets: readonly NamedSet[]): void {
  try {
    storage().setItem(key, JSON.stringify(sets.slice(0, mostSets)));
  } catch {
    // Storage is blocked: they live as long as the tab.
  }
}

/** With a newer set in the place of an older one of its name. */
export const withSet = (sets: readonly NamedSet[], added: NamedSet): NamedSet[] => [
  ...sets.filter(({ name }) => name !== added.name),
  { ...added, methods: added.methods.map((method) => ({ ...method, images: [] })) },
];
