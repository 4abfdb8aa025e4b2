/** Selectors of the comparison for the page's parts. */
import { useEffect, useSyncExternalStore } from 'react';
import {
  blendEnds,
  type CompareLayer,
  type Degradation,
  degradationNames,
  fewestMethods,
  mostMethods,
  type UserOnnxModel,
} from '../../protocol/compare.ts';
import type { EngineReady } from '../../protocol/upscale.ts';
import { type CompareMethod, methodTitle, offeredMethods, shortMethodTitle } from '../../report/methods.ts';
import type { CompareSlice } from '../../store/compare.ts';
import { useApp, useAppState } from '../../store/context.ts';
import { parseSeed } from '../../store/settings.ts';
import type { AppState } from '../../store/state.ts';
import type { AppModel } from '../../store/store.ts';
import { comparisonModes, shownPair } from '../../store/view.ts';
import type { PageLink } from '../ui/router.ts';
import type { Subject } from '../viewer/comparison/comparison-viewer.ts';

/** Finds what an earlier visit left, once. */
export function useCompareOpened(): void {
  const { actions } = useApp();
  useEffect(() => actions.openCompare(), [actions]);
}

const isLayer = (text: string, { compare: { state }, engine: { ready } }: AppState): boolean =>
  ['lr', 'reference', 'blend', 'truth'].includes(text) ||
  offeredMethods(ready, state?.models ?? []).some((method) => method === text);

/** "realesrgan-test:7". @returns null where it is none, or of a G that the weights lack */
function readDegradation(text: string, downsamplers: EngineReady['downsamplers']): Degradation | null {
  const [name, seedText = '0', ...more] = text.split(':');
  const known = degradationNames.find((other) => other === name);
  const seed = parseSeed(seedText);
  if (!known || seed === null || more.length > 0) return null;
  const lacks =
    (known === 'learned' && !downsamplers.includes('ours')) ||
    (known === 'learned-conv' && !downsamplers.includes('ours-conv'));
  return lacks ? null : { name: known, seed };
}

const selectedOf = ({ compare: { state } }: AppState) => state?.inputs.find(({ id }) => id === state.selected);

/** Methods, seed, view, pair and degradation stand in the address. */
export const compareLink: PageLink = {
  page: 'compare',
  values(state) {
    const { compare, engine, settings } = state;
    if (!compare.state || !engine.ready) return null;
    const { mode, left, right } = compare.view;
    const degradation = selectedOf(state)?.degradation ?? compare.linked;
    return {
      methods: compare.state.methods.join(','),
      seed: String(settings.options.seed),
      view: mode,
      left,
      right,
      ...(degradation && { degradation: `${degradation.name}:${degradation.seed}` }),
    };
  },
  read(link, state, { chooseMethods, degradeInput, linkDegradation, setCompareView, setOptions }) {
    const { compare, engine, settings } = state;
    const offered = offeredMethods(engine.ready, compare.state?.models ?? []);
    const methods = link.take('methods', (text) => {
      const names = [...new Set(text.split(','))];
      const known = offered.filter((method) => names.includes(method));
      return known.length === names.length && known.length >= fewestMethods && known.length <= mostMethods
        ? known
        : null;
    });
    if (methods && methods.join() !== compare.state?.methods.join()) chooseMethods(methods);
    const seed = link.seed();
    if (seed !== null && seed !== settings.options.seed) setOptions({ seed });
    const mode = link.oneOf('view', comparisonModes);
    const layer = (name: string) => link.take(name, (text) => (isLayer(text, state) ? (text as CompareLayer) : null));
    const [left, right] = [layer('left'), layer('right')];
    if (mode || left || right)
      setCompareView({ ...(mode && { mode }), ...(left && { left }), ...(right && { right }) });
    const degradation = link.take('degradation', (text) => readDegradation(text, engine.ready?.downsamplers ?? []));
    if (!degradation) return;
    const input = selectedOf(state);
    if (!input) linkDegradation(degradation);
    else if (input.degradation.name !== degradation.name || input.degradation.seed !== degradation.seed)
      degradeInput(input.id, degradation);
  },
};

/** The pictures; the component renders again with each that comes. */
export function useComparePictures() {
  const { pictures } = useApp();
  useSyncExternalStore(pictures.listen, () => pictures.version);
  return pictures;
}

/** The pictures to look at, in the order of the panes; not the old picture of a method that failed since. */
export function layersOf({ state }: Pick<CompareSlice, 'state'>, there: ReadonlyMap<CompareLayer, unknown>) {
  const methods = state?.methods ?? [];
  const blend = blendEnds.every((end) => methods.includes(end)) ? (['blend'] as const) : [];
  const order: readonly CompareLayer[] = ['lr', 'reference', ...methods, ...blend, 'truth'];
  const failed = new Set<CompareLayer>(
    state?.results.filter(({ fault }) => fault !== null).map(({ method }) => method),
  );
  return order.filter((layer) => there.has(layer) && !failed.has(layer));
}

/** Side by side: results and the truth; with less than two of them the input too. */
export function panesOf(layers: readonly CompareLayer[]): readonly CompareLayer[] {
  const results = layers.filter((layer) => layer !== 'lr' && layer !== 'reference');
  return results.length < 2 || layers.includes('reference') ? layers : results;
}

/** Null while there is nothing to compare. */
export function subjectOf({ store, pictures }: Pick<AppModel, 'store' | 'pictures'>): Subject | null {
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

const inputTitles = {
  lr: 'Input',
  reference: 'True y',
  blend: blendEnds.map((end) => shortMethodTitle(end)).join('–'),
  truth: 'Ground truth',
} as const;

const fileOf = (method: CompareMethod, models: readonly UserOnnxModel[]) =>
  models.find(({ name }) => name === method)?.file;

/** A method's name in the list of methods. */
export const pickerTitle = (method: CompareMethod, models: readonly UserOnnxModel[], teacherSteps: number | null) =>
  fileOf(method, models) ?? methodTitle(method, teacherSteps);

/** The name of a picture, for a pane's corner. */
function layerTitle(layer: CompareLayer, models: readonly UserOnnxModel[], teacherSteps: number | null): string {
  if (layer === 'lr' || layer === 'reference' || layer === 'blend' || layer === 'truth') return inputTitles[layer];
  return fileOf(layer, models) ?? shortMethodTitle(layer, teacherSteps);
}

/** Names of pictures. */
export function useTitles(): (layer: CompareLayer) => string {
  const models = useAppState(({ compare }) => compare.state?.models);
  const steps = useAppState(({ engine }) => engine.ready?.teacherSteps ?? null);
  const detail = useAppState(({ compare }) => compare.blend?.detail);
  return (layer) => `${layerTitle(layer, models ?? [], steps)}${layer === 'blend' ? ` at ${detail} %` : ''}`;
}

export const useResultOf = (method: CompareLayer) =>
  useAppState(({ compare }) => compare.state?.results.find((result) => result.method === (method as CompareMethod)));
