/** What software adapters' compilers can't cope with, found in the programs' text: it needs no adapter. */
import { describe, expect, it } from 'vitest';
import { filterGradientDirect, forwardDirect } from './direct.ts';
import { type Geometry, inputGradientOf } from './geometry.ts';

const geometry = (kernel: number, stride: number): Geometry => ({
  input: [1, 64, 64, 96],
  output: [1, 64 / stride, 64 / stride, 96],
  kernel,
  stride,
  spread: 1,
  pad: (kernel - 1) / 2,
  turned: false,
});

describe.each([
  [1, 1],
  [3, 1],
  [3, 2],
  [3, 4],
])('a convolution %i×%i of stride', (kernel, stride) => {
  const given = geometry(kernel, stride);
  it.each([
    ['forward', () => forwardDirect(given, 'bias and residual')],
    ['input gradient', () => forwardDirect(inputGradientOf(given), 'nothing')],
    ['filter gradient', () => filterGradientDirect(given, 1)],
  ])('has few branches in its text: %s', (_, run) => {
    // SwiftShader took minutes to compile 33 of them in a loop, and a second for the same text without.
    const branches =
      run()
        .program.code()
        .match(/&&|\|\||\bif\b/g) ?? [];
    expect(branches.length).toBeLessThan(14);
  });
});
