import { describe, expect, it } from 'vitest';
import { agreedPsnr, agreeWithInput } from './agree.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from './image.ts';
import { psnrRgb } from './metrics/fidelity.ts';
import { RandomStream } from './random.ts';
import { enlarge, resize } from './resize.ts';

const noise = (width: number, height: number, from: number, to: number, alpha = 255): Rgba8 => {
  const random = new RandomStream(5);
  const data = new Uint8ClampedArray(width * height * 4).map((_, i) =>
    i % 4 === 3 ? alpha : from + random.integer(to - from + 1),
  );
  return { width, height, data };
};
const reduced = (picture: Rgba8): Rgba8 =>
  floatToRgba8(resize(rgba8ToFloat(picture), picture.width / 4, picture.height / 4, 'bicubic'));

describe('agreeWithInput', () => {
  it('matches an input of noise, the hardest to follow, to 45 dB by the metric that reports use', async () => {
    const lr = noise(12, 9, 60, 190);
    const output = enlarge(lr, 4, 'bicubic');
    const { picture, rounds, before, after } = await agreeWithInput(output, lr);
    expect(before).toBeLessThan(40);
    expect(rounds).toBeGreaterThan(0);
    expect(after).toBeGreaterThanOrEqual(agreedPsnr);
    expect(psnrRgb(reduced(picture), lr)).toBeGreaterThanOrEqual(agreedPsnr - 0.5);
    expect(picture.data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it('leaves a picture that agrees already as it is', async () => {
    const picture = enlarge(noise(6, 5, 120, 124), 4, 'bicubic');
    const found = await agreeWithInput(picture, reduced(picture));
    expect(found).toMatchObject({ rounds: 0 });
    expect(found.picture).toBe(picture);
    expect(found.after).toBe(found.before);
  });

  it('comes nearer and stops where clamped colours keep 45 dB out of reach, and says how far it came', async () => {
    // A checkerboard of black and white has more contrast than any reduced picture.
    const lr = noise(8, 8, 0, 0);
    for (let i = 0; i < 64; i++) lr.data.fill((i + Math.floor(i / 8)) % 2 === 0 ? 255 : 0, 4 * i, 4 * i + 3);
    const { before, after, rounds, picture } = await agreeWithInput(enlarge(lr, 4, 'bicubic'), lr);
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThan(agreedPsnr);
    expect(rounds).toBeLessThanOrEqual(20);
    expect(psnrRgb(reduced(picture), lr)).toBeGreaterThan(before);
  });

  it('keeps the alpha, and follows the colours that the networks saw under it', async () => {
    const lr = noise(8, 6, 40, 200);
    for (let i = 0; i < 24; i++) lr.data.fill(0, 4 * i, 4 * i + 4);
    const output = enlarge(lr, 4, 'bicubic');
    const { picture } = await agreeWithInput(output, lr);
    const alphas = ({ data }: Rgba8) => [...data].filter((_, i) => i % 4 === 3);
    expect(alphas(picture)).toEqual(alphas(output));
  });

  it('gives others their turn, and ends with what they throw, the output as it was', async () => {
    const lr = noise(12, 9, 60, 190);
    const output = enlarge(lr, 4, 'bicubic');
    const before = Uint8ClampedArray.from(output.data);
    let turns = 0;
    const { rounds } = await agreeWithInput(output, lr, {
      async pause() {
        turns++;
      },
    });
    expect(turns).toBe(1 + 2 * rounds);
    const abort = new AbortController();
    const stopped = agreeWithInput(output, lr, {
      async pause() {
        if (--turns === 1) abort.abort(new Error('stopped'));
        abort.signal.throwIfAborted();
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(turns).toBe(1);
    expect(output.data).toEqual(before);
  });

  it('refuses sizes that do not belong together', async () => {
    await expect(agreeWithInput(noise(8, 4, 0, 9), noise(3, 1, 0, 9))).rejects.toThrow('no enlargement');
  });
});
