/** The page's whole state, and how an engine event changes it. */
import type { Event } from '../protocol/index.ts';
import { applyToCompare, type CompareSlice, initialCompare } from './compare.ts';
import { applyToDiagnosis, type DiagnosisSlice, initialDiagnosis } from './diagnosis.ts';
import { applyToEngine, type EngineState, initialEngine } from './engine.ts';
import { applyToEvaluation, type EvaluationSlice, initialEvaluation } from './evaluation.ts';
import { applyToModels, initialModels, type ModelsSlice } from './models.ts';
import { applyToNotices, initialNotices, type NoticeState } from './notices.ts';
import { applyToQueue, initialQueue, type QueueState } from './queue.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { applyToTraining, initialTraining, type TrainingSlice } from './training.ts';
import { initialView, type ViewState } from './view.ts';

export interface AppState extends DiagnosisSlice {
  readonly engine: EngineState;
  readonly queue: QueueState;
  readonly settings: Settings;
  readonly view: ViewState;
  readonly notices: NoticeState;
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
  ...initialDiagnosis,
  training: initialTraining,
  models: initialModels,
  compare: initialCompare,
  evaluation: initialEvaluation,
};

/** Pure. Pictures, exports and log lines leave the state as it is: others listen for them. */
export function applyEvent(state: AppState, event: Event): AppState {
  const next: AppState = {
    ...state,
    engine: applyToEngine(state.engine, event),
    queue: applyToQueue(state.queue, event),
    notices: applyToNotices(state.notices, event, (id) => state.queue.items[id]?.image.name ?? 'An image'),
    ...applyToDiagnosis(state, event),
    training: applyToTraining(state.training, event),
    models: applyToModels(state.models, event),
    compare: applyToCompare(state.compare, event),
    evaluation: applyToEvaluation(state.evaluation, event),
  };
  // A newly selected image is shown whole.
  if (next.queue.selected !== state.queue.selected) return { ...next, view: { ...state.view, fit: true } };
  return next;
}
