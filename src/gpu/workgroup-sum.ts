/** WGSL of sums over all threads of a workgroup. */
import type { Features } from './pipelines.ts';

export interface WorkgroupSum {
  /** Has to come before everything else in the program. */
  readonly enable: string;
  /** Defines `overThreads(own, t)`: the sum of all threads' `own`, which each of them gets. */
  readonly text: string;
}

/**
 * Where the device has subgroups, their sums are added up, which takes two barriers; elsewhere halves are. The order of
 * additions is the same in every run on a device.
 * @param threads of a workgroup of one dimension, a power of two of at least the largest subgroup, 128
 */
export function workgroupSum(type: 'f32' | 'vec2<f32>', threads: number, features: Features): WorkgroupSum {
  const begin = `
var<workgroup> sums: array<${type}, ${threads}>;
fn overThreads(own: ${type}, t: u32) -> ${type} {
  workgroupBarrier();`;
  if (features.has('subgroups')) {
    // Threads fill subgroups in their order.
    return {
      enable: 'enable subgroups;',
      text: `${begin}
  sums[t] = subgroupAdd(own);
  let width = subgroupAdd(1u);
  workgroupBarrier();
  var total = ${type}();
  for (var first = 0u; first < ${threads}u; first += width) { total += sums[first]; }
  return total;
}`,
    };
  }
  return {
    enable: '',
    text: `${begin}
  sums[t] = own;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    if (t < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  return sums[0];
}`,
  };
}
