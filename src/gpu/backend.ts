/**
 * The one place where a tfjs backend is chosen and registered. WebGPU runs on our own device (see device.ts) and can be
 * opened anew after that device was lost; WebAssembly is the fallback, and the CPU backend the reference of tests.
 */
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { type Counts, noCounts } from './counters.ts';
import { tuneFor } from './custom-op.ts';
import {
  type AdapterSummary,
  adapterName,
  adapterSummary,
  type DeviceLimits,
  findAdapter,
  openDevice,
} from './device.ts';
import type { Profile } from './profiler.ts';
import { Recordings } from './replay.ts';
import { replaceWasmKernels } from './wasm/kernels.ts';
import { wasmThreads } from './wasm/threads.ts';

export type BackendKind = 'webgpu' | 'wasm' | 'cpu';

export interface BackendOptions {
  /** auto: WebGPU on a GPU; WebAssembly where there is none, or only a software adapter, which is several times slower. */
  readonly kind: BackendKind | 'auto';
  readonly gpu: GPU | undefined;
  /** Address of each of tfjs's three .wasm files, by name, or of their folder. */
  readonly wasmPaths: string | Readonly<Record<string, string>>;
}

export interface BackendMemory {
  readonly tensors: number;
  readonly bytes: number;
  /** Bytes of GPU buffers, those kept for reuse included; null off the GPU. */
  readonly gpuBytes: number | null;
}

export interface Backend {
  readonly kind: BackendKind;
  /** Why this one, one sentence. */
  readonly reason: string;
  readonly adapter: AdapterSummary | null;
  readonly features: readonly string[];
  readonly limits: DeviceLimits | null;
  readonly device: GPUDevice | null;
  /** Settles with the reason when the device is lost; never when it is disposed of by us. Null off the GPU. */
  readonly lost: Promise<string> | null;
  memory(): BackendMemory;
  /** Gives memory back that is kept for reuse, by recordings too; worth it after what happens once. Off the GPU, nothing to do. */
  trim(): void;
  /** Compiles what something will run, side by side and without blocking; none of it runs. Off the GPU, nothing to do. */
  compile(run: () => void): Promise<void>;
  /** Of the processor that compute. */
  readonly threads: number;
  /** Runs work that is done again and again; null off the GPU. */
  readonly recordings: Recordings | null;
  /** Counts of the device's work so far; zeros off the GPU. */
  counts(): Counts;
  /** Where the time of some work goes; null where no time is kept. `enter` names the phase of what follows. */
  readonly profile: ((work: (enter: (phase: string) => void) => void | Promise<void>) => Promise<Profile>) | null;
  /** Frees everything; tensors of this backend are void afterwards. */
  dispose(): void;
}

/** Why there is no adapter, the start of a sentence; the page's diagnosis says the same. */
export const noGpu = (gpu: GPU | undefined): string =>
  gpu ? 'WebGPU finds no GPU here' : 'This browser has no WebGPU';

/** @throws one sentence when an explicitly wanted backend is not to be had. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  if (options.kind === 'cpu') return openCpu();
  if (options.kind === 'wasm') return openWasm(options, 'WebAssembly, as chosen.');
  const adapter = await findAdapter(options.gpu).catch(() => null);
  if (options.kind === 'webgpu') {
    if (!adapter) throw new Error('WebGPU was asked for, but there is no adapter here: choose Auto or WebAssembly.');
    return openWebgpu(adapter, 'WebGPU, as chosen.');
  }
  if (!adapter) return openWasm(options, `${noGpu(options.gpu)}, so this runs on WebAssembly, slower.`);
  const summary = adapterSummary(adapter);
  if (summary.isSoftware)
    return openWasm(
      options,
      `The only WebGPU adapter is software (${adapterName(summary)}), and WebAssembly is faster.`,
    );
  try {
    return await openWebgpu(adapter, 'WebGPU on the GPU.');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return openWasm(options, `The GPU could not be opened (${why}), so this runs on WebAssembly, slower.`);
  }
}

/** The backend and its adapter in words. */
export function backendName({ kind, adapter }: Backend): string {
  if (adapter) return adapterName(adapter);
  return kind === 'wasm' ? 'WebAssembly' : kind;
}

/** Few enough for a GPU to begin early, many enough for handing over not to count. */
const dispatchesPerSubmit = 1024;

async function openWebgpu(adapter: GPUAdapter, reason: string): Promise<Backend> {
  const { CosrWebGPUBackend } = await import('./webgpu-backend.ts');
  const opened = await openDevice(adapter);
  const { device } = opened;
  // Small tensors must not silently run on the CPU: results would depend on their size.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', dispatchesPerSubmit);
  let disposed = false;
  const lost = new Promise<string>((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (!disposed) resolve(message || reason);
    });
  });
  const backend = new CosrWebGPUBackend(device, opened.info);
  const recordings = new Recordings(backend);
  const { profiler } = opened;
  backend.profiler = profiler;
  tuneFor(opened.adapter.isSoftware);
  await activate('webgpu', () => backend);
  return {
    kind: 'webgpu',
    reason,
    adapter: opened.adapter,
    features: opened.features,
    limits: opened.limits,
    device,
    lost,
    counts: opened.counts,
    threads: 1,
    recordings,
    trim() {
      recordings.clear();
      backend.trim();
    },
    compile: (run) => backend.compile(() => tf.tidy(run)),
    profile:
      profiler &&
      (async (work) => {
        backend.flush();
        profiler.start();
        let profile: Promise<Profile>;
        try {
          await work((phase) => profiler.enter(phase));
        } finally {
          backend.flush();
          profile = profiler.stop();
        }
        return profile;
      }),
    memory: () => memory((tf.memory() as { numBytesAllocatedInGPU?: number }).numBytesAllocatedInGPU ?? null),
    dispose() {
      if (disposed) return;
      disposed = true;
      if (tf.findBackend('webgpu') === backend) tf.removeBackend('webgpu');
      device.destroy();
    },
  };
}

/**
 * Starts the module with `wasmThreads` threads. By itself tfjs takes half of the logical cores, and no more than those whatever
 * setThreadsCount asks for (tensorflow/tfjs#8513), so that of two cores one stands idle. Its module asks the navigator for
 * their number as it starts, which says twice as many until then.
 */
async function withAllCores<T>(setThreadsCount: (threads: number) => void, start: () => Promise<T>): Promise<T> {
  const threads = wasmThreads();
  if (threads === 1) return start();
  setThreadsCount(threads);
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads, configurable: true });
  try {
    return await start();
  } finally {
    // The browser's own number stands behind it, in the prototype.
    Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
}

/** tfjs takes the addresses once, before the module starts, and throws when they are set again. */
let wasmAddressed = false;

async function openWasm({ wasmPaths }: BackendOptions, reason: string): Promise<Backend> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  // One signature for a folder and another for a record of files; the function takes either.
  replaceWasmKernels();
  if (!wasmAddressed) wasm.setWasmPaths(wasmPaths as string);
  wasmAddressed = true;
  if (!(await withAllCores(wasm.setThreadsCount, () => tf.setBackend('wasm')))) {
    throw new Error(
      'The WebAssembly backend did not start: its .wasm file could not be loaded. Reload, or choose WebGPU.',
    );
  }
  refuseNowhere((tf.backend() as unknown as { wasm: WasmHeap }).wasm);
  return offGpu('wasm', reason, wasm.getThreadsCount());
}

interface WasmHeap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}
const guarded = new WeakSet<WasmHeap>();

/**
 * tfjs uses whatever address it gets: also 0, which says that there is no memory left, and those from 2³¹ on, which come as
 * negative numbers and would be read from the end of the heap.
 */
function refuseNowhere(heap: WasmHeap): void {
  if (guarded.has(heap)) return;
  guarded.add(heap);
  // The first call puts the function itself in the place of a stub.
  heap._free(heap._malloc(1));
  const allocate = heap._malloc;
  heap._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address > 0 || bytes === 0) return address;
    if (address < 0) heap._free(address);
    throw new Error(`WebAssembly is out of memory: ${bytes} bytes could not be had.`);
  };
}

async function openCpu(): Promise<Backend> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return offGpu('cpu', 'The CPU reference backend.');
}

/** Replaces the backend of that name: tfjs keeps one instance a name, also one whose device is gone. */
async function activate(name: string, create: () => tf.KernelBackend): Promise<void> {
  if (tf.engine().backendNames().includes(name)) tf.removeBackend(name);
  tf.registerBackend(name, create, 3);
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend.`);
}

const memory = (gpuBytes: number | null): BackendMemory => {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes, gpuBytes };
};

const offGpu = (kind: BackendKind, reason: string, threads = 1): Backend => ({
  kind,
  reason,
  threads,
  adapter: null,
  features: [],
  limits: null,
  device: null,
  lost: null,
  memory: () => memory(null),
  recordings: null,
  counts: () => noCounts,
  trim() {},
  compile: async () => {},
  profile: null,
  // The WASM module is kept: it holds no tensors once networks are disposed of, and starting it again costs seconds.
  dispose() {},
});
