/** The page's whole state, and how an engine event changes it. */
import type { Diagnosis, TileProfile } from '../protocol/diagnosis.ts';
import type { Event } from '../protocol/index.ts';
import { applyToCompare, type CompareSlice, initialCompare } from './compare.ts';
import { applyToEngine, type EngineState, initialEngine } from './engine.ts';
import { applyToEvaluation, type EvaluationSlice, initialEvaluation } from './evaluation.ts';
import { applyToModels, initialModels, type ModelsSlice } from './models.ts';
import { applyToNotices, initialNotices, type NoticeState } from './notices.ts';
import { applyToQueue, initialQueue, type QueueState } from './queue.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { applyToTraining, initialTraining, type TrainingSlice } from './training.ts';
import { initialView, type ViewState } from './view.ts';

interface DiagnosisState {
  readonly running: boolean;
  readonly report: Diagnosis | null;
}

interface ProfileState {
  readonly running: boolean;
  readonly profile: TileProfile | null;
  /** Why there is none. */
  readonly message: string | null;
}

export interface AppState {
  readonly engine: EngineState;
  readonly queue: QueueState;
  readonly settings: Settings;
  readonly view: ViewState;
  readonly notices: NoticeState;
  readonly diagnosis: DiagnosisState;
  readonly profile: ProfileState;
  readonly training: TrainingSlice;
  readonly models: ModelsSlice;
  readonly compare: CompareSlice;
  readonly evaluation: EvaluationSlice;
}

export const initialState: AppState = {
  engine: initialEngine,
  queue: initialQueue,
  settings: defaultSettings,
  view: initialView,
  notices: initialNotices,
  diagnosis: { running: false, report: null },
  profile: { running: false, profile: null, message: null },
  training: initialTraining,
  models: initialModels,
  compare: initialCompare,
  evaluation: initialEvaluation,
};

const applyToDiagnosis = (diagnosis: DiagnosisState, event: Event): DiagnosisState =>
  event.type === 'diagnosis' ? { running: false, report: event.diagnosis } : diagnosis;

const applyToProfile = (state: ProfileState, event: Event): ProfileState =>
  event.type === 'profile' ? { running: false, profile: event.profile, message: event.message } : state;

/** Pure. Pictures, exports and log lines leave the state as it is: others listen for them. */
export function applyEvent(state: AppState, event: Event): AppState {
  const next: AppState = {
    ...state,
    engine: applyToEngine(state.engine, event),
    queue: applyToQueue(state.queue, event),
    notices: applyToNotices(state.notices, event, (id) => state.queue.items[id]?.image.name ?? 'An image'),
    diagnosis: applyToDiagnosis(state.diagnosis, event),
    profile: applyToProfile(state.profile, event),
    training: applyToTraining(state.training, event),
    models: applyToModels(state.models, event),
    compare: applyToCompare(state.compare, event),
    evaluation: applyToEvaluation(state.evaluation, event),
  };
  // A newly selected image is shown whole.
  if (next.queue.selected !== state.queue.selected) return { ...next, view: { ...state.view, fit: true } };
  return next;
}
