import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';
import { blended, computedPixels, computedSide, orderTiles, planTiles, type Tiling, tileAround } from './tiling.ts';

/** A size, a place in a larger whole, and the tile's side. */
function drawn(random: RandomStream, align: number) {
  const size = { width: 1 + random.integer(500), height: 1 + random.integer(300) };
  const origin = { x: random.integer(500), y: random.integer(500) };
  return { size, origin, tile: align * (1 + random.integer(4)) };
}

describe('planTiles, blended', () => {
  it('takes one tile for an image up to a tile', () => {
    for (const [width, height] of [
      [1, 1],
      [3, 64],
      [63, 17],
      [64, 64],
    ]) {
      const plan = planTiles({ width, height }, 64, blended(64));
      const used = { x: 0, y: 0, width, height };
      expect(plan.tiles).toEqual([{ index: 0, x: 0, y: 0, width: 64, height: 64, used }]);
    }
  });

  it('overlaps a quarter by default, at every tile size', () => {
    for (const align of [8, 16, 32, 64]) {
      for (let tile = align; tile <= 256; tile += align) {
        expect(planTiles({ width: 1000, height: 10 }, tile, blended(align)).stride).toBe(tile * 0.75);
      }
    }
  });

  it('leaves at least the overlap asked for, on strides of the multiple asked for', () => {
    const plan = (strideAlign: number, overlap: number) =>
      planTiles({ width: 500, height: 500 }, 128, { join: 'blend', align: 64, strideAlign, overlap }).stride;
    expect(plan(64, 0.25)).toBe(64);
    expect(plan(8, 0.3)).toBe(88);
    expect(plan(1, 0.5)).toBe(64);
    expect(plan(64, 0)).toBe(128);
    expect(() => plan(64, 0.6)).toThrow('no stride');
  });

  it('covers every pixel, by tiles on the grid, none of them needless', () => {
    const random = new RandomStream(4);
    for (let i = 0; i < 300; i++) {
      const { size, origin, tile } = drawn(random, 32);
      const { columns, rows, stride, tiles } = planTiles(size, tile, blended(32), origin);
      expect(tiles.length).toBe(columns.length * rows.length);
      for (const [spans, length, at] of [
        [columns, size.width, origin.x],
        [rows, size.height, origin.y],
      ] as const) {
        const starts = spans.map(({ start }) => start);
        expect(starts[0] <= 0 && starts[0] > -stride).toBe(true);
        expect(starts.every((start) => (start + at) % stride === 0)).toBe(true);
        expect(starts[spans.length - 1] + tile).toBeGreaterThanOrEqual(length);
        if (spans.length > 1) expect(starts[spans.length - 2] + tile).toBeLessThan(length);
      }
      const square = tiles.every(
        ({ index, x, y, width, height }) =>
          x === columns[index % columns.length].start &&
          y === rows[Math.floor(index / columns.length)].start &&
          width === tile &&
          height === tile,
      );
      expect(square).toBe(true);
    }
  });
});

describe('planTiles, with context', () => {
  const tiling = { join: 'context', align: 16, context: 16 } as const;

  it('computes of a small image what it is', () => {
    const sides = (width: number, height: number) => {
      const { tiles } = planTiles({ width, height }, 128, tiling);
      return tiles.map(({ x, y, width, height }) => [x, y, width, height]);
    };
    expect(sides(64, 64)).toEqual([[-16, -16, 96, 96]]);
    expect(sides(1, 1)).toEqual([[-16, -16, 48, 48]]);
    expect(sides(1, 100)).toEqual([[-16, -16, 48, 144]]);
    expect(sides(130, 64)).toEqual([
      [-16, -16, 160, 96],
      [112, -16, 48, 96],
    ]);
  });

  it('uses every pixel once, each with its context, on whole windows of the whole, and computes no window in vain', () => {
    const random = new RandomStream(5);
    for (let i = 0; i < 200; i++) {
      const { size, origin, tile } = drawn(random, 16);
      const context = random.integer(40);
      const { tiles } = planTiles(size, tile, { join: 'context', align: 16, context }, origin);
      const times = new Uint8Array(size.width * size.height);
      for (const { x, y, width, height, used } of tiles) {
        for (let row = used.y; row < used.y + used.height; row++) {
          for (let column = used.x; column < used.x + used.width; column++) times[row * size.width + column]++;
        }
        for (const [start, length, from, count, at] of [
          [x, width, used.x, used.width, origin.x],
          [y, height, used.y, used.height, origin.y],
        ]) {
          const [before, after] = [from - start, start + length - from - count];
          expect((start + at) % 16 === 0 && length % 16 === 0).toBe(true);
          expect(Math.min(before, after)).toBeGreaterThanOrEqual(context);
          expect(Math.max(before, after)).toBeLessThan(context + 16);
          expect(length).toBeLessThanOrEqual(computedSide({ join: 'context', align: 16, context }, tile));
        }
      }
      expect(times.every((count) => count === 1)).toBe(true);
    }
  });

  it('computes little twice', () => {
    const more = (width: number, height: number, tile: number) =>
      computedPixels(planTiles({ width, height }, tile, tiling).tiles) / (width * height);
    expect(more(1024, 768, 256)).toBe(1.265625);
    expect(more(1024, 768, 128)).toBe(1.5625);
  });
});

describe.each<Tiling>([blended(32), { join: 'context', align: 32, context: 20 }])('planTiles, $join', (tiling) => {
  it('gives a crop all tiles of the whole that lie inside it, and none that the whole has not', () => {
    const random = new RandomStream(6);
    const size = { width: 600, height: 420 };
    const whole = planTiles(size, 96, tiling);
    const key = ({ x, y }: { x: number; y: number }) => `${x},${y}`;
    const all = new Set(whole.tiles.map(key));
    for (let i = 0; i < 100; i++) {
      const origin = { x: random.integer(400), y: random.integer(300) };
      const width = 1 + random.integer(size.width - origin.x);
      const height = 1 + random.integer(size.height - origin.y);
      const { tiles } = planTiles({ width, height }, 96, tiling, origin);
      const own = new Set(tiles.map(({ x, y }) => key({ x: x + origin.x, y: y + origin.y })));
      const inside = whole.tiles.filter(
        ({ x, y, width: across, height: down }) =>
          x >= origin.x && y >= origin.y && x + across <= origin.x + width && y + down <= origin.y + height,
      );
      expect(inside.every((tile) => own.has(key(tile)))).toBe(true);
      // The rectangle computed for a crop's edge may begin within a tile of the whole.
      if (tiling.join === 'blend') expect([...own].every((tile) => all.has(tile))).toBe(true);
    }
  });

  it.each([
    [{ width: 0, height: 5 }, 64, {}],
    [{ width: 5.5, height: 5 }, 64, {}],
    [{ width: Number.NaN, height: 5 }, 64, {}],
    [{ width: 5, height: 5 }, 65, {}],
    [{ width: 5, height: 5 }, 0, {}],
    [{ width: 5, height: 5 }, 64, { overlap: 1, context: -1 }],
    [{ width: 5, height: 5 }, 64, { origin: { x: 0.5, y: 0 } }],
  ])('refuses %j with tiles of %d and %j', (size, tile, change) => {
    const { origin, ...rest } = { origin: undefined, ...change };
    expect(() => planTiles(size, tile, { ...tiling, ...rest }, origin)).toThrow(RangeError);
  });
});

describe('tileAround', () => {
  const size = { width: 200, height: 40 };

  it('is centred as far as the image lets it', () => {
    const used = (x: number) => tileAround(size, { x, y: 20 }, 64, blended(16)).used;
    expect(used(100)).toEqual({ x: 68, y: 0, width: 64, height: 40 });
    expect(used(3)).toEqual({ x: 0, y: 0, width: 64, height: 40 });
    expect(used(199)).toEqual({ x: 136, y: 0, width: 64, height: 40 });
  });

  it('is computed as the tiles of a plan are', () => {
    expect(tileAround(size, { x: 100, y: 20 }, 64, blended(16))).toMatchObject({ x: 68, y: 0, width: 64, height: 64 });
    const context = { join: 'context', align: 16, context: 16 } as const;
    expect(tileAround(size, { x: 100, y: 20 }, 64, context)).toMatchObject({ x: 48, y: -16, width: 112, height: 80 });
  });
});

describe('orderTiles', () => {
  const plan = planTiles({ width: 1000, height: 800 }, 64, { join: 'context', align: 64, context: 16 });

  it('goes by scan lines without a visible part', () => {
    expect(orderTiles(plan)).toEqual(plan.tiles);
    expect(orderTiles(plan, { x: 5000, y: 0, width: 10, height: 10 })).toEqual(plan.tiles);
  });

  it('starts with the visible part, from its centre outwards, and leaves out nothing', () => {
    const visible = { x: 300, y: 200, width: 250, height: 180 };
    const order = orderTiles(plan, visible);
    expect([...order].sort((a, b) => a.index - b.index)).toEqual(plan.tiles);
    const shows = order.map(
      ({ used }) => used.x < 550 && used.x + used.width > 300 && used.y < 380 && used.y + used.height > 200,
    );
    const count = shows.filter(Boolean).length;
    expect(shows.slice(0, count).every(Boolean)).toBe(true);
    const distances = order
      .slice(0, count)
      .map(({ used }) => Math.hypot(used.x + used.width / 2 - 425, used.y + used.height / 2 - 290));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances[0]).toBeLessThan(48);
    const rest = order.slice(count).map(({ index }) => index);
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
  });
});
