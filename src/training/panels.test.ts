import { describe, expect, it } from 'vitest';
import type { FloatImage } from '../imaging/image.ts';
import { absoluteDifference, scoreColours } from './panels.ts';

const image = (channels: number, ...values: number[]): FloatImage => ({
  width: values.length / channels,
  height: 1,
  channels,
  data: Float32Array.from(values),
});

describe('absoluteDifference', () => {
  it('is black where both are equal, and white from a difference of 1 on, whichever is larger', () => {
    const a = image(3, 0.25, 0.25, 0.25, 1, 0, -1);
    const b = image(3, 0.25, 0.25, 0.25, -1, 1, -0.75);
    expect([...absoluteDifference(a, b).data]).toEqual([0, 0, 0, 255, 255, 255, 64, 255]);
  });
});

describe('scoreColours', () => {
  it('goes from orange for fake over grey to blue for real, and no further', () => {
    const { data } = scoreColours(image(1, -2, 0, 2, 50));
    const [fake, none, real, more] = [0, 4, 8, 12].map((at) => [...data.subarray(at, at + 3)] as number[]);
    expect(fake?.[0]).toBeGreaterThan(fake?.[2] ?? 255);
    expect(real?.[2]).toBeGreaterThan(real?.[0] ?? 255);
    expect(none).toEqual([240, 240, 242]);
    expect(more).toEqual(real);
  });
});
