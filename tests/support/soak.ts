/**
 * Endurance in two lengths: a short form in `npm test -- all`, and as many rounds as fit into the minutes asked for
 * (`npm run soak -- --minutes N`).
 */

const minutes = Number(process.env.SOAK_MINUTES ?? 0);

/** Whether the endurance of the command line and of devices is tested: where it is asked for, and where CI is set. */
export const endures = minutes > 0 || Boolean(process.env.CI);
/** Subjects that share the minutes. */
const subjects = 6;

/** Milliseconds that a test of one subject may take. */
export const soakTimeout = 240_000 + (minutes * 60_000 * 2) / subjects;

/**
 * Whether another round begins: `short` of them at the least; up to `most` while the subject's share of the minutes lasts.
 */
export function rounds(short: number, most: number): () => boolean {
  const ends = Date.now() + (minutes * 60_000) / subjects;
  let done = 0;
  return () => {
    const goes = done < short || (done < most && Date.now() < ends);
    if (goes) done++;
    return goes;
  };
}

/** A line of figures. */
export const tell = (subject: string, figures: Readonly<Record<string, number | string>>): void => {
  const listed = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`soak, ${subject}: ${listed.join(', ')}\n`);
};
