import { describe, expect, it } from 'vitest';
import { blended } from '../../imaging/tiling.ts';
import { chooseTile, type TileQuestion } from './tile-choice.ts';

const question: TileQuestion = {
  requested: 'auto',
  backend: 'webgpu',
  isSoftware: false,
  tiling: blended(16),
  cost: (tile) => ({ peak: tile * tile * 10_000, largest: tile * tile * 2_000 }),
  memoryBudget: 512 * 2 ** 20,
  maxBuffer: 128 * 2 ** 20,
};

describe('chooseTile', () => {
  it('takes a tile that stays short to watch when memory is plenty', () => {
    expect(chooseTile(question)).toMatchObject({ tile: 128, reason: expect.stringContaining('watch and cancel') });
    expect(chooseTile({ ...question, backend: 'wasm' }).tile).toBe(64);
    expect(chooseTile({ ...question, isSoftware: true }).tile).toBe(32);
  });

  it('takes the largest that the budget or the largest buffer allows', () => {
    expect(chooseTile({ ...question, memoryBudget: 50 * 2 ** 20 }).tile).toBe(64);
    expect(chooseTile({ ...question, maxBuffer: 10 * 2 ** 20 }).tile).toBe(64);
    expect(chooseTile({ ...question, memoryBudget: 50 * 2 ** 20 }).reason).toContain('50 MB budget');
  });

  it('keeps to the network alignment and says when it rounds', () => {
    expect(chooseTile({ ...question, requested: 100 })).toMatchObject({
      tile: 96,
      reason: expect.stringContaining('multiple of 16'),
    });
    expect(chooseTile({ ...question, requested: 1 }).tile).toBe(16);
    expect(chooseTile({ ...question, tiling: blended(64), requested: 128 }).tile).toBe(128);
  });

  it('gives what fits when more was asked for', () => {
    expect(chooseTile({ ...question, requested: 256, memoryBudget: 50 * 2 ** 20 })).toMatchObject({
      tile: 64,
      reason: expect.stringContaining('256 px was asked for'),
    });
  });

  it('decodes the smallest tile in strips where it does not fit whole, in no more than it must', () => {
    const cost = (tile: number, rows = tile) => ({ peak: 1e6 + tile * rows * 10_000, largest: tile * rows * 2_000 });
    const at = (change: Partial<TileQuestion>) => chooseTile({ ...question, cost, ...change });
    expect(at({ memoryBudget: 4e6 }).rows).toBeUndefined();
    expect(at({ memoryBudget: 3e6 })).toMatchObject({
      tile: 16,
      rows: 8,
      reason: expect.stringMatching(
        /16 px, the smallest, decoded in 2 strips: 3 MB of a 3 MB budget, .* whole .* 4 MB/,
      ),
    });
    expect(at({ memoryBudget: 2e6 }).rows).toBe(4);
    expect(at({ maxBuffer: 300_000 }).rows).toBe(8);
    expect(() => at({ memoryBudget: 1e6 })).toThrow('The smallest tile needs 2 MB, over the memory budget of 1 MB');
  });

  it('takes larger tiles where they have context, and counts it in', () => {
    const tiling = { join: 'context', align: 16, context: 16 } as const;
    const at = (change: Partial<TileQuestion>) => chooseTile({ ...question, tiling, ...change });
    const memoryBudget = 2 ** 30;
    expect(at({ memoryBudget, maxBuffer: memoryBudget }).tile).toBe(256);
    expect(at({ backend: 'wasm' }).tile).toBe(128);
    expect(at({ isSoftware: true }).tile).toBe(64);
    expect(at({ memoryBudget: 160 ** 2 * 10_000 }).tile).toBe(128);
    expect(at({ memoryBudget: 160 ** 2 * 10_000 - 1 }).tile).toBe(112);
    const cost = (side: number, rows = side) => ({ peak: side * rows * 10_000, largest: 1 });
    expect(at({ cost, memoryBudget: 48 * 12 * 10_000 })).toMatchObject({ tile: 16, rows: 12 });
  });

  it('says in one sentence when nothing fits', () => {
    expect(() => chooseTile({ ...question, memoryBudget: 1000 })).toThrow(/raise the budget/);
    expect(() => chooseTile({ ...question, maxBuffer: 1000 })).toThrow(/smaller preset/);
  });
});
