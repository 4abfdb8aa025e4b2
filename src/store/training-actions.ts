/** Everything a user can do to a training run. */
import type { StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../engine/client.ts';
import { editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../engine/training-protocol.ts';
import type { AppState } from './state.ts';

export interface TrainingActions {
  /** Looks for a run of an earlier visit. @param samples addresses of the pictures to train on */
  openTraining(samples: readonly string[]): void;
  playTraining(): void;
  pauseTraining(): void;
  stepTraining(unit: 'iteration' | 'phase'): void;
  resetTraining(): void;
  /** Of the run, or of the one to come. @throws one sentence when a value is out of its range or can't change now */
  editTraining(changes: Partial<TrainingConfig>): void;
  exportTraining(): void;
}

export function createTrainingActions(store: StoreApi<AppState>, engine: EngineClient): TrainingActions {
  const training = () => store.getState().training;
  /** A run there is: the one under way, or a new one. */
  const begin = () => {
    const { run, draft } = training();
    if (!run?.config) engine.send({ type: 'training-new', config: draft });
  };
  return {
    openTraining: (samples) => engine.send({ type: 'training-open', samples }),
    playTraining() {
      begin();
      engine.send({ type: 'training-play' });
    },
    pauseTraining: () => engine.send({ type: 'training-pause' }),
    stepTraining(unit) {
      begin();
      engine.send({ type: 'training-step', unit });
    },
    resetTraining: () => engine.send({ type: 'training-reset' }),
    editTraining(changes) {
      const { run, draft } = training();
      if (!run?.config) {
        store.setState({ training: { run, draft: readTrainingConfig(changes, draft) } });
        return;
      }
      // On screen at once; the engine says the same when it has a moment.
      const config = editTrainingConfig(run.config, changes);
      store.setState({ training: { run: { ...run, config }, draft: config } });
      engine.send({ type: 'training-edit', changes });
    },
    exportTraining: () => engine.send({ type: 'training-export' }),
  };
}
