/** What the page knows of an evaluation: its set and methods, what was measured, and how far a run is. */
import type { EvaluationReport, EvaluationState } from '../protocol/evaluate.ts';
import type { Event } from '../protocol/index.ts';
import type { EvaluationMethod } from '../report/methods.ts';

export interface EvaluationSlice {
  /** Null until the engine has looked. */
  readonly state: EvaluationState | null;
  readonly report: EvaluationReport | null;
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

export const initialEvaluation: EvaluationSlice = { state: null, report: null, revision: 0, progress: null };

export function applyToEvaluation(evaluation: EvaluationSlice, event: Event): EvaluationSlice {
  switch (event.type) {
    case 'evaluation-state': {
      const { state, revision } = evaluation;
      // What was changed since stays on screen as it is.
      const isOlder = state !== null && event.state.revision < revision;
      const setup = isOlder ? state.setup : event.state.setup;
      const progress = event.state.running ? evaluation.progress : null;
      return { ...evaluation, state: { ...event.state, setup }, progress };
    }
    case 'evaluation-results':
      return { ...evaluation, report: event.report };
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
