import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../formats/safetensors.ts';
import { isHalf } from './networks.ts';

describe('isHalf', () => {
  it('is true only where all weights came as f16', async () => {
    const file = (dtypes: readonly ('F16' | 'F32')[]) =>
      writeSafetensors(dtypes.map((dtype, i) => ({ name: `w${i}`, dtype, shape: [2], data: Float32Array.of(1, 2) })));
    expect(await isHalf(file(['F16', 'F16']))).toBe(true);
    expect(await isHalf(file(['F16', 'F32']))).toBe(false);
  });
});
