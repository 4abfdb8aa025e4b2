/** What the page is told of where training stands. */
import type { TrainingState, TrainingStatus } from '../../protocol/train.ts';
import type { OpenRun } from './active-run.ts';

export interface Standing {
  readonly run: OpenRun | null;
  /** It should go, by itself or by steps. */
  readonly isWanted: boolean;
  /** It does something right now. */
  readonly isWorking: boolean;
  /** It lets upscaling go first. */
  readonly isSuspended: boolean;
  readonly hasBackend: boolean;
  /** What it does, for whoever waits. */
  readonly message: string;
  readonly fault: string | null;
  readonly ended: string | null;
}

function statusOf({ run, isWanted, isWorking, isSuspended }: Standing): TrainingStatus {
  if (!run) return 'none';
  if (isWanted) {
    if (isSuspended) return 'waiting';
    return run.live ? 'running' : 'starting';
  }
  if (isWorking) return run.live ? 'pausing' : 'starting';
  return run.live || run.kept.saved === null ? 'paused' : 'stored';
}

export function stateOf(standing: Standing): TrainingState {
  const { run, hasBackend, message, fault, ended } = standing;
  const status = statusOf(standing);
  const { live, kept } = run ?? {};
  const messages: Partial<Record<TrainingStatus, string>> = {
    waiting: 'An image is being upscaled, which goes first; training goes on by itself afterwards.',
    starting: hasBackend ? message : 'Waiting for the engine to open …',
  };
  return {
    status,
    message: messages[status] ?? message,
    fault,
    ended,
    step: live?.run.step ?? kept?.saved ?? 0,
    nextPhase: live?.isHalfway ? live.nextPhase : null,
    run: kept?.id ?? null,
    config: kept?.config ?? null,
    saved: kept?.saved ?? null,
  };
}
