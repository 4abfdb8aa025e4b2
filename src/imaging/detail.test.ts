import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blendDetail, inventionOf, meanInvention, protectedShare, protectMask, textLike } from './detail.ts';
import type { Rgba8 } from './image.ts';
import { RandomStream } from './random.ts';

const picture = (seed: number, alpha = 255) => {
  const random = new RandomStream(seed);
  const data = new Uint8ClampedArray(7 * 5 * 4).map((_, i) => (i % 4 === 3 ? alpha : random.uint32() & 255));
  return { width: 7, height: 5, data };
};

describe('blendDetail', () => {
  const [faithful, detailed] = [picture(1), picture(2, 128)];

  it('is the faithful picture at 0 and the detailed one at 100, to the bit', () => {
    const colours = ({ data }: { data: Uint8ClampedArray }) => [...data].filter((_, i) => i % 4 !== 3);
    expect(colours(blendDetail(faithful, detailed, 0))).toEqual(colours(faithful));
    expect(blendDetail(faithful, detailed, 100)).toEqual(detailed);
  });

  it('goes from one to the other in even steps, rounded', () => {
    const middle = blendDetail(faithful, detailed, 25).data;
    for (let i = 0; i < middle.length; i++) {
      if (i % 4 === 3) expect(middle[i]).toBe(128);
      else
        expect(
          Math.abs((middle[i] ?? 0) - (0.75 * (faithful.data[i] ?? 0) + 0.25 * (detailed.data[i] ?? 0))),
        ).toBeLessThanOrEqual(0.5);
    }
  });

  it('stays faithful where it is protected, and passes over softly', () => {
    const flat = (value: number, width: number, height: number) => ({
      width,
      height,
      data: new Uint8ClampedArray(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : value)),
    });
    // A row of three LR pixels, the last of them protected.
    const protect = { width: 3, height: 1, data: Uint8Array.of(0, 0, 255) };
    const { data } = blendDetail(flat(0, 12, 4), flat(200, 12, 4), 100, protect);
    expect(Array.from({ length: 12 }, (_, x) => data[4 * (12 + x)])).toEqual([
      200, 200, 200, 200, 200, 200, 175, 125, 75, 25, 0, 0,
    ]);
    expect(blendDetail(faithful, detailed, 100, { width: 7, height: 5, data: new Uint8Array(35) })).toEqual(detailed);
  });

  it('takes a picture as a mask, as large as the LR picture or the result, and refuses others', () => {
    const white = { width: 4, height: 8, data: new Uint8ClampedArray(4 * 8 * 4).fill(255, 0, 64) };
    expect(protectMask(white, { width: 1, height: 2 }, 4)).toEqual({
      width: 1,
      height: 2,
      data: Uint8Array.of(255, 0),
    });
    expect(protectedShare(protectMask(white, white, 4))).toBe(0.5);
    expect(() => protectMask(white, { width: 2, height: 4 }, 4)).toThrow('has to be 2 × 4 or 8 × 16 px');
  });

  it('refuses pictures of two sizes', () => {
    expect(() => blendDetail({ ...faithful, width: 5, height: 7 }, detailed, 50)).toThrow('5 × 7 px');
  });
});

const flat = (value: number, width: number, height: number): Rgba8 => ({
  width,
  height,
  data: new Uint8ClampedArray(width * height * 4).fill(value),
});

describe('inventionOf', () => {
  it('is nothing where result, faithful picture and LR picture agree', () => {
    const { map, facts } = inventionOf(flat(90, 8, 4), flat(90, 8, 4), flat(90, 2, 1), 4);
    expect([...map]).toEqual([0, 0]);
    expect(facts).toEqual({ mean: 0, most: 0, againstInput: 0 });
  });

  it('sees detail that the faithful picture lacks, and says how far the result contradicts its input', () => {
    const detailed = flat(100, 8, 4);
    // Stripes on the left, whose mean stays; a brighter right half.
    for (let i = 0; i < 32; i++) {
      const x = i % 8;
      detailed.data.fill(x < 4 ? 100 + (x % 2 === 0 ? 12 : -12) : 130, 4 * i, 4 * i + 3);
    }
    const { map, facts } = inventionOf(detailed, flat(100, 8, 4), flat(100, 2, 1), 4);
    expect([...map]).toEqual([12, 30]);
    expect(facts).toEqual({ mean: 21, most: 30, againstInput: 15 });
    expect([...inventionOf(detailed, detailed, flat(100, 2, 1), 4).map]).toEqual([0, 0]);
  });

  it('is the mean over several pictures, place by place, as is the spread over seeds', () => {
    const lr = flat(100, 2, 1);
    const result = flat(100, 8, 4);
    const others = [flat(94, 8, 4), flat(112, 8, 4)];
    // One of them differs more on the right.
    for (let i = 0; i < 32; i++) if (i % 8 >= 4) others[1].data.fill(124, 4 * i, 4 * i + 3);
    const { map, facts } = meanInvention(others.map((other) => inventionOf(result, other, lr, 4)));
    expect([...map]).toEqual([9, 15]);
    expect(facts).toEqual({ mean: 12, most: 15, againstInput: 0 });
  });

  it('refuses sizes that do not belong together', () => {
    expect(() => inventionOf(flat(1, 8, 4), flat(1, 8, 4), flat(1, 2, 2), 4)).toThrow(RangeError);
  });
});

async function pixels(input: Buffer): Promise<Rgba8> {
  const { data, info } = await sharp(input).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

const share = (data: ArrayLike<number>) => Array.from(data).filter((value) => value > 0).length / data.length;

describe('textLike', () => {
  it('finds a line of text, and not the empty half or the border of a shape', async () => {
    // Strokes as of letters, three pixels wide, drawn as paths: no font is needed.
    const strokes = Array.from({ length: 12 }, (_, i) => `<path d="M${4 + 8 * i} 10v14M${4 + 8 * i} 16h5"/>`).join('');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80"><rect width="100" height="80" fill="#eee"/><g stroke="#222" stroke-width="2" fill="none">${strokes}</g><circle cx="50" cy="90" r="40" fill="#234"/></svg>`;
    const { data, width } = textLike(await pixels(Buffer.from(svg)));
    const rows = (from: number, to: number) => share(data.slice(from * width, to * width));
    expect(rows(10, 24)).toBeGreaterThan(0.9);
    expect(rows(40, 80)).toBe(0);
  });

  it('leaves photographs nearly alone', async () => {
    for (const name of ['animal_parrot', 'objects_coffee']) {
      const file = resolve(import.meta.dirname, `../../tests/images/lr-bicubic/crop_${name}.png`);
      expect(share(textLike(await pixels(await readFile(file))).data)).toBeLessThan(0.1);
    }
  });

  it('has nothing to say of a picture smaller than its window', () => {
    const data = new Uint8ClampedArray(5 * 4 * 4);
    expect(share(textLike({ width: 5, height: 4, data }).data)).toBe(0);
  });
});
