/** The backend that opens, its reason, and that one opens again after its device was lost. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { openBackend } from './backend.ts';
import { adapterSummary } from './device.ts';
import type { CosrWebGPUBackend } from './webgpu-backend.ts';

const adapter = await findAdapter('opening, loss and re-opening of a device');

const info = (description: string, isFallbackAdapter = false) =>
  ({ vendor: '', architecture: '', device: '', description, isFallbackAdapter }) as GPUAdapterInfo;
const gpuWith = (adapterOf: () => Promise<Partial<GPUAdapter> | null>) =>
  ({ requestAdapter: adapterOf }) as unknown as GPU;
/** Opened before, so that these tests need no path to the .wasm files. */
const auto = (fake: GPU | undefined) => openBackend({ kind: 'auto', gpu: fake, wasmPaths: '' });

async function four(): Promise<number> {
  const product = tf.tidy(() => tf.matMul(tf.ones([4, 4]), tf.ones([4, 4])));
  const values = await product.data();
  product.dispose();
  return values[15];
}

describe('auto', () => {
  const failing = {
    info: info('A real GPU'),
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error('out of handles')),
  };

  it.each([
    ['no navigator.gpu', undefined, /no WebGPU/],
    ['no adapter', gpuWith(async () => null), /no GPU here/],
    ['a broken driver', gpuWith(() => Promise.reject(new Error('driver'))), /no GPU here/],
    ['a software adapter', gpuWith(async () => ({ info: info('llvmpipe (LLVM 19)') })), /software \(llvmpipe/],
    [
      'one without a description',
      gpuWith(async () => ({ info: { ...info('', true), vendor: 'google', architecture: 'swiftshader' } })),
      /software \(google swiftshader\)/,
    ],
    [
      'a device that does not open',
      gpuWith(async () => failing as unknown as GPUAdapter),
      /could not be opened \(out of handles\)/,
    ],
  ])('with %s is WebAssembly, and says why', async (_, fake, reason) => {
    await openNodeBackend('wasm');
    const backend = await auto(fake);
    expect(backend.kind).toBe('wasm');
    expect(backend.reason).toMatch(reason);
    expect(await four()).toBe(4);
    backend.dispose();
  });
});

describe('WebAssembly', () => {
  it('says so when there is no memory left that tfjs could address', async () => {
    const backend = await openNodeBackend('wasm');
    const { wasm } = tf.backend() as unknown as {
      wasm: { _malloc(bytes: number): number; _free(address: number): void };
    };
    // Memory that is never written to costs the machine nothing.
    const first = wasm._malloc(1.5e9);
    const second = wasm._malloc(0.7e9);
    expect(() => wasm._malloc(1e6)).toThrow(/out of memory/);
    for (const address of [first, second]) wasm._free(address);
    expect(await four()).toBe(4);
    backend.dispose();
  });
});

describe('an explicit choice', () => {
  it('of WebGPU without an adapter is an error in one sentence', async () => {
    await expect(openBackend({ kind: 'webgpu', gpu: undefined, wasmPaths: '' })).rejects.toThrow(/no adapter here/);
  });

  it.each(['cpu', 'wasm'] as const)('of %s opens it again and again', async (kind) => {
    for (let i = 0; i < 2; i++) {
      const backend = await openNodeBackend(kind);
      expect([backend.kind, tf.getBackend(), await four()]).toEqual([kind, kind, 4]);
      expect(backend.memory().gpuBytes).toBeNull();
      backend.dispose();
    }
  });
});

describe('software adapters', () => {
  it.each(['SwiftShader driver 5.0.0', 'llvmpipe (LLVM 19.1.7, 256 bits)', 'Microsoft Basic Render Driver'])(
    '%s is one',
    (description) => {
      expect(adapterSummary({ info: info(description) } as GPUAdapter).isSoftware).toBe(true);
    },
  );

  it('are also those the browser calls a fallback, and no others', () => {
    expect(adapterSummary({ info: info('', true) } as GPUAdapter).isSoftware).toBe(true);
    expect(adapterSummary({ info: info('NVIDIA H200') } as GPUAdapter).isSoftware).toBe(false);
  });
});

describe.runIf(adapter)('a WebGPU device', () => {
  it('has the limits and features of its adapter', async () => {
    const backend = await openNodeBackend('webgpu');
    expect(backend.limits?.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
    expect(backend.device?.limits.maxComputeWorkgroupStorageSize).toBe(adapter?.limits.maxComputeWorkgroupStorageSize);
    for (const feature of backend.features) expect(backend.device?.features.has(feature)).toBe(true);
    expect(await four()).toBe(4);
    expect(backend.memory().gpuBytes).toBeGreaterThan(0);
    backend.dispose();
  });

  it('tells of its loss, and the next one works', async () => {
    for (let i = 0; i < 2; i++) {
      const backend = await openNodeBackend('webgpu');
      expect(await four()).toBe(4);
      backend.device?.destroy();
      expect(await backend.lost).toMatch(/destroyed/);
      backend.dispose();
    }
    const after = await openNodeBackend('webgpu');
    expect(await four()).toBe(4);
    after.dispose();
  });

  it('that we dispose of is not lost', async () => {
    const backend = await openNodeBackend('webgpu');
    const { device } = backend;
    backend.dispose();
    backend.dispose();
    await device?.lost;
    const outcome = await Promise.race([
      backend.lost,
      new Promise((resolve) => setTimeout(() => resolve('silent'), 20)),
    ]);
    expect(outcome).toBe('silent');
  });

  it('frees a tensor that outlives it, also after something else asked its pool for memory', async () => {
    const backend = await openNodeBackend('webgpu');
    const { backend: tfjs } = tf.engine() as unknown as { backend: CosrWebGPUBackend };
    const outlives = tf.ones([4, 4]);
    await tf.mul(outlives, 2).data();
    backend.dispose();
    tfjs.view(tfjs.allocate([64]).dataId);
    expect(() => tfjs.disposeData(outlives.dataId)).not.toThrow();
  });
});
