/** Tiling, padding, the noise field and blending together: a crop upscales like its place in the whole. */
import { expect, it } from 'vitest';
import { noiseRgba, paint } from '../../tests/support/test-images.ts';
import { BlockAccumulator } from './accumulator.ts';
import { cropReflectRgb, cropRgba8, pasteRgba8, type Rgba8 } from './image.ts';
import { fillNoise, RandomStream } from './random.ts';
import { blended, planTiles, type Tiling } from './tiling.ts';

const tile = 16;
const tilings: readonly Tiling[] = [blended(16), { join: 'context', align: 8, context: 6 }];

/** A stand-in for the network: its output depends on the tile's pixels, its noise, and the place within the tile. */
function upscale(image: Rgba8, tiling: Tiling, origin: { x: number; y: number }): Rgba8 {
  const plan = planTiles(image, tile, tiling, origin);
  const [width, height] = [image.width * 4, image.height * 4];
  const out: Rgba8 = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  const accumulator = new BlockAccumulator(plan, 4, (rect, pixels) => pasteRgba8(out, pixels, rect.x, rect.y));
  for (const place of plan.tiles) {
    const { x, y, width, height } = place;
    const lr = cropReflectRgb(image, x, y, width, height);
    const noise = new Float32Array(width * height * 3);
    fillNoise(noise, 42, y + origin.y, x + origin.x, height, width, 3);
    const sr = paint(width * 4, height * 4, 3, (x, y, c) => {
      const at = ((y >> 2) * width + (x >> 2)) * 3 + c;
      return lr.data[at] + 0.2 * noise[at] + 0.3 * Math.sin(x * 0.3 + y * 0.7);
    });
    accumulator.add(place, sr.data);
  }
  return out;
}

it.each(tilings)(
  'a crop gives the same bytes as the whole, a tile away from the crop’s border, wherever the crop lies: $join',
  (tiling) => {
    const whole = noiseRgba(110, 90, 1);
    const result = upscale(whole, tiling, { x: 0, y: 0 });
    // A tile, and what it was computed with.
    const margin = (tile + 8) * 4;
    const random = new RandomStream(2);
    for (let i = 0; i < 12; i++) {
      const [width, height] = [2 * (tile + 8) + 4 + random.integer(30), 2 * (tile + 8) + 4 + random.integer(20)];
      const [x, y] = [random.integer(110 - width), random.integer(90 - height)];
      const part = upscale(cropRgba8(whole, x, y, width, height), tiling, { x, y });
      const [w, h] = [width * 4 - 2 * margin, height * 4 - 2 * margin];
      expect(cropRgba8(part, margin, margin, w, h)).toEqual(cropRgba8(result, x * 4 + margin, y * 4 + margin, w, h));
    }
  },
);
