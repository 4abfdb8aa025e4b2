import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';
import { orderTiles, planTiles } from './tiling.ts';

describe('planTiles', () => {
  it('takes one tile for an image up to a tile', () => {
    for (const [width, height] of [
      [1, 1],
      [3, 64],
      [63, 17],
      [64, 64],
    ]) {
      const plan = planTiles({ width, height }, 64, { align: 64 });
      expect(plan.tiles).toEqual([{ index: 0, x: 0, y: 0 }]);
    }
  });

  it('overlaps a quarter by default, at every tile size', () => {
    for (const align of [8, 16, 32, 64]) {
      for (let tile = align; tile <= 256; tile += align) {
        expect(planTiles({ width: 1000, height: 10 }, tile, { align }).stride).toBe(tile * 0.75);
      }
    }
  });

  it('leaves at least the overlap asked for, on strides of the multiple asked for', () => {
    const plan = (strideAlign: number, overlapFraction: number) =>
      planTiles({ width: 500, height: 500 }, 128, { align: 64, strideAlign, overlapFraction }).stride;
    expect(plan(64, 0.25)).toBe(64);
    expect(plan(8, 0.3)).toBe(88);
    expect(plan(1, 0.5)).toBe(64);
    expect(plan(64, 0)).toBe(128);
    expect(() => plan(64, 0.6)).toThrow('no stride');
  });

  it('covers every pixel, by tiles on the grid, none of them needless', () => {
    const random = new RandomStream(4);
    for (let i = 0; i < 300; i++) {
      const [width, height] = [1 + random.integer(700), 1 + random.integer(300)];
      const origin = { x: random.integer(500), y: random.integer(500) };
      const tile = 32 * (1 + random.integer(4));
      const plan = planTiles({ width, height }, tile, { align: 32, origin });
      expect(plan.tiles.length).toBe(plan.columns * plan.rows);
      const xs = plan.tiles.slice(0, plan.columns).map(({ x }) => x);
      expect(xs[0] <= 0 && xs[0] > -plan.stride).toBe(true);
      expect(xs[plan.columns - 1] + tile).toBeGreaterThanOrEqual(width);
      if (plan.columns > 1) expect(xs[plan.columns - 2] + tile).toBeLessThan(width);
      const onGrid = plan.tiles.every(
        (tile, index) =>
          tile.index === index &&
          tile.x === xs[index % plan.columns] &&
          (tile.x + origin.x) % plan.stride === 0 &&
          (tile.y + origin.y) % plan.stride === 0,
      );
      expect(onGrid).toBe(true);
    }
  });

  it('gives a crop all tiles of the whole that lie inside it, and none that the whole has not', () => {
    const random = new RandomStream(6);
    const size = { width: 600, height: 420 };
    const options = { align: 32 };
    const whole = planTiles(size, 96, options);
    const key = ({ x, y }: { x: number; y: number }) => `${x},${y}`;
    const all = new Set(whole.tiles.map(key));
    for (let i = 0; i < 100; i++) {
      const origin = { x: random.integer(400), y: random.integer(300) };
      const width = 1 + random.integer(size.width - origin.x);
      const height = 1 + random.integer(size.height - origin.y);
      const crop = planTiles({ width, height }, 96, { ...options, origin });
      const own = new Set(crop.tiles.map(({ x, y }) => key({ x: x + origin.x, y: y + origin.y })));
      expect([...own].every((tile) => all.has(tile))).toBe(true);
      const inside = whole.tiles.filter(
        ({ x, y }) => x >= origin.x && y >= origin.y && x + 96 <= origin.x + width && y + 96 <= origin.y + height,
      );
      expect(inside.every((tile) => own.has(key(tile)))).toBe(true);
    }
  });

  it.each([
    [{ width: 0, height: 5 }, 64, {}],
    [{ width: 5.5, height: 5 }, 64, {}],
    [{ width: Number.NaN, height: 5 }, 64, {}],
    [{ width: 5, height: 5 }, 65, {}],
    [{ width: 5, height: 5 }, 0, {}],
    [{ width: 5, height: 5 }, 64, { overlapFraction: 1 }],
    [{ width: 5, height: 5 }, 64, { origin: { x: 0.5, y: 0 } }],
  ])('refuses %j with tiles of %d and %j', (size, tile, options) => {
    expect(() => planTiles(size, tile, { align: 16, ...options })).toThrow(RangeError);
  });
});

describe('orderTiles', () => {
  const plan = planTiles({ width: 1000, height: 800 }, 64, { align: 64 });

  it('goes by scan lines without a visible part', () => {
    expect(orderTiles(plan)).toEqual(plan.tiles);
    expect(orderTiles(plan, { x: 5000, y: 0, width: 10, height: 10 })).toEqual(plan.tiles);
  });

  it('starts with the visible part, from its centre outwards, and leaves out nothing', () => {
    const visible = { x: 300, y: 200, width: 250, height: 180 };
    const order = orderTiles(plan, visible);
    expect([...order].sort((a, b) => a.index - b.index)).toEqual(plan.tiles);
    const shows = order.map(({ x, y }) => x < 550 && x + 64 > 300 && y < 380 && y + 64 > 200);
    const count = shows.filter(Boolean).length;
    expect(shows.slice(0, count).every(Boolean)).toBe(true);
    const distances = order.slice(0, count).map(({ x, y }) => Math.hypot(x + 32 - 425, y + 32 - 290));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances[0]).toBeLessThan(48);
    const rest = order.slice(count).map(({ index }) => index);
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
  });
});
