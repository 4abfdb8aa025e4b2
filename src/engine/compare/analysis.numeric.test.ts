/** The teacher's steps, of networks whose tiles have context: the last of them is the teacher's picture. */
import { expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { noiseRgba } from '../../../tests/support/test-images.ts';
import { modelOf } from '../../../tests/support/tiny-model.ts';
import { presets } from '../../presets/presets.ts';
import { defaultOptions, type EngineReady } from '../../protocol/upscale.ts';
import { openMethod } from '../evaluation/methods.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { chainAt } from './analysis.ts';
import { methodSettingsOf } from './run-methods.ts';

it('the sampler’s trajectory ends with the picture that the method makes', async () => {
  const { source } = await modelOf(presets.tiny, ['ours'], true);
  const backend = await openNodeBackend('wasm');
  const lease: GpuLease = {
    backend,
    models: source,
    options: { ...defaultOptions, tile: 16, seed: 5 },
    ready: { preset: 'compact' } as EngineReady,
    yieldTurn: async () => {},
  };
  const lr = noiseRgba(13, 9, 2);
  for (let i = 3; i < lr.data.length; i += 4) lr.data[i] = 255;
  const { rect, steps } = await chainAt({ x: 6, y: 4 }, { lr, truth: null }, lease, new AbortController().signal);
  const method = await openMethod('resshift', backend, source, methodSettingsOf(lease));
  expect(rect).toEqual({ x: 0, y: 0, width: 13, height: 9 });
  expect(steps.map(({ t }) => t)).toEqual(Array.from({ length: 15 }, (_, i) => 15 - i));
  expect(steps.at(-1)?.pixels).toEqual(await method.run(lr, null));
  method.dispose();
  backend.dispose();
});
