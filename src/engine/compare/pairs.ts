/** Which of the pictures that were dropped together belong together. */
import { scale } from '../job.ts';

export interface Sized {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export type Found<T> =
  | { readonly kind: 'single'; readonly single: T }
  | { readonly kind: 'pair'; readonly low: T; readonly high: T };

/** "0001x4.png" and "0001.png", "owl_LR.png" and "owl_HR.png" are of one picture. */
export const stemOf = (name: string): string =>
  name
    .replace(/\.[^.]+$/, '')
    .replace(/[-_. ]?(x4|lr|hr|lq|hq|gt)$/i, '')
    .toLowerCase();

const belongs = (low: Sized, high: Sized) => low.width * scale === high.width && low.height * scale === high.height;

/** Two of one name (as data sets name them) of which one is exactly four times as large are a pair; the rest are single. */
export function findPairs<T extends Sized>(pictures: readonly T[]): Found<T>[] {
  const left = new Set(pictures);
  const found: Found<T>[] = [];
  for (const picture of pictures) {
    if (!left.delete(picture)) continue;
    const other = [...left].find(
      (candidate) =>
        stemOf(candidate.name) === stemOf(picture.name) && (belongs(candidate, picture) || belongs(picture, candidate)),
    );
    if (!other) {
      found.push({ kind: 'single', single: picture });
      continue;
    }
    left.delete(other);
    const [low, high] = belongs(other, picture) ? [other, picture] : [picture, other];
    found.push({ kind: 'pair', low, high });
  }
  return found;
}
