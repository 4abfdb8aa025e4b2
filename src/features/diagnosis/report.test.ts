import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../protocol/diagnosis.ts';
import type { EngineReady } from '../../protocol/upscale.ts';
import { initialEngine } from '../../store/engine.ts';
import { adapterText, measuredText, reportText, verdict } from './report.ts';

const diagnosis: Diagnosis = {
  userAgent: 'Test/1',
  webgpu: { available: false, message: 'This browser has no WebGPU.', adapter: null, features: [], limits: {} },
  wasm: { simd: true, threads: 1 },
  crossOriginIsolated: false,
  storage: { opfs: true, persisted: false, usage: 2 ** 20, quota: 2 ** 30 },
  memory: { tensors: 12, bytes: 3 * 2 ** 20, gpuBytes: null },
  activeBackend: 'wasm',
  selfTest: [
    { op: 'conv2d', ok: true, maxError: 1.3e-7, message: '' },
    { op: 'softmax', ok: false, maxError: null, message: 'threw' },
  ],
  advice: ['Use Chrome 113 or newer.'],
};

describe('reportText', () => {
  it('holds what a bug report needs', () => {
    const text = reportText(diagnosis, initialEngine);
    for (const part of [
      'Browser: Test/1',
      'Backend: wasm',
      'no WebGPU',
      'Adapter: none',
      'SIMD yes, 1 thread',
      '1.0 MB of 1.0 GB',
      'ok   conv2d 1.3e-7',
      'FAIL softmax  threw',
      'Use Chrome 113',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('says when nothing was tested and nothing is wrong', () => {
    const text = reportText({ ...diagnosis, selfTest: [], advice: [] }, initialEngine);
    expect(text).toContain('not run');
    expect(text).toContain('Advice:\n  none');
  });
});

describe('measuredText', () => {
  const convolutions = { side: 64, count: 4, ms: 100, gflops: 12.08 };
  const tile = { side: 96, firstMs: 900, nextMs: 450, dispatches: 0, submits: 0, buffers: 0, refusal: null };

  it('has the peak where there is one', () => {
    expect(measuredText({ measured: { peak: null, convolutions, tile } })).toBe(
      'Convolutions: 12.1 GFLOP/s. A tile of 96 px: 900 ms the first time, 450 ms after that.',
    );
    const peak = { flopsPerSecond: 33.1e9, bytesPerSecond: 1e9 };
    expect(measuredText({ measured: { peak, convolutions, tile } })).toMatch(/12.1 GFLOP\/s of 33 at most\./);
  });
});

describe('the verdict', () => {
  const ready = {
    backend: 'wasm',
    backendReason: 'WebGPU finds no GPU here, so this runs on WebAssembly, slower.',
    adapter: null,
    preset: 'tiny',
    tile: 64,
    msPerTile: 6000,
  } as unknown as EngineReady;

  it('says in one statement what runs, on what, and why it is slow', () => {
    const said = verdict(diagnosis, { ready });
    expect(said?.what).toBe(
      'The tiny networks run by WebAssembly on the processor, 1 thread: 6.0 s for a tile of 64 × 64 LR pixels.',
    );
    expect(said?.why).toBe(
      'WebGPU finds no GPU here, so this runs on WebAssembly, slower. One thread, because the page is not cross-origin isolated.',
    );
    const adapter = { vendor: 'nvidia', architecture: 'hopper', device: '', description: '', isSoftware: false };
    const fast = verdict(diagnosis, { ready: { ...ready, backend: 'webgpu', adapter, backendReason: 'A GPU.' } });
    expect([fast?.isFast, fast?.why]).toEqual([true, '']);
    expect(verdict(diagnosis, { ready: null })).toBeNull();
  });
});

describe('adapterText', () => {
  it('leaves out what the browser hides', () => {
    const adapter = { vendor: 'nvidia', architecture: 'hopper', device: '', description: '', isSoftware: false };
    expect(adapterText(adapter)).toBe('nvidia hopper');
    expect(adapterText({ ...adapter, vendor: '', architecture: '' })).toBe('unnamed adapter');
  });
});
