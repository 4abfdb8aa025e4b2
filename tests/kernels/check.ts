/** The tests of all kernels on one adapter. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeGpu, openNodeBackend } from '../../cli/backend.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import type { Tuning } from '../../src/gpu/kernels/own-op.ts';
import { differences } from './agreement.ts';
import { cases } from './cases.ts';

/** @param only names of the cases to run in a tuning; default all */
export async function checkKernels(what: string, only: Partial<Record<Tuning, RegExp>>): Promise<void> {
  const adapter = await (await nodeGpu())?.requestAdapter().catch(() => null);
  if (!adapter) console.warn(`No WebGPU adapter here: our kernels are not tested on ${what}.`);

  describe.runIf(adapter)(`kernels on ${what}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await openNodeBackend('webgpu');
    });
    afterAll(() => backend.dispose());

    describe.each(['direct', 'tiled'] as const)('%s', (tuning) => {
      const names = Object.keys(cases).filter((name) => only[tuning]?.test(name) ?? true);
      it.each(names)('%s', async (name) => {
        const found = await differences(cases[name] as (typeof cases)[string], tuning);
        for (const [tensor, difference] of Object.entries(found)) expect(difference, tensor).toBeLessThan(1e-4);
      });
    });
  });
}
