/**
 * The worker's side of the conversation: one table has a handler for every command, each made by the page's own session. A
 * command that fails is answered by a notice.
 */

import { errorMessage } from '../formats/errors.ts';
import type { Command } from '../protocol/index.ts';
import type { CompareSession } from './compare/compare-session.ts';
import type { EvaluationSession } from './evaluation/evaluation-session.ts';
import type { ModelsSession } from './models/models-session.ts';
import { dispatch, type Emit, type Handlers } from './runtime/handlers.ts';
import type { TourSession } from './training/tour-session.ts';
import type { TrainingSession } from './training/training-session.ts';
import type { UpscaleSession } from './upscale/upscale-session.ts';

/** The sessions of the pages. */
export interface Sessions {
  readonly upscale: UpscaleSession;
  readonly training: TrainingSession;
  readonly tour: TourSession;
  readonly compare: CompareSession;
  readonly evaluation: EvaluationSession;
  readonly models: ModelsSession;
}

export class Session {
  readonly #handlers: Handlers<Command>;
  readonly #emit: Emit;

  constructor({ upscale, training, tour, compare, evaluation, models }: Sessions, emit: Emit) {
    this.#emit = emit;
    this.#handlers = {
      ...upscale.handlers,
      ...training.handlers,
      ...tour.handlers,
      ...compare.handlers,
      ...evaluation.handlers,
      ...models.handlers,
    };
  }

  /** Never rejects. */
  async handle(command: Command): Promise<void> {
    try {
      await dispatch(this.#handlers, command);
    } catch (error) {
      this.#emit({ type: 'notice', level: 'warning', message: errorMessage(error) });
    }
  }
}
