import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Rgba8 } from './image.ts';
import { textLike } from './text-like.ts';

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
