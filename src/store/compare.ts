/** What the page knows of the comparison: the engine's state, what is under way, and how it is looked at. Pictures are elsewhere. */
import type { CompareState, CompareWork, PreparedInput } from '../engine/compare-protocol.ts';
import type { Event } from '../engine/protocol.ts';
import { type CompareView, initialCompareView } from './compare-view.ts';

export interface CompareSlice {
  /** Null until the engine has told of it. */
  readonly state: CompareState | null;
  readonly work: CompareWork | null;
  readonly view: CompareView;
  /** The input that was last ready to be looked at. */
  readonly looked: PreparedInput | null;
}

export const initialCompare: CompareSlice = { state: null, work: null, view: initialCompareView, looked: null };

export function applyToCompare(compare: CompareSlice, event: Event): CompareSlice {
  switch (event.type) {
    case 'compare-state': {
      // Another input is shown whole, with the loupe in its middle.
      const { prepared } = event.state;
      if (!prepared) return { ...compare, state: event.state };
      const { looked } = compare;
      const same = looked?.id === prepared.id && looked.width === prepared.width && looked.height === prepared.height;
      const aim = { x: prepared.width / 2, y: prepared.height / 2 };
      const view = same ? compare.view : { ...compare.view, fit: true, aim };
      return { ...compare, state: event.state, view, looked: prepared };
    }
    case 'compare-work':
      return { ...compare, work: event.work };
    default:
      return compare;
  }
}
