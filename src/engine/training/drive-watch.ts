/** How a run that is played goes: which rule ends it, and when it is the turn of what comes next. */
import { type Drive, fullSpeed } from '../../protocol/train.ts';
import type { MetricsLog } from '../../report/metrics-log.ts';
import { endedBy, lossesNeeded } from './stop-rules.ts';

export class DriveWatch {
  /** May change while the run goes. */
  drive: Drive = fullSpeed;
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
    const { until } = this.drive;
    const losses = rows.last(`losses.${until.loss}`, Math.min(lossesNeeded(until), this.#iterations));
    return endedBy(until, { step, minutes: (performance.now() - this.#playedAt) / 60_000, losses });
  }

  /** When the next phase may begin. @param started when the one before did; both in milliseconds */
  phaseTurn = (started: number): number => started + this.drive.phaseMilliseconds;

  /** When the next iteration may begin. */
  iterationTurn = (started: number): number => (this.drive.perSecond ? started + 1000 / this.drive.perSecond : 0);
}
