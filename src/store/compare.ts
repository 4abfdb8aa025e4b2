/** What the page knows of the comparison: the engine's state, what is under way, and how it is looked at. Pictures are elsewhere. */
import type { CompareState, CompareWork, PreparedInput } from '../protocol/compare.ts';
import type { Event } from '../protocol/index.ts';
import { type CompareView, initialCompareView } from './compare-view.ts';

export interface CompareSlice {
  /** Null until the engine has told of it. */
  readonly state: CompareState | null;
  readonly work: CompareWork | null;
  readonly view: CompareView;
  /** The input that was last ready to be looked at. */
  readonly looked: PreparedInput | null;
  /** Choices of methods and degradations made here. */
  readonly revision: number;
}

export const initialCompare: CompareSlice = {
  state: null,
  work: null,
  view: initialCompareView,
  looked: null,
  revision: 0,
};

/** What was chosen here since the engine last heard of it stays on screen as it is. */
function withNewerChoices(told: CompareState, { state, revision }: CompareSlice): CompareState {
  if (!state || told.revision >= revision) return told;
  const chosen = new Map(state.inputs.map(({ id, degradation }) => [id, degradation]));
  const inputs = told.inputs.map((input) => ({ ...input, degradation: chosen.get(input.id) ?? input.degradation }));
  return { ...told, methods: state.methods, inputs };
}

export function applyToCompare(compare: CompareSlice, event: Event): CompareSlice {
  switch (event.type) {
    case 'compare-state': {
      const state = withNewerChoices(event.state, compare);
      // Another input is shown whole, with the loupe in its middle.
      const { prepared } = state;
      if (!prepared) return { ...compare, state };
      const { looked } = compare;
      const same = looked?.id === prepared.id && looked.width === prepared.width && looked.height === prepared.height;
      const aim = { x: prepared.width / 2, y: prepared.height / 2 };
      const view = same ? compare.view : { ...compare.view, fit: true, aim };
      return { ...compare, state, view, looked: prepared };
    }
    case 'compare-work':
      return { ...compare, work: event.work };
    // A new engine counts choices from the start.
    case 'restored':
      return { ...compare, revision: 0 };
    default:
      return compare;
  }
}
