/**
 * Convolutions as cut for software adapters, whose threads take loads from each other where there are subgroups, in turns on
 * two devices of one adapter: with subgroups and without. By CPU time of the adapter's threads, which run in this process.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Backend, openBackend } from '../../src/gpu/backend.ts';
import { flushGpu } from '../../src/gpu/custom-op.ts';
import { conv2d } from '../../src/gpu/ops/conv2d/index.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { nodeGpu } from '../backend.ts';
import { faster, fastest, untimed } from './clock.ts';
import type { Finding, Listener, Workload } from './measure.ts';
import { printTable } from './table.ts';
import { coTraining, hashedTensor, upscaling } from './workloads.ts';

/** Layers of compact's student and decoder: kernel, channels in and out, side of the map. */
const layers = [
  [3, 64, 64, 16],
  [3, 64, 64, 64],
  [3, 128, 128, 8],
  [3, 32, 12, 32],
  [1, 64, 64, 64],
] as const;

/** Of arithmetic that one measurement of a layer has at least, far above what a dispatch costs besides. */
const leastFlops = 4e9;

interface Piece {
  readonly name: string;
  /** Of one run; null: many layers. */
  readonly flops: number | null;
  /** Runs in one measurement. */
  readonly runs: number;
  prepare(): Promise<{ run(): Promise<void> | void; dispose(): void }>;
}

const silent: Listener = { measure: async (_, work) => work(), enter() {} };

const whole = (workload: Workload): Piece => ({
  name: workload.parts[0],
  flops: null,
  runs: 1,
  async prepare() {
    const { run, dispose } = await workload.prepare();
    return { run: () => run(silent), dispose };
  },
});

function layer([kernel, inputs, outputs, side]: (typeof layers)[number], isGradient: boolean): Piece {
  const forward = 2 * kernel ** 2 * inputs * outputs * side ** 2;
  const flops = isGradient ? 2 * forward : forward;
  return {
    name: `${isGradient ? 'and filter gradient, ' : ''}${kernel}×${kernel}, ${inputs}→${outputs}, ${side} px`,
    flops,
    runs: Math.ceil(leastFlops / flops),
    async prepare() {
      const x = hashedTensor('map', [1, side, side, inputs]) as tf.Tensor4D;
      const weight = hashedTensor('filter', [kernel, kernel, inputs, outputs]) as tf.Tensor4D;
      const bias = hashedTensor('bias', [outputs]) as tf.Tensor1D;
      const convolved = (filter: tf.Tensor) => conv2d(x, filter as tf.Tensor4D, bias);
      const gradient = tf.grad(convolved);
      return {
        run: () => tf.dispose(isGradient ? gradient(weight) : convolved(weight)),
        dispose: () => tf.dispose([x, weight, bias]),
      };
    },
  };
}

/** `gpu` as if none of its adapters had subgroups. */
function withoutSubgroups(gpu: GPU): GPU {
  const hidden = (adapter: GPUAdapter): GPUAdapter =>
    new Proxy(adapter, {
      get(target, key) {
        if (key === 'features') return new Set([...target.features].filter((feature) => feature !== 'subgroups'));
        const value = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options);
      return adapter && hidden(adapter);
    },
  } as GPU;
}

async function open(gpu: GPU): Promise<Backend> {
  return openBackend({ kind: 'webgpu', gpu, wasmPaths: '' });
}

/** CPU milliseconds of one run. */
async function timed({ runs, prepare }: Piece, device: GPUDevice | null, repeats: number): Promise<number> {
  const { run, dispose } = await prepare();
  const all = async () => {
    for (let i = 0; i < runs; i++) await run();
    flushGpu();
    await device?.queue.onSubmittedWorkDone();
  };
  // The first time compiles.
  await faster(all, untimed);
  const { cpu } = await fastest(all, repeats);
  dispose();
  return cpu / runs;
}

interface Row extends Pick<Piece, 'name' | 'flops'> {
  readonly ms: { readonly with: number; readonly without: number };
}

export async function withAndWithoutSubgroups(preset: ModelPreset, crop: number, repeats: number): Promise<Finding> {
  const gpu = await nodeGpu();
  const probe = gpu && (await open(gpu));
  const isToBeHad = probe?.adapter?.isSoftware && probe.features.includes('subgroups');
  probe?.dispose();
  if (!gpu || !isToBeHad) {
    return { json: null, print: () => console.log('\nThis is no software adapter with subgroups.') };
  }
  const pieces: Piece[] = [
    whole(upscaling('tile of 16 px', preset, 16, 'one-step')),
    whole(upscaling('tile of 64 px', preset, 64, 'one-step')),
    whole(coTraining(`co-training iteration, crop of ${crop} px`, preset, { crop })),
    ...layers.map((each) => layer(each, false)),
    ...layers.map((each) => layer(each, true)),
  ];
  const rows: Row[] = [];
  for (const piece of pieces) {
    const ms = { with: 0, without: 0 };
    for (const [way, its] of [['with', gpu] as const, ['without', withoutSubgroups(gpu)] as const]) {
      const backend = await open(its);
      ms[way] = await timed(piece, backend.device, repeats);
      backend.dispose();
    }
    process.stderr.write(`  ${piece.name}: ${ms.with.toFixed(2)} ms, ${ms.without.toFixed(2)} ms without\n`);
    rows.push({ name: piece.name, flops: piece.flops, ms });
  }
  const ratios = Object.fromEntries(rows.map(({ name, ms }) => [`without ÷ with: ${name}`, ms.without / ms.with]));
  return { json: rows, ratios, print: () => print(rows) };
}

function print(rows: readonly Row[]): void {
  console.log('');
  printTable([
    ['by CPU time', 'ms', 'without subgroups', 'ratio', 'GFLOP/s a thread'],
    ...rows.map(({ name, flops, ms }) => [
      name,
      ms.with.toFixed(2),
      ms.without.toFixed(2),
      `${(ms.without / ms.with).toFixed(1)}×`,
      flops === null ? '' : (flops / ms.with / 1e6).toFixed(1),
    ]),
  ]);
}
