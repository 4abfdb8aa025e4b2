/** The sets whose results the Evaluate page keeps beside the current one, in localStorage: means alone, a few kilobytes. */
import { type NamedSet, readNamedSet } from '../report/side-by-side.ts';

const key = 'cosr.sets';
/** Enough for any paper's table. */
const mostSets = 24;

const directionsOf = (value: unknown): NamedSet['directions'] =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).filter(
      ([, way]) => way === 'lower' || way === 'higher',
    ),
  );

/** Sets that can't be read are left out. */
export function loadKeptSets(storage: () => Pick<Storage, 'getItem'>): NamedSet[] {
  try {
    const stored: unknown = JSON.parse(storage().getItem(key) ?? '[]');
    return (Array.isArray(stored) ? stored : []).slice(0, mostSets).flatMap((entry) => {
      try {
        return typeof entry.name === 'string' ? [readNamedSet(entry.name, entry, directionsOf(entry.directions))] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

export function saveKeptSets(storage: () => Pick<Storage, 'setItem'>, sets: readonly NamedSet[]): void {
  try {
    storage().setItem(key, JSON.stringify(sets.slice(0, mostSets)));
  } catch {
    // Storage is blocked: they live as long as the tab.
  }
}

/** With a newer set in the place of an older one of its name. */
export const withSet = (sets: readonly NamedSet[], added: NamedSet): NamedSet[] => [
  ...sets.filter(({ name }) => name !== added.name),
  { ...added, methods: added.methods.map((method) => ({ ...method, images: [] })) },
];
