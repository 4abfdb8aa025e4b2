/** The WebGPU adapter for tests that need one: their files end in `.gpu.test.ts`. */
import { nodeGpu } from '../../cli/backend.ts';

export { swiftshader } from '../../cli/backend.ts';

/** The adapter of this machine; null where there is none, after a warning that names what is left untested. */
export async function findAdapter(subject: string): Promise<GPUAdapter | null> {
  const adapter = (await (await nodeGpu())?.requestAdapter().catch(() => null)) ?? null;
  if (!adapter) console.warn(`Not tested, because no WebGPU adapter is here: ${subject}.`);
  return adapter;
}

/**
 * True where CI is set: slow tests then repeat on a second backend or adapter, or more often. Elsewhere the first stands for
 * both, since the kernels' own tests hold the two equal.
 */
export const onBoth = Boolean(process.env.CI);
