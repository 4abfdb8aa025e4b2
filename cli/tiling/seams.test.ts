/** A seam is seen where there is one, and only there. */
import { describe, expect, it } from 'vitest';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { blended, planTiles } from '../../src/imaging/tiling.ts';
import { meanAt, steps, tileBorders } from './seams.ts';

const plan = planTiles({ width: 128, height: 128 }, 64, blended(16));
const borders = tileBorders(plan, 4);
const isBorder = (line: number) => borders.has(line);
const isInside = (line: number) => line % 64 !== 0;

/** A ramp along both axes; `offset` adds to what lies between two borders, in turns. */
function picture(offset: number): Rgba8 {
  const side = 512;
  const strip = (at: number) => [...borders].filter((border) => border <= at).length % 2;
  const data = Uint8ClampedArray.from({ length: side * side * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % side, Math.floor(i / 4 / side)];
    return i % 4 === 3 ? 255 : ((x + y) % 2) + 100 + offset * (strip(x) + strip(y));
  });
  return { width: side, height: side, data };
}

describe('seams', () => {
  it('are looked for where tiles begin and end, inside the picture', () => {
    expect([...borders].sort((a, b) => a - b)).toEqual([48, 64, 96, 112].map((x) => x * 4));
  });

  it('are not found in a picture without any', () => {
    const lines = steps(picture(0));
    expect(meanAt(lines, isBorder)).toBe(meanAt(lines, isInside));
  });

  it('are found', () => {
    const lines = steps(picture(3));
    expect(meanAt(lines, isInside)).toBe(1);
    expect(meanAt(lines, isBorder)).toBeCloseTo(3, 10);
  });
});
