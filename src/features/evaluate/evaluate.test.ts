import { describe, expect, it } from 'vitest';
import { lpipsColumn, type PictureRow, psnrColumn } from '../../report/columns.ts';
import { placedRows } from './PicturesSection.tsx';
import { expectedWork } from './RunSection.tsx';

const row = (name: string, psnrY: number, lpips: number | null = null): PictureRow => ({
  name,
  psnrY,
  lpips,
  width: 8,
  height: 8,
  ms: 1,
});
const placed = (images: PictureRow[], column = psnrColumn) =>
  placedRows({ images }, column).map(({ place, row }) => `${place} ${row.name}`);

describe('the pictures of a set that are shown', () => {
  it('are the worst, the median and the best by the metric’s own direction', () => {
    const images = [row('b', 25, 0.3), row('a', Number.POSITIVE_INFINITY, 0.2), row('c', 20, 0.1), row('d', 24)];
    expect(placed(images)).toEqual(['Worst c', 'Median d', 'Best a']);
    expect(placed([row('x', Number.NaN), ...images])).toEqual(['Worst c', 'Median d', 'Best a']);
    expect(placed(images, lpipsColumn)).toEqual(['Worst b', 'Median a', 'Best c']);
  });

  it('are no more than there are', () => {
    expect(placed([row('a', 20), row('b', 21)])).toEqual(['Worst a', 'Best b']);
    expect(placed([row('a', 20)])).toEqual(['Worst a']);
    expect(placed([])).toEqual([]);
  });
});

describe('the time of an evaluation before it runs', () => {
  const ready = { method: 'ours', methods: ['ours', 'resshift'], teacherSteps: 15, tile: 50, msPerTile: 400 } as const;
  const left = (
    method: 'ours' | 'resshift' | 'bicubic' | 'esrgan-thick',
    secondsPerMegapixel: number | null = null,
  ) => ({
    method,
    megapixels: 2,
    secondsPerMegapixel,
  });

  it('goes by earlier pictures, else by the engine’s tile', () => {
    expect(expectedWork([left('ours', 7), left('esrgan-thick', 1)], null)).toEqual({
      seconds: 16,
      missing: [],
      measures: true,
    });
    // A tile gives 200 × 200 px: 25 of them are a megapixel.
    expect(expectedWork([left('bicubic'), left('ours'), left('resshift')], ready)).toEqual({
      seconds: 16 * 2 * 25 * 0.4,
      missing: [],
      measures: false,
    });
  });

  it('says of which methods nothing is known', () => {
    expect(expectedWork([left('ours'), left('esrgan-thick')], null).missing).toEqual(['ours', 'esrgan-thick']);
  });
});
