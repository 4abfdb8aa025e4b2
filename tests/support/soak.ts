/**
 * Endurance in two lengths: a short form in `npm test -- all`, and as many rounds as fit into the minutes asked for
 * (`npm run soak -- --minutes N`).
 */
import { appendFileSync } from 'node:fs';

const minutes = Number(process.env.SOAK_MINUTES ?? 0);

/** Whether the endurance of the command line and of devices is tested: where it is asked for, and where CI is set. */
export const endures = minutes > 0 || Boolean(process.env.CI);
/** Subjects that share the minutes: those of scripts/soak.mjs, which says how many of them are asked for. */
const subjects = Number(process.env.SOAK_SUBJECTS ?? 9);

/** Milliseconds of one subject's share. */
export const shareMs = (minutes * 60_000) / subjects;

/** Milliseconds that a test of one subject may take. */
export const soakTimeout = 240_000 + 2 * shareMs;

/** Between two lines of progress, milliseconds. */
const quietMs = 60_000;

/**
 * Whether another round begins: `short` of them at the least; up to `most` while the subject's share of the minutes lasts.
 * Says now and then how far it is.
 */
export function rounds(subject: string, short: number, most: number): () => boolean {
  const ends = Date.now() + shareMs;
  let [done, told] = [0, Date.now()];
  return () => {
    const goes = done < short || (done < most && Date.now() < ends);
    if (goes) done++;
    if (goes && Date.now() - told > quietMs) {
      told = Date.now();
      const left = Math.max(0, Math.ceil((ends - told) / 60_000));
      process.stdout.write(`soak, ${subject}: round ${done} of at most ${most}, ${left} min left\n`);
    }
    return goes;
  };
}

export type Figures = Readonly<Record<string, number | string>>;

/** A line of figures, also into the file of scripts/soak.mjs. */
export const tell = (subject: string, figures: Figures): void => {
  const listed = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`soak, ${subject}: ${listed.join(', ')}\n`);
  const { SOAK_LINES } = process.env;
  if (SOAK_LINES) appendFileSync(SOAK_LINES, `${JSON.stringify({ subject, figures })}\n`);
};
