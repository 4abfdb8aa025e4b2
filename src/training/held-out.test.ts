import { describe, expect, it } from 'vitest';
import { evenCorners, setAside } from './held-out.ts';

const pictures = (count: number) => ({ count, picture: async () => Promise.reject(new Error('not read here')) });

describe('held-out pictures', () => {
  it.each([
    [1, 1, 1, 0],
    [4, 1, 3, 1],
    [10, 2, 8, 2],
    [2, 8, 1, 1],
  ])('of %i with %i wanted: %i to train on, %i to measure on', (count, heldOutPictures, training, heldOut) => {
    const parts = setAside(pictures(count), { heldOutPictures });
    expect([parts.training.count, parts.heldOut.count]).toEqual([training, heldOut]);
  });

  it('are cut into squares that don’t overlap, evenly over the picture', () => {
    expect(evenCorners({ width: 130, height: 70 }, 64, 9)).toEqual([
      { x: 1, y: 3 },
      { x: 65, y: 3 },
    ]);
    const many = evenCorners({ width: 640, height: 640 }, 64, 4);
    expect(many).toHaveLength(4);
    expect(new Set(many.map(({ x, y }) => `${x},${y}`)).size).toBe(4);
    expect(many.every(({ x, y }) => x >= 0 && y >= 0 && x <= 576 && y <= 576)).toBe(true);
    expect(new Set(many.map(({ y }) => y)).size).toBeGreaterThan(2);
    expect(evenCorners({ width: 64, height: 64 }, 64, 24)).toEqual([{ x: 0, y: 0 }]);
  });
});
