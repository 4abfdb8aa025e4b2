/** Everything a user can do to an evaluation. */
import type { StoreApi } from 'zustand/vanilla';
import type { EvaluationCommand, EvaluationSetup, PictureRole } from '../protocol/evaluate.ts';
import type { EngineClient } from './client.ts';
import type { AppState } from './state.ts';

export interface EvaluationActions {
  /** Looks at what is kept, with the settings of the Upscale page. */
  openEvaluation(): void;
  changeEvaluation(change: Partial<EvaluationSetup>): void;
  addEvaluationPictures(role: PictureRole, files: readonly File[]): void;
  clearEvaluationPictures(role: PictureRole): void;
  /** An ONNX file. */
  addEvaluationModel(use: 'method' | 'metric' | 'auto', file: File): void;
  removeEvaluationModel(name: string): void;
  runEvaluation(): void;
  cancelEvaluation(): void;
  /** Forgets what was measured. */
  forgetEvaluation(): void;
}

export function createEvaluationActions(store: StoreApi<AppState>, engine: EngineClient): EvaluationActions {
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
      store.setState({ evaluation: { ...evaluation, state: changed, revision } });
      send({ type: 'evaluation-set', change, revision });
    },
    addEvaluationPictures: (role, files) => send({ type: 'evaluation-add', role, files }),
    clearEvaluationPictures: (role) => send({ type: 'evaluation-clear', role }),
    addEvaluationModel: (use, file) => send({ type: 'evaluation-add-model', use, file }),
    removeEvaluationModel: (name) => send({ type: 'evaluation-remove-model', name }),
    runEvaluation: () => send({ type: 'evaluation-run' }),
    cancelEvaluation: () => send({ type: 'evaluation-cancel' }),
    forgetEvaluation: () => send({ type: 'evaluation-forget' }),
  };
}
