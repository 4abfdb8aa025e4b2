/** Measures an adapter's peak FLOP/s and bandwidth (the roofline): multiply-adds in registers, copies of memory. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.ts';
import { cosrBackend } from './custom-op.ts';
import type { Program } from './pipelines.ts';
import type { ProgramTime, Work } from './profiler.ts';

export interface Peak {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

const [threads, sums] = [64, 8];
const list = (text: (i: number) => string, between = ' ') =>
  Array.from({ length: sums }, (_, i) => text(i)).join(between);

/** Eight independent sums of four a thread: none waits for another. */
const multiplyAdds: Program = {
  name: 'peak of multiply-adds',
  code: () => `
struct Sizes { loops: u32 }
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  let factor = vec4(1.0 / f32(g.x + 2u));
  ${list((i) => `var a${i} = factor * ${i + 1}.0;`)}
  for (var i = 0u; i < s.loops; i++) {
    ${list((i) => `a${i} = fma(a${i}, factor, factor);`)}
  }
  y[g.x] = ${list((i) => `a${i}`, ' + ')};
}`,
};

const copy: Program = {
  name: 'peak of copies',
  code: () => `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) { y[i] = x[i]; }
}`,
};

/** Long enough for handing over not to count. */
const [enoughMs, repeats] = [20, 3];

/** Work a second of what runs `amount` times as long for `amount` of work; grown until it takes long enough. */
async function fastest(backend: Backend, run: (amount: number) => number): Promise<number> {
  const seconds = async (amount: number): Promise<readonly [number, number]> => {
    await backend.device?.queue.onSubmittedWorkDone();
    const started = performance.now();
    const work = run(amount);
    cosrBackend().flush();
    await backend.device?.queue.onSubmittedWorkDone();
    return [work, (performance.now() - started) / 1000];
  };
  let amount = 1;
  while ((await seconds(amount))[1] * 1000 < enoughMs) amount *= 2;
  let best = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const [work, time] = await seconds(amount);
    best = Math.max(best, work / time);
  }
  return best;
}

/** Takes about a second. @param backend WebGPU, open */
export async function measurePeak(backend: Backend): Promise<Peak> {
  const isSoftware = backend.adapter?.isSoftware ?? true;
  const gpu = cosrBackend();
  const workgroups = isSoftware ? 64 : 4096;
  const y = gpu.allocate([workgroups * threads * 4]);
  const flopsPerSecond = await fastest(backend, (amount) => {
    const loops = 64 * amount;
    gpu.dispatch({ program: multiplyAdds, inputs: [], outputs: [y], sizes: [loops], workgroups: [workgroups, 1, 1] });
    return workgroups * threads * loops * sums * 4 * 2;
  });
  gpu.disposeData(y.dataId);
  // Larger than caches.
  const size = (isSoftware ? 64 : 256) * 2 ** 18;
  const from = tf.zeros([size]);
  const to = gpu.allocate([size]);
  const bytesPerSecond = await fastest(backend, (amount) => {
    for (let i = 0; i < amount; i++) {
      gpu.dispatch({ program: copy, inputs: [from], outputs: [to], workgroups: [workgroups * 4, 1, 1] });
    }
    return amount * size * 8;
  });
  from.dispose();
  gpu.disposeData(to.dataId);
  return { flopsPerSecond, bytesPerSecond };
}

/** The share of what is possible that a program reaches (roofline): 1 when either peak holds it back. */
export function shareOfPeak({ flops, bytes, ms }: Work & Pick<ProgramTime, 'ms'>, peak: Peak): number {
  return Math.max(flops / peak.flopsPerSecond, bytes / peak.bytesPerSecond) / (ms / 1000);
}
