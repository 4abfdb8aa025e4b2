/**
 * Stop rules and pacing of a run, pure functions of the rules and of the run's course since play; and the events that say where
 * training stands, and how it came there.
 */

import {
  fullSpeed,
  type PlaybackSettings,
  type StartProgress,
  type StopRules,
  type TrainingEvent,
  type TrainingState,
  type TrainingStatus,
} from '../../protocol/train.ts';
import type { MetricsLog } from '../../report/metrics-log.ts';
import type { ActiveRun } from './active-run.ts';
import type { StoredRun } from './stored-run.ts';

export type PlayMode = 'rest' | 'play' | 'iteration' | 'phase';

/** Milliseconds from a pause to rest; an iteration that would take longer is left half-way. */
export const longestWait = 1000;

export const wait = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Course {
  /** Iterations done. */
  readonly step: number;
  readonly minutes: number;
  /** The last values of the loss that the rules look at, oldest first; only of iterations since play. */
  readonly losses: readonly number[];
}

/** A single crop may be an easy one: a loss counts as its mean over so many iterations. */
const lossSpan = 10;
/** Less progress than this from one span to the next is a plateau. */
const plateauShare = 0.01;

/** Number of loss values that the rules need. */
export const lossesNeeded = ({ plateau }: StopRules): number => Math.max(lossSpan, 2 * (plateau ?? 0));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const hasReached = (target: number | null, step: number): boolean => target !== null && step >= target;

const hasTakenTime = (limit: number | null, minutes: number): boolean => limit !== null && minutes >= limit;

/** Whether the mean of the last iterations is under a limit. */
export const isBelow = (limit: number | null, losses: readonly number[]): boolean =>
  limit !== null && losses.length >= lossSpan && mean(losses.slice(-lossSpan)) < limit;

/** Whether the mean of the last `span` iterations is hardly lower than that of the `span` before, or higher. */
export function isPlateau(span: number | null, losses: readonly number[]): boolean {
  if (span === null || losses.length < 2 * span) return false;
  const before = mean(losses.slice(-2 * span, -span));
  return before - mean(losses.slice(-span)) < plateauShare * Math.abs(before);
}

/** The sentence that says which rule ended the run; null: it goes on. */
export function endedBy(rules: StopRules, { step, minutes, losses }: Course): string | null {
  const { loss, below, plateau } = rules;
  if (hasReached(rules.step, step)) return `Stopped at iteration ${step}, as asked.`;
  if (hasTakenTime(rules.minutes, minutes)) {
    return `Stopped after ${rules.minutes} minute${rules.minutes === 1 ? '' : 's'}, as asked.`;
  }
  if (isBelow(below, losses)) {
    return `Stopped because ${loss} is below ${below}: ${mean(losses.slice(-lossSpan)).toPrecision(3)} over the last ${lossSpan} iterations.`;
  }
  if (isPlateau(plateau, losses)) {
    return `Stopped on a plateau: ${loss} fell by less than ${plateauShare * 100} % from ${plateau} iterations to the next ${plateau}.`;
  }
  return null;
}

// Applies stop rules and pace to a run that plays.

export class PlaybackMonitor {
  /** May change while the run goes. */
  settings: PlaybackSettings = fullSpeed;
  #playedAt = 0;
  #iterations = 0;

  /** The rules that look back begin anew. */
  played(): void {
    this.#playedAt = performance.now();
    this.#iterations = 0;
  }

  counted(): void {
    this.#iterations++;
  }

  /** The sentence that says which rule ends the run; null: it goes on. @param step iterations done */
  ended(step: number, rows: MetricsLog): string | null {
    const { until } = this.settings;
    const losses = rows.last(`losses.${until.loss}`, Math.min(lossesNeeded(until), this.#iterations));
    return endedBy(until, { step, minutes: (performance.now() - this.#playedAt) / 60_000, losses });
  }

  /** Earliest time of the next phase. @param started when the one before did; both in milliseconds */
  phaseTurn = (started: number): number => started + this.settings.phaseMilliseconds;

  /** Earliest time of the next iteration. */
  iterationTurn = (started: number): number => (this.settings.perSecond ? started + 1000 / this.settings.perSecond : 0);
}

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
