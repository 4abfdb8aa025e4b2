/** What the page knows of the comparison: the engine's state, what is under way, and how it is looked at. Pictures are elsewhere. */
import type { CompareState, CompareWork } from '../engine/compare-protocol.ts';
import type { Event } from '../engine/protocol.ts';
import { type CompareView, initialCompareView } from './compare-view.ts';

export interface CompareSlice {
  /** Null until the engine has told of it. */
  readonly state: CompareState | null;
  readonly work: CompareWork | null;
  readonly view: CompareView;
}

export const initialCompare: CompareSlice = { state: null, work: null, view: initialCompareView };

export function applyToCompare(compare: CompareSlice, event: Event): CompareSlice {
  switch (event.type) {
    case 'compare-state': {
      // Another input is shown whole, with the loupe in its middle.
      const { prepared } = event.state;
      const before = compare.state?.prepared;
      const same = before?.id === prepared?.id && before?.width === prepared?.width;
      const middle = prepared && { x: prepared.width / 2, y: prepared.height / 2 };
      const view = same || !middle ? compare.view : { ...compare.view, fit: true, aim: middle };
      return { ...compare, state: event.state, view };
    }
    case 'compare-work':
      return { ...compare, work: event.work };
    default:
      return compare;
  }
}
