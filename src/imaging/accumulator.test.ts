import { describe, expect, it } from 'vitest';
import { largestDifference, noiseImage, noiseRgba, paint } from '../../tests/support/test-images.ts';
import { BlockAccumulator } from './accumulator.ts';
import { cropReflect, type FloatImage, pasteRgba8, type Rgba8, rgba8ToFloat } from './image.ts';
import { RandomStream } from './random.ts';
import { blended, orderTiles, planTiles, type Tile, type TilePlan, type Tiling } from './tiling.ts';

const scale = 4;

const tilings: readonly Tiling[] = [
  ...[0, 0.25, 0.5, 0.75].map((overlap) => ({ join: 'blend', align: 8, strideAlign: 1, overlap }) as const),
  ...[0, 5, 16].map((context) => ({ join: 'context', align: 8, context }) as const),
];

/** Blends `pixelsOf` every tile and checks that the blocks cover the image exactly once. */
function blend(plan: TilePlan, pixelsOf: (tile: Tile) => Float32Array, order: readonly Tile[] = plan.tiles) {
  const width = plan.width * scale;
  const height = plan.height * scale;
  const out: Rgba8 = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  const times = new Uint8Array(width * height);
  let peak = 0;
  const accumulator = new BlockAccumulator(plan, scale, (rect, pixels) => {
    expect([pixels.width, pixels.height]).toEqual([rect.width, rect.height]);
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) times[y * width + x]++;
    }
    pasteRgba8(out, pixels, rect.x, rect.y);
  });
  for (const tile of order) {
    accumulator.add(tile, pixelsOf(tile));
    peak = Math.max(peak, accumulator.bytes);
  }
  expect(times.every((count) => count === 1)).toBe(true);
  expect(accumulator.bytes).toBe(0);
  return { out, peak };
}

/** Tiles cut out of a whole HR image. */
const cutFrom = (whole: FloatImage) => (tile: Tile) =>
  cropReflect(whole, tile.x * scale, tile.y * scale, tile.width * scale, tile.height * scale).data;

function shuffled(tiles: readonly Tile[], seed: number): Tile[] {
  const random = new RandomStream(seed);
  return [...tiles]
    .map((tile) => ({ tile, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ tile }) => tile);
}

describe('BlockAccumulator', () => {
  it('gives 4W × 4H pixels, unchanged where all tiles agree, for every size and origin', () => {
    const random = new RandomStream(1);
    for (let i = 0; i < 25; i++) {
      const size = { width: 1 + random.integer(60), height: 1 + random.integer(60) };
      const origin = { x: random.integer(50), y: random.integer(50) };
      const tiling = tilings[i % tilings.length];
      const plan = planTiles(size, 16, tiling, origin);
      const whole = noiseRgba(size.width * scale, size.height * scale, i);
      const { out } = blend(plan, cutFrom(rgba8ToFloat(whole)), shuffled(plan.tiles, i));
      expect(out.data.every((value, at) => value === (at % 4 === 3 ? 255 : whole.data[at]))).toBe(true);
    }
  });

  it('keeps constants and linear ramps to a millionth', () => {
    // Bytes can't show a millionth: pick values a millionth and a half off a rounding boundary.
    const plan = planTiles({ width: 100, height: 70 }, 32, blended(8));
    const side = plan.tile * scale;
    for (const [offset, expected] of [
      [1.5e-6, 201],
      [-1.5e-6, 200],
    ]) {
      const constant = new Float32Array(side * side * 3).fill(200.5 / 127.5 - 1 + offset);
      const { out } = blend(plan, () => constant);
      expect(out.data.every((value, at) => value === (at % 4 === 3 ? 255 : expected))).toBe(true);
    }
    const ramp = paint(400, 280, 3, (x, y, c) => (c === 0 ? x / 200 - 1 : c === 1 ? y / 140 - 1 : (x + y) / 340 - 1));
    const { out } = blend(plan, cutFrom(ramp));
    expect(largestDifference(rgba8ToFloat(out).data, ramp.data)).toBeLessThan(0.5 / 127.5 + 1e-6);
  });

  it('is a tile’s own value where only that tile reaches, at the border above all', () => {
    const plan = planTiles({ width: 40, height: 40 }, 16, blended(16));
    const side = plan.tile * scale;
    const values = plan.tiles.map((_, i) => ((i * 37) % 200) / 127.5 - 1);
    const { out } = blend(plan, ({ index }) => new Float32Array(side * side * 3).fill(values[index]));
    const at = (x: number, y: number) => out.data[(y * 160 + x) * 4];
    expect(at(0, 0)).toBe(0);
    expect(at(159, 0)).toBe((2 * 37) % 200);
    expect(at(0, 159)).toBe((6 * 37) % 200);
    expect(at(159, 159)).toBe((8 * 37) % 200);
  });

  it('takes nothing of the context that a tile was computed with', () => {
    const plan = planTiles({ width: 40, height: 20 }, 16, { join: 'context', align: 8, context: 8 });
    const { out } = blend(plan, ({ used, x, y, width, height }) => {
      const isUsed = (column: number, row: number) =>
        column >= (used.x - x) * scale &&
        column < (used.x - x + used.width) * scale &&
        row >= (used.y - y) * scale &&
        row < (used.y - y + used.height) * scale;
      return paint(width * scale, height * scale, 3, (column, row) => (isUsed(column, row) ? 1 : Number.NaN)).data;
    });
    expect(out.data.every((value) => value === 255)).toBe(true);
  });

  it('goes over smoothly from tile to tile', () => {
    const plan = planTiles({ width: 120, height: 4 }, 64, blended(64));
    const { out } = blend(plan, ({ index }) => new Float32Array(256 * 256 * 3).fill(index % 2 ? 1 : -1));
    let steepest = 0;
    for (let x = 1; x < 480; x++) steepest = Math.max(steepest, Math.abs(out.data[x * 4] - out.data[x * 4 - 4]));
    // Two tiles as different as can be, over an overlap of 64 px.
    expect(steepest).toBeLessThan(12);
  });

  it('does not depend on the order', () => {
    const plan = planTiles({ width: 90, height: 75 }, 24, blended(8));
    const side = plan.tile * scale;
    const tiles = plan.tiles.map(({ index }) => noiseImage(side, side, 3, index).data);
    const { out } = blend(plan, ({ index }) => tiles[index]);
    for (let seed = 0; seed < 4; seed++) {
      const other = blend(plan, ({ index }) => tiles[index], shuffled(plan.tiles, seed)).out;
      expect(largestDifference(out.data, other.data)).toBeLessThanOrEqual(1);
      const changed = out.data.reduce((count, value, i) => count + (value === other.data[i] ? 0 : 1), 0);
      // A sum in another order may cross a rounding boundary, rarely.
      expect(changed).toBeLessThan(out.data.length * 1e-4);
    }
  });

  it('holds about one row of tiles in scan order, whatever the height', () => {
    const peakOf = (width: number, height: number, visible: Parameters<typeof orderTiles>[1] = null) => {
      const plan = planTiles({ width, height }, 16, blended(16));
      const pixels = new Float32Array((16 * scale) ** 2 * 3);
      return blend(plan, () => pixels, orderTiles(plan, visible)).peak;
    };
    const row = (width: number) => width * scale * 16 * scale * 3 * 4;
    expect(peakOf(200, 60)).toBeLessThan(1.3 * row(200));
    expect(peakOf(200, 400)).toBeLessThan(1.3 * row(200));
    const whole = 200 * 400 * scale ** 2 * 3 * 4;
    const visible = { x: 60, y: 150, width: 80, height: 60 };
    expect(peakOf(200, 400, visible)).toBeLessThan(1.3 * row(200) + 0.15 * whole);
  });

  it('refuses tiles twice, foreign tiles and wrong sizes', () => {
    const plan = planTiles({ width: 20, height: 20 }, 16, blended(16));
    const accumulator = new BlockAccumulator(plan, scale, () => {});
    const pixels = new Float32Array(64 * 64 * 3);
    accumulator.add(plan.tiles[0], pixels);
    expect(() => accumulator.add(plan.tiles[0], pixels)).toThrow('added before');
    expect(() => accumulator.add({ ...plan.tiles[0], index: 4 }, pixels)).toThrow('not of this plan');
    expect(() => accumulator.add(plan.tiles[1], pixels.subarray(3))).toThrow("can't have");
  });
});
