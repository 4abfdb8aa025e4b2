/** Finds constructs that software adapters' compilers fail on in the programs' text: no adapter is needed. */
import { describe, expect, it } from 'vitest';
import { forwardDirect } from './direct.ts';
import { filterGradientDirect } from './direct-filter.ts';
import { type Geometry, inputGradientOf } from './geometry.ts';

const geometry = (kernel: number, stride: number, enlarged: number): Geometry => ({
  input: [1, 64, 64, 96],
  output: [1, (64 * enlarged) / stride, (64 * enlarged) / stride, 96],
  kernel,
  stride,
  spread: 1,
  enlarged,
  pad: (kernel - 1) / 2,
  turned: false,
});

describe.each([
  [1, 1, 1],
  [3, 1, 1],
  [3, 2, 1],
  [3, 4, 1],
  [3, 1, 2],
])('a convolution of side %i, stride %i, enlarged %i', (kernel, stride, enlarged) => {
  const given = geometry(kernel, stride, enlarged);
  it.each([
    ['forward', () => forwardDirect(given, 'bias, residual', 'f32', false)],
    ['forward, sharing loads', () => forwardDirect(given, 'bias, residual', 'f32', true)],
    ['input gradient', () => forwardDirect(inputGradientOf(given), 'nothing', 'f32', true)],
    ['filter gradient', () => filterGradientDirect(given, 1, false)],
    ['filter gradient, sharing loads', () => filterGradientDirect(given, 1, true)],
  ])('has few branches in its text: %s', (_, run) => {
    // SwiftShader took minutes to compile 33 of them in a loop, and a second for the same text without.
    const branches =
      run()
        .program.code(new Set())
        .match(/&&|\|\||\bif\b/g) ?? [];
    expect(branches.length).toBeLessThan(14);
  });
});
