/** Capabilities of this browser and device, self-test failures, and advice. */

import * as tf from '@tensorflow/tfjs-core';
import { noGpu } from '../gpu/backend.ts';
import { adapterSummary } from '../gpu/device.ts';
import { measurePeak, shareOfPeak } from '../gpu/peak.ts';
import { wasmThreads } from '../gpu/wasm/threads.ts';
import { computedSide } from '../imaging/tiling.ts';
import { upscaleTile } from '../paper/upscale.ts';
import type { Diagnosis, TileProfile } from '../protocol/diagnosis.ts';
import { unlessLost } from './runtime/errors.ts';
import type { UpscaleEngine } from './runtime/upscale-engine.ts';
import * as opfs from './storage/files.ts';

async function webgpuState(): Promise<Diagnosis['webgpu']> {
  const none = { available: false, adapter: null, features: [], limits: {} };
  if (!navigator.gpu) {
    const message = isSecureContext
      ? `${noGpu(navigator.gpu)}.`
      : 'WebGPU needs a secure page: open the app over https or on localhost.';
    return { ...none, message };
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return { ...none, message: `${noGpu(navigator.gpu)}: the graphics driver is blocked or missing.` };
  const limits: Record<string, number> = {};
  for (const key in adapter.limits) {
    const value = adapter.limits[key as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[key] = value;
  }
  const summary = adapterSummary(adapter);
  return {
    available: true,
    message: summary.isSoftware ? 'WebGPU runs on a software adapter: correct, but slow.' : 'WebGPU runs on a GPU.',
    adapter: summary,
    features: [...adapter.features].sort(),
    limits,
  };
}

/** A module with two vector instructions (i8x16.splat, i8x16.popcnt): engines without SIMD refuse it. */
const simdProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

function advise(webgpu: Diagnosis['webgpu'], storage: Diagnosis['storage'], failures: readonly string[]): string[] {
  const advice: string[] = [];
  if (!webgpu.available) {
    advice.push(
      `${webgpu.message} Use Chrome 113 or newer; on Linux start it with --enable-unsafe-webgpu --enable-features=Vulkan if chrome://gpu shows WebGPU disabled.`,
    );
  } else if (webgpu.adapter?.isSoftware) {
    advice.push(
      'The only adapter is a software one: switch on hardware acceleration in chrome://settings/system and update the graphics driver.',
    );
  }
  if (!crossOriginIsolated) {
    advice.push(
      'The page is not cross-origin isolated, so WebAssembly runs on one thread: serve it with COOP same-origin and COEP require-corp (npm start does).',
    );
  }
  if (!storage.opfs) {
    advice.push(
      'This window has no private file storage (private mode or an insecure address): weights are loaded anew each time and results are lost on reload.',
    );
  } else if (storage.quota - storage.usage < 64 * 2 ** 20) {
    advice.push('Less than 64 MB of storage is left for this site: remove finished images or free disk space.');
  }
  if (failures.length > 0) {
    advice.push(
      `${failures.join(', ')}: wrong on this adapter; update the graphics driver, or choose WebAssembly in Settings.`,
    );
  }
  return advice;
}

async function storageState(): Promise<Diagnosis['storage']> {
  const there = await opfs.available();
  const estimate = there ? await navigator.storage.estimate() : {};
  const persisted = there ? await navigator.storage.persisted() : false;
  return { opfs: there, persisted, usage: estimate.usage ?? 0, quota: estimate.quota ?? 0 };
}

export async function diagnose(compute: UpscaleEngine | null): Promise<Diagnosis> {
  const [webgpu, storage] = await Promise.all([webgpuState(), storageState()]);
  // Brings tfjs's CPU backend along: only when somebody asks.
  const rows = compute ? await (await import('./self-test.ts')).selfTest(compute.backend.kind) : [];
  const failures = rows.filter(({ ok }) => !ok).map(({ op }) => op);
  const memory = compute?.backend.memory();
  return {
    userAgent: navigator.userAgent,
    webgpu,
    wasm: {
      simd: WebAssembly.validate(simdProbe),
      threads: compute?.backend.kind === 'wasm' ? compute.backend.threads : wasmThreads(),
    },
    crossOriginIsolated,
    storage,
    memory: { tensors: memory?.tensors ?? 0, bytes: memory?.bytes ?? 0, gpuBytes: memory?.gpuBytes ?? null },
    activeBackend: compute?.backend.kind ?? null,
    selfTest: rows,
    advice: advise(webgpu, storage, failures),
  };
}

// One tile of the session's networks with every GPU program timed.

/** @throws one sentence where no time is kept. */
export async function profileTile({ backend, own: networks, ready }: UpscaleEngine): Promise<TileProfile> {
  const { profile } = backend;
  if (!profile) {
    throw new Error(
      backend.kind === 'webgpu'
        ? 'This adapter keeps no time of single programs (no timestamp-query).'
        : 'Only WebGPU keeps time of single programs: choose it in Settings.',
    );
  }
  const side = computedSide(networks.tiling, ready.tile);
  // Phase by phase a tile runs through tfjs, in the memory that recorded ones hold.
  backend.trim();
  const [lr, noise] = [tf.zeros([1, side, side, 3]), tf.zeros([1, side, side, networks.latentChannels])] as const;
  try {
    const found = await unlessLost(
      backend.lost,
      profile((enter) =>
        tf.dispose(upscaleTile(networks, lr as tf.Tensor4D, noise as tf.Tensor4D, networks.sampling, enter)),
      ),
    );
    const peak = await unlessLost(backend.lost, measurePeak(backend));
    const programs = found.programs.map((program) => ({
      ...program,
      share: program.isOwn && program.ms > 0 ? shareOfPeak(program, peak) : null,
    }));
    return { side, ms: found.ms, peak, phases: found.phases, programs };
  } finally {
    tf.dispose([lr, noise]);
    // The peak was measured on buffers of a size that nothing else asks for.
    backend.trim();
  }
}
