/** Selectors of the comparison for the page's parts. */
import { useEffect, useSyncExternalStore } from 'react';
import type { CompareLayer, UserOnnxModel } from '../../protocol/compare.ts';
import { type CompareMethod, methodTitle, shortMethodTitle } from '../../report/methods.ts';
import type { CompareSlice } from '../../store/compare.ts';
import { useApp, useAppState } from '../../store/context.ts';

/** Finds what an earlier visit left, once. */
export function useCompareOpened(): void {
  const { actions } = useApp();
  useEffect(() => actions.openCompare(), [actions]);
}

/** The pictures; the component renders again with each that comes. */
export function useComparePictures() {
  const { pictures } = useApp();
  useSyncExternalStore(pictures.listen, () => pictures.version);
  return pictures;
}

/** The pictures to look at, in the order of the panes; not the old picture of a method that failed since. */
export function layersOf({ state }: Pick<CompareSlice, 'state'>, there: ReadonlyMap<CompareLayer, unknown>) {
  const order: readonly CompareLayer[] = ['lr', 'reference', ...(state?.methods ?? []), 'truth'];
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

const inputTitles = { lr: 'Input', reference: 'True y', truth: 'Ground truth' } as const;

const fileOf = (method: CompareMethod, models: readonly UserOnnxModel[]) =>
  models.find(({ name }) => name === method)?.file;

/** A method's name in the list of methods. */
export const pickerTitle = (method: CompareMethod, models: readonly UserOnnxModel[], teacherSteps: number | null) =>
  fileOf(method, models) ?? methodTitle(method, teacherSteps);

/** The name of a picture, for a pane's corner. */
function layerTitle(layer: CompareLayer, models: readonly UserOnnxModel[], teacherSteps: number | null): string {
  if (layer === 'lr' || layer === 'reference' || layer === 'truth') return inputTitles[layer];
  return fileOf(layer, models) ?? shortMethodTitle(layer, teacherSteps);
}

/** Names of pictures. */
export function useTitles(): (layer: CompareLayer) => string {
  const models = useAppState(({ compare }) => compare.state?.models);
  const steps = useAppState(({ engine }) => engine.ready?.teacherSteps ?? null);
  return (layer) => layerTitle(layer, models ?? [], steps);
}

export const useResultOf = (method: CompareLayer) =>
  useAppState(({ compare }) => compare.state?.results.find((result) => result.method === (method as CompareMethod)));
