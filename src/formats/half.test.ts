import { describe, expect, it } from 'vitest';
import { bfloatToFloat, floatToBfloat, floatToHalf, halfToFloat } from './half.ts';

const allPatterns = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Binary16 by its definition. */
function decodeHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

describe('binary16', () => {
  it('decodes every pattern by the definition', () => {
    const decoded = halfToFloat(allPatterns);
    expect(allPatterns.every((half) => Object.is(decoded[half], decodeHalf(half)))).toBe(true);
  });

  it('encodes every decoded pattern back, NaNs as quiet NaNs', () => {
    const back = floatToHalf(halfToFloat(allPatterns));
    const isNaN16 = (half: number) => (half & 0x7fff) > 0x7c00;
    expect(allPatterns.every((half) => back[half] === (isNaN16(half) ? half | 0x200 : half))).toBe(true);
  });

  it('rounds to nearest, ties to even, between all neighbours', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const [low, high] = [decodeHalf(half), decodeHalf(half + 1)];
      const middle = (low + high) / 2;
      // Midpoints and their float32 neighbours are exact in float32.
      const around = new Uint32Array(3).fill(bits(Float32Array.of(middle))[0]);
      around[0]--;
      around[2]++;
      const even = half & 1 ? half + 1 : half;
      const expected = [half, even, half + 1];
      const encoded = floatToHalf(new Float32Array(around.buffer));
      if (expected.some((value, i) => encoded[i] !== value)) throw new Error(`${middle} became ${encoded}`);
      around.forEach((_, i) => {
        around[i] |= 0x80000000;
      });
      const negative = floatToHalf(new Float32Array(around.buffer));
      if (expected.some((value, i) => negative[i] !== (value | 0x8000)))
        throw new Error(`−${middle} became ${negative}`);
    }
  });

  it('overflows to infinity from the midpoint beyond 65,504', () => {
    expect([...floatToHalf(Float32Array.of(65504, 65519.99, 65520, 1e38, -1e9))]).toEqual([
      0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00,
    ]);
    expect([...floatToHalf(Float32Array.of(2 ** -25, 2 ** -25 * 1.0001, 1e-45, -0))]).toEqual([0, 1, 0, 0x8000]);
  });
});

describe('bfloat16', () => {
  it('decodes every pattern as the upper half of a float32, and encodes it back', () => {
    const decoded = bfloatToFloat(allPatterns);
    expect(bits(decoded).every((single, i) => single === i * 65536)).toBe(true);
    const back = floatToBfloat(decoded);
    expect(allPatterns.every((value) => back[value] === ((value & 0x7fff) > 0x7f80 ? value | 0x40 : value))).toBe(true);
  });

  it('rounds to nearest, ties to even, and keeps NaN', () => {
    const singles = Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0x7f7fffff, 0x7f800001, 0xffffffff);
    expect([...floatToBfloat(new Float32Array(singles.buffer))]).toEqual([
      0x3f80, 0x3f82, 0x3f81, 0x3f80, 0x7f80, 0x7fc0, 0xffff,
    ]);
  });
});
