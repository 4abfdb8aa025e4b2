/** What the comparison's canvas shows, from the store and the pictures. */
import { shownPair } from '../../../store/compare-view.ts';
import type { App } from '../../../store/store.ts';
import { layersOf, panesOf } from '../use-compare.ts';
import type { Subject } from './comparison-viewer.ts';

export function subjectOf({ store, pictures }: Pick<App, 'store' | 'pictures'>): Subject | null {
  const { compare } = store.getState();
  const { view, state } = compare;
  const layers = layersOf(compare, pictures.layers);
  const pair = shownPair(view, layers);
  if (!state?.prepared || !pair) return null;
  return {
    image: state.prepared,
    view,
    layers: pictures.layers,
    difference: pictures.difference(pair[1], pair[0], view.full)?.bitmap ?? null,
    pair,
    several: panesOf(layers),
  };
}
