/** What is known of a result, and whether the settings have moved on since. */

import type { BackendKind, JobResult, UpscaleOptions } from '../../../protocol/upscale.ts';
import { methodTitle } from '../../../report/methods.ts';
import { formatMegapixels, formatSeconds } from '../../ui/format.ts';

const backendNames: Readonly<Record<BackendKind, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'CPU' };

export function resultText({ seconds, megapixels, options, backend, tile }: JobResult): string {
  return [
    methodTitle(options.method),
    `seed ${options.seed}`,
    `tile ${tile}`,
    backendNames[backend],
    `${formatMegapixels(megapixels)} in ${formatSeconds(seconds)}`,
  ].join(' · ');
}

/** The choices that change the picture: tile and memory only change how it is computed. */
const shaping = ['preset', 'method', 'seed', 'colourLock'] as const;

/** @param options with the method that runs now; 'auto', where that isn't known yet, differs from none */
export const madeOtherwise = (result: JobResult, options: UpscaleOptions): boolean =>
  shaping.some((key) => result.options[key] !== options[key] && options[key] !== 'auto');
