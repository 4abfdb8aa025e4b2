/** The events that say where training stands, and how it came there. */
import type { StartProgress, TrainingEvent, TrainingState, TrainingStatus } from '../../protocol/train.ts';
import type { ActiveRun } from './active-run.ts';
import type { StoredRun } from './stored-run.ts';

export interface Standing {
  readonly stored: StoredRun | null;
  readonly active: ActiveRun | null;
  /** It should go, by itself or by steps. */
  readonly isWanted: boolean;
  /** It does something right now. */
  readonly isWorking: boolean;
  /** It lets upscaling go first. */
  readonly isSuspended: boolean;
  readonly hasBackend: boolean;
  /** While it is opened, how far that is. */
  readonly start: StartProgress | null;
  readonly fault: string | null;
  readonly ended: string | null;
}

function statusOf({ stored, active, isWanted, isWorking, isSuspended }: Standing): TrainingStatus {
  if (!stored) return 'none';
  if (isWanted) {
    if (isSuspended) return 'waiting';
    return active ? 'running' : 'starting';
  }
  if (isWorking) return active ? 'pausing' : 'starting';
  return active || stored.saved === null ? 'paused' : 'stored';
}

export function stateOf(standing: Standing): TrainingState {
  const { stored, active, hasBackend, start, fault, ended } = standing;
  const status = statusOf(standing);
  const messages: Partial<Record<TrainingStatus, string>> = {
    waiting: 'An image is being upscaled, which goes first; training goes on by itself afterwards.',
    starting: hasBackend ? '' : 'Waiting for the engine to open …',
  };
  return {
    status,
    message: messages[status] ?? '',
    fault,
    ended,
    step: active?.run.step ?? stored?.saved ?? 0,
    nextPhase: active?.isHalfway ? active.nextPhase : null,
    run: stored?.id ?? null,
    config: stored?.config ?? null,
    saved: stored?.saved ?? null,
    start: status === 'starting' ? start : null,
    ...(stored?.summary.teaching && { teaching: stored.summary.teaching }),
  };
}

/** All rows of a run; none without one. */
export async function historyOf(
  stored: StoredRun | null,
): Promise<Extract<TrainingEvent, { type: 'training-history' }>> {
  const rows = await stored?.rows();
  const values = rows?.values() ?? new Float64Array();
  return { type: 'training-history', values, annotations: rows?.annotations ?? [] };
}
