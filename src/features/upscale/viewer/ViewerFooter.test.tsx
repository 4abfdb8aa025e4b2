import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../../../protocol/upscale.ts';
import { fasterMethod, madeOtherwise, resultText } from './ViewerFooter.tsx';

const options = { ...defaultOptions, method: 'sinsr' } as const;
const result = { seconds: 1.5, megapixels: 0.065536, options, backend: 'webgpu', tile: 64 } as const;

describe('resultText', () => {
  it('says how the picture was made', () => {
    expect(resultText(result)).toBe('SinSR · seed 42 · tile 64 · WebGPU · 0.07 MP in 1.5 s');
    expect(resultText({ ...result, peakBytes: 2 ** 27 })).toMatch(/ · 128 MB of memory$/);
    expect(resultText({ ...result, agreement: 45.27 })).toMatch(/ · agrees with the input to 45\.3 dB · tile/);
    // A flat picture.
    expect(resultText({ ...result, agreement: Number.POSITIVE_INFINITY })).toMatch(/ · agrees with the input · tile/);
  });
});

describe('a model from elsewhere', () => {
  const esrgan = { ...options, method: 'esrgan-slim' } as const;
  const made = { ...result, options: esrgan };
  it('has no seed, and is not made otherwise by one', () => {
    expect(resultText(made)).toBe('ESRGAN slim · tile 64 · WebGPU · 0.07 MP in 1.5 s');
    expect(madeOtherwise(made, { ...esrgan, seed: 7, colourLock: 'wavelet' })).toBe(false);
    expect(madeOtherwise(made, options)).toBe(true);
  });
});

describe('what takes less', () => {
  it('is a student in place of the teacher, then the smallest ESRGAN, then nothing', () => {
    const methods = ['ours', 'sinsr', 'resshift'] as const;
    expect(fasterMethod({ method: 'resshift', methods })).toBe('ours');
    expect(fasterMethod({ method: 'ours', methods })).toBe('esrgan-slim');
    expect(fasterMethod({ method: 'esrgan-slim', methods })).toBeNull();
    expect(fasterMethod(null)).toBeNull();
  });
});

describe('madeOtherwise', () => {
  it('looks at what changes the picture alone', () => {
    expect(madeOtherwise(result, { ...options, tile: 32, memoryBudget: 2 ** 27 })).toBe(false);
    expect(madeOtherwise(result, { ...options, seed: 7 })).toBe(true);
    expect(madeOtherwise(result, { ...options, agree: true })).toBe(true);
    expect(madeOtherwise({ ...result, options: { ...options, agree: undefined } }, { ...options, agree: false })).toBe(
      false,
    );
    expect(madeOtherwise(result, { ...options, colourLock: 'wavelet' })).toBe(true);
    expect(madeOtherwise(result, { ...options, method: 'ours' })).toBe(true);
  });

  it('waits until it is known what runs', () => {
    expect(madeOtherwise(result, { ...options, method: 'auto' })).toBe(false);
  });
});
