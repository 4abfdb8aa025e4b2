import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../../../engine/protocol.ts';
import { madeOtherwise, resultText } from './result-text.ts';

const result = { seconds: 1.5, megapixels: 0.065536, options: defaultOptions, backend: 'webgpu', tile: 64 } as const;

describe('resultText', () => {
  it('says how the picture was made', () => {
    expect(resultText(result)).toBe('SinSR, one step · seed 42 · tile 64 · WebGPU · 0.07 MP in 1.5 s');
  });
});

describe('madeOtherwise', () => {
  it('looks at what changes the picture alone', () => {
    expect(madeOtherwise(result, { ...defaultOptions, tile: 32, memoryBudget: 2 ** 27 })).toBe(false);
    expect(madeOtherwise(result, { ...defaultOptions, seed: 7 })).toBe(true);
    expect(madeOtherwise(result, { ...defaultOptions, colourLock: 'off' })).toBe(true);
  });
});
