/** The fields of a run's record, each read with distrust. @throws one sentence, all of them */
import type { CheckpointSummary } from '../training-protocol.ts';

export type Fields = Readonly<Record<string, unknown>>;

const damaged = () => new Error('The record of the run is damaged.');

export function fields(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw damaged();
}

export function count(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw damaged();
}

/** One of some names. */
export function oneOf<N extends string>(value: unknown, names: readonly N[]): N {
  const name = names.find((each) => each === value);
  if (name === undefined) throw damaged();
  return name;
}

/** What is no list counts as an empty one. */
export const list = <T>(value: unknown, read: (entry: Fields) => T): T[] =>
  (Array.isArray(value) ? value : []).map((entry) => read(fields(entry)));

export const readCheckpointSummary = ({ step, bytes, saved, pinned, psnrY }: Fields): CheckpointSummary => ({
  step: count(step),
  bytes: count(bytes),
  saved: count(saved),
  pinned: pinned === true,
  psnrY: typeof psnrY === 'number' ? psnrY : null,
});
