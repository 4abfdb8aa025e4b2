/** The WebGPU adapter for tests that need one: their files end in `.gpu.test.ts`. */
import { nodeGpu } from '../../cli/backend.ts';
import { type Backend, openBackend } from '../../src/gpu/backend.ts';

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

/** Some other values in the place of an object's own. */
function replacing<T extends object>(object: T, others: Readonly<Record<string, unknown>>): T {
  return new Proxy(object, {
    get(of, name) {
      if (typeof name === 'string' && name in others) return others[name];
      const value = Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}

/** WebGPU whose programs get the eight storage buffers that it promises: some devices and browsers have no more. */
export async function openPromised(): Promise<Backend> {
  const adapter = (await (await nodeGpu())?.requestAdapter()) as GPUAdapter;
  const limits = replacing(adapter.limits, { maxStorageBuffersPerShaderStage: 8 });
  const gpu = { requestAdapter: async () => replacing(adapter, { limits }) } as unknown as GPU;
  return openBackend({ kind: 'webgpu', gpu, wasmPaths: '' });
}
