/** Methods and pictures in words. */
import type { BroughtModel, CompareLayer } from '../../protocol/compare.ts';
import type { EngineReady } from '../../protocol/upscale.ts';
import { type CompareMethod, esrganNames, isClassical, type Method, methods } from '../../report/methods.ts';
import { methodLabel } from '../ui/methods.ts';

const classical = { nearest: 'Nearest neighbour', bicubic: 'Bicubic', lanczos: 'Lanczos' } as const;
const short: Readonly<Record<Method, string>> = {
  ours: 'Ours',
  'ours-conv': 'Ours, conv G',
  sinsr: 'SinSR',
  l2: 'L2',
  resshift: 'ResShift',
};

const isNetwork = (method: string): method is Method => (methods as readonly string[]).includes(method);

/** Of the method's own list. */
export function methodTitle(
  method: CompareMethod,
  models: readonly BroughtModel[],
  ready: Pick<EngineReady, 'teacherSteps'> | null,
): string {
  if (isClassical(method)) return classical[method];
  if (isNetwork(method)) return methodLabel(method, ready ?? { teacherSteps: null });
  return models.find(({ name }) => name === method)?.file ?? method.replace('esrgan-', 'ESRGAN ');
}

/** Short enough for a pane's corner. */
export function layerTitle(layer: CompareLayer, models: readonly BroughtModel[], teacherSteps: number | null): string {
  if (layer === 'low') return 'Input';
  if (layer === 'reference') return 'True y';
  if (layer === 'truth') return 'Ground truth';
  if (layer === 'resshift') return teacherSteps === null ? short.resshift : `ResShift-${teacherSteps}`;
  if (isNetwork(layer)) return layer === 'sinsr' ? 'SinSR-1' : layer === 'ours' ? 'Ours-1' : short[layer];
  return methodTitle(layer, models, null);
}

/** Every method that can be chosen here, the simplest first. */
export function offeredMethods(ready: Pick<EngineReady, 'methods'> | null, models: readonly BroughtModel[]) {
  const networks = [...methods].reverse().filter((method) => ready?.methods.includes(method) ?? true);
  const all: readonly CompareMethod[] = [
    'nearest',
    'bicubic',
    'lanczos',
    ...networks,
    ...esrganNames,
    ...models.map(({ name }) => name),
  ];
  return all;
}
