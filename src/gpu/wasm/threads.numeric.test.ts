/** Threads of our own, as Node has them: its workers in the place of browsers', on a memory that they share. */

import { resolveObjectURL } from 'node:buffer';
import { Worker as NodeWorker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { uniform } from '../../../tests/support/hashed.ts';
import { convolution } from './convolution.ts';
import '../ops/activation/index.ts';
import '../ops/layer-norm/index.ts';
import '../ops/window-attention/index.ts';
import { assemble, atomics, constant, get, isBelow, multiply, set, store32, subtract, whilst } from './assembly.ts';
import { concat, product, reverse, slice, transpose, type WasmBackend } from './copies.ts';
import { filterGradient, matrixProducts, sum } from './products.ts';
import { severalThreads, withShares } from './threads.ts';

const workers: NodeWorker[] = [];

class BrowserWorker {
  readonly #opened: Promise<NodeWorker>;
  constructor(address: string) {
    const text = (resolveObjectURL(address) as Blob).text();
    const port = `require('node:worker_threads').parentPort.on('message', (data) => onmessage({ data }));`;
    this.#opened = text.then((own) => new NodeWorker(port + own, { eval: true }));
    void this.#opened.then((worker) => workers.push(worker));
  }
  postMessage(message: unknown): void {
    void this.#opened.then((worker) => worker.postMessage(message));
  }
}

const sharedMemory = () => new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });

/** Hands out addresses from the first on. */
function allocator(first: number): (bytes: number) => number {
  let end = first;
  return (bytes) => {
    const address = end;
    end += 16 * Math.ceil(bytes / 16);
    return address;
  };
}

beforeEach(() => {
  vi.stubGlobal('Worker', BrowserWorker);
});

afterAll(async () => {
  vi.unstubAllGlobals();
  await Promise.all(workers.map((worker) => worker.terminate()));
});

describe('threads', () => {
  const functions = {
    put: { parameters: 2, integers: 0, vectors: 0, body: [store32(get(0), get(1))] },
    /** Counts itself and waits until all are there, though not for ever. */
    meet: {
      parameters: 3,
      integers: 1,
      vectors: 0,
      body: [
        set(3, atomics.add(get(0), 0, constant(1))),
        set(3, constant(1e8)),
        whilst(
          multiply(isBelow(constant(0), get(3)), isBelow(atomics.load(get(0), 0), get(1))),
          set(3, subtract(get(3), constant(1))),
        ),
        store32(get(2), isBelow(constant(0), get(3))),
      ],
    },
  };
  interface Programs {
    put(at: number, value: number): void;
    meet(at: number, all: number, met: number): void;
  }
  const others = 2;
  const memory = sharedMemory();
  const allocate = allocator(16);
  const words = (at: number, length: number) => Array.from(new Int32Array(memory.buffer, at, length));
  const open = () => {
    const module = new WebAssembly.Module(assemble(withShares(functions), true));
    const programs = new WebAssembly.Instance(module, { on: { memory } }).exports as unknown as Programs;
    return severalThreads({ programs, names: ['put', 'meet'], module, memory, allocate, others });
  };

  it('run shares at the same time', async () => {
    const { run } = open();
    const everybodyMeets = () => {
      const at = allocate(16 * 4);
      run(others + 1, (programs, item) => programs.meet(at, others + 1, at + 4 + 4 * item));
      return words(at + 4, others + 1);
    };
    await expect.poll(everybodyMeets, { timeout: 60_000 }).toEqual([1, 1, 1]);
  });

  it('do all items once, also more than are kept at a time', () => {
    const { run } = open();
    const items = 40_000;
    const at = allocate(4 * items);
    run(items, (programs, item) => programs.put(at + 4 * item, (words(at + 4 * item, 1)[0] as number) + item + 1));
    expect(words(at, items)).toEqual(Array.from({ length: items }, (_, item) => item + 1));
    run(0, () => expect.unreachable());
  });

  it('need not start', () => {
    vi.stubGlobal(
      'Worker',
      class {
        postMessage() {}
      },
    );
    const { run } = open();
    const at = allocate(4 * 5);
    run(5, (programs, item) => programs.put(at + 4 * item, item));
    expect(words(at, 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuse an item of more calls than are kept, and go on', () => {
    const { run } = open();
    const at = allocate(4);
    const tooMany = () =>
      run(1, (programs) => {
        for (let n = 0; n < 20_000; n++) programs.put(at, 1);
      });
    expect(tooMany).toThrow('more calls than there is space for');
    run(1, (programs) => programs.put(at, 2));
    expect(words(at, 1)).toEqual([2]);
  });
});

/** tfjs's backend as far as kernels know it, on a memory of its own that threads share. */
function openBackend() {
  const memory = sharedMemory();
  const allocate = allocator(16);
  const addresses = new WeakMap<object, number>();
  const info = (shape: number[]): tf.TensorInfo => {
    const dataId = {};
    addresses.set(dataId, allocate(4 * product(shape)));
    return { dataId, shape, dtype: 'float32' };
  };
  const values = ({ dataId, shape }: tf.TensorInfo) =>
    new Float32Array(memory.buffer, addresses.get(dataId), product(shape));
  const backend = {
    wasm: { HEAPU8: new Uint8Array(memory.buffer), wasmMemory: memory, _malloc: allocate, _free() {} },
    makeOutput: info,
    disposeData: () => true,
    dataIdMap: { get: (dataId: object) => ({ memoryOffset: addresses.get(dataId) }) },
  } as unknown as WasmBackend;
  const filled = (...shape: number[]) => {
    const x = info(shape);
    values(x).set(uniform(shape.join(), product(shape), 1));
    return x;
  };
  return { backend, filled, values };
}

const run = (name: string, inputs: Record<string, tf.TensorInfo>, attributes: object) => (backend: WasmBackend) => {
  const call = { inputs, backend, attrs: attributes } as unknown as Parameters<tf.KernelFunc>[0];
  return [tf.getKernel(name, 'wasm').kernelFunc(call)].flat()[0] as tf.TensorInfo;
};

type Work = (backend: WasmBackend, filled: (...shape: number[]) => tf.TensorInfo) => tf.TensorInfo | undefined;

const works: readonly [name: string, work: Work][] = [
  [
    'a convolution',
    (b, x) =>
      convolution(
        b,
        { x: x(2, 21, 9, 10), filter: x(3, 3, 10, 24), bias: x(24) },
        { strides: 1, pad: 1, dataFormat: 'NHWC', dilations: 1 },
      ),
  ],
  ['a filter gradient', (b, x) => filterGradient(b, x(2, 18, 18, 24), x(2, 16, 16, 44), [3, 3, 24, 44], 1)],
  [
    'products of several matrices',
    (b, x) => matrixProducts(b, x(40, 33, 16), x(40, 16, 21), { transposeA: false, transposeB: false }),
  ],
  [
    'a product of a turned matrix',
    (b, x) => matrixProducts(b, x(64, 50), x(64, 90), { transposeA: true, transposeB: false }),
  ],
  ['a part', (b, x) => slice(b, x(40, 11, 34), { begin: [1, 2, 3], size: [38, 8, 30] })],
  ['parts side by side', (b, x) => concat(b, [x(60, 5), x(60, 64)], 1)],
  ['reversed rows', (b, x) => reverse(b, x(40, 6, 9), { dims: [0, 2] })],
  ['a turned matrix', (b, x) => transpose(b, x(77, 133), [1, 0])],
  ['turned matrices', (b, x) => transpose(b, x(50, 13, 10), [0, 2, 1])],
  ['sums of columns', (b, x) => sum(b, x(300, 68), { axis: 0, keepDims: false })],
  ['GELU', (b, x) => run('Cosr gelu', { x: x(301, 12) }, {})(b)],
  ['LayerNorm', (b, x) => run('CosrLayerNorm', { x: x(1, 7, 9, 12), gamma: x(12), beta: x(12) }, { eps: 1e-5 })(b)],
  [
    'window attention',
    (b, x) =>
      run(
        'CosrWindowAttention',
        { qkv: x(1, 16, 24, 48), table: x(49, 2) },
        { heads: 2, window: 4, shift: 2, mask: 'standard' },
      )(b),
  ],
];

describe('kernels', () => {
  /** The work's values, some times over: threads start meanwhile. */
  async function results(work: Work, threads: number, times: number): Promise<number[][]> {
    vi.stubGlobal('crossOriginIsolated', threads > 1);
    vi.stubGlobal('navigator', { hardwareConcurrency: threads });
    const { backend, filled, values } = openBackend();
    const found: number[][] = [];
    for (let n = 0; n < times; n++) {
      found.push(Array.from(values(work(backend, filled) as tf.TensorInfo)));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return found;
  }

  it.each(works)('%s: the same bits on one thread and on three', async (_, work) => {
    const [expected] = await results(work, 1, 1);
    for (const found of await results(work, 3, 20)) expect(found).toEqual(expected);
  });
});
