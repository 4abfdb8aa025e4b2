/** Resizing and metrics against PyTorch and BasicSR: tests/golden/degradation_and_metrics.safetensors. */
import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { largestDifference, paint } from '../../tests/support/test-images.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import type { FloatImage, Rgba8 } from './image.ts';
import { psnrRgb, psnrY, ssimRgb, ssimY } from './metrics/fidelity.ts';
import { type ResizeKernel, resize, resizeBy } from './resize.ts';

const path = fileURLToPath(new URL('../../tests/golden/degradation_and_metrics.safetensors', import.meta.url));
const golden = await openSafetensors(await openAsBlob(path));

/** A stored [1, C, H, W] tensor as an image. */
async function readImage(name: string): Promise<FloatImage> {
  const [, channels = 0, height = 0, width = 0] = golden.entries.get(name)?.shape ?? [];
  const planes = await golden.readFloat32(name);
  return paint(width, height, channels, (x, y, c) => planes[(c * height + y) * width + x]);
}

async function readBytes(name: string): Promise<Rgba8> {
  const [height = 0, width = 0] = golden.entries.get(name)?.shape ?? [];
  const rgb = await golden.readRaw(name);
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : Number(rgb[(i >> 2) * 3 + (i % 4)]),
  );
  return { width, height, data };
}

async function scalar(name: string): Promise<number> {
  return Number((await golden.readRaw(name))[0]);
}

const tolerance = 1e-5;

describe('resize against torch', () => {
  for (const mode of ['area', 'bilinear', 'bicubic'] as const) {
    const kernel: ResizeKernel = `torch-${mode}`;
    for (const factor of [0.37, 1.3]) {
      it(`${mode} by ${factor}`, async () => {
        const expected = await readImage(`resize.${mode}.x${factor}`);
        const actual = resizeBy(await readImage('image'), factor, kernel);
        expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
        expect(largestDifference(actual.data, expected.data)).toBeLessThan(tolerance);
      });
    }
    it(`${mode} to a size`, async () => {
      const expected = await readImage(`resize.${mode}.to_16x12`);
      const actual = resize(await readImage('image'), 12, 16, kernel);
      expect(largestDifference(actual.data, expected.data)).toBeLessThan(tolerance);
    });
  }

  it('bicubic by 4', async () => {
    const { data, width } = await readImage('image');
    const corner = paint(16, 16, 3, (x, y, c) => data[(y * width + x) * 3 + c]);
    const expected = await readImage('resize.bicubic.x4');
    const actual = resizeBy(corner, 4, 'torch-bicubic');
    expect([actual.width, actual.height]).toEqual([64, 64]);
    expect(largestDifference(actual.data, expected.data)).toBeLessThan(tolerance);
  });
});

describe('metrics against BasicSR', () => {
  it.each([
    ['psnr_rgb', psnrRgb, 0, 1e-4],
    ['psnr_y', psnrY, 0, 1e-4],
    ['psnr_y_crop4', psnrY, 4, 1e-4],
    ['ssim_y', ssimY, 0, 1e-5],
    ['ssim_rgb_mean', ssimRgb, 0, 1e-5],
  ] as const)('%s', async (name, metric, crop, allowed) => {
    const [a, b] = await Promise.all([readBytes('metric.a_u8'), readBytes('metric.b_u8')]);
    expect(Math.abs(metric(a, b, crop) - (await scalar(`metric.${name}`)))).toBeLessThan(allowed);
  });
});
