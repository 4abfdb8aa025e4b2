import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { largestDifference, noiseImage, paint } from '../../tests/support/test-images.ts';
import type { FloatImage } from '../imaging/image.ts';
import { resize, resizeBy } from '../imaging/resize.ts';
import { type ColourLockKind, lockColour } from './upscale.ts';

beforeAll(async () => {
  await openNodeBackend('cpu');
});

function lock(sr: FloatImage, reference: FloatImage, mode: ColourLockKind): FloatImage {
  const tensor = ({ width, height, channels, data }: FloatImage) => tf.tensor4d(data, [1, height, width, channels]);
  const data = tf.tidy(() => lockColour(tensor(sr), tensor(reference), mode).dataSync()) as Float32Array;
  return { ...sr, data };
}

/** The definition: high(SR) + low(LR↑), with a 3 × 3 kernel per level on a replicated border. */
function waveletByDefinition(sr: FloatImage, reference: FloatImage): FloatImage {
  const low = (image: FloatImage): FloatImage =>
    [1, 2, 4, 8, 16].reduce((level, reach) => {
      const { width, height, data } = level;
      const at = (x: number, y: number, c: number) =>
        data[(Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)) * 3 + c];
      return paint(width, height, 3, (x, y, c) => {
        let sum = 0;
        for (const i of [-1, 0, 1]) {
          for (const j of [-1, 0, 1])
            sum += (2 - Math.abs(i)) * (2 - Math.abs(j)) * at(x + j * reach, y + i * reach, c);
        }
        return sum / 16;
      });
    }, image);
  const [coarse, wanted] = [low(sr), low(reference)];
  return { ...sr, data: sr.data.map((value, i) => value - coarse.data[i] + wanted.data[i]) };
}

describe('wavelet lock', () => {
  it('is the definition, also on images smaller than its reach', () => {
    for (const [width, height] of [
      [40, 37],
      [7, 50],
      [1, 1],
      [2, 3],
    ]) {
      const [sr, reference] = [noiseImage(width, height, 3, 1), noiseImage(width, height, 3, 2)];
      const locked = lock(sr, reference, 'wavelet');
      expect(largestDifference(locked.data, waveletByDefinition(sr, reference).data)).toBeLessThan(2e-6);
    }
  });

  it('takes a colour cast off and keeps the detail', () => {
    const clean = noiseImage(64, 64, 3, 3);
    const cast = { ...clean, data: clean.data.map((value, i) => value + [0.2, -0.1, 0.05][i % 3]) };
    expect(largestDifference(lock(cast, clean, 'wavelet').data, clean.data)).toBeLessThan(1e-6);
  });

  it('leaves the fine part of a result to the network', () => {
    const reference = paint(128, 128, 3, (x) => x / 64 - 1);
    const sr = paint(128, 128, 3, (x, y) => x / 64 - 1 + ((x + y) % 2 ? 0.1 : -0.1));
    expect(largestDifference(lock(sr, reference, 'wavelet').data, sr.data)).toBeLessThan(0.06);
    const middle = (image: FloatImage) => image.data.slice((64 * 128 + 40) * 3, (64 * 128 + 80) * 3);
    expect(largestDifference(middle(lock(sr, reference, 'wavelet')), middle(sr))).toBeLessThan(1e-5);
  });

  it('makes a flat patch the input’s colour', () => {
    const lr = paint(64, 64, 3, (_x, _y, c) => [0.3, -0.2, 0.6][c]);
    const sr = noiseImage(256, 256, 3, 4);
    const drifted = { ...sr, data: sr.data.map((value, i) => 0.02 * value + [0.4, -0.3, 0.5][i % 3]) };
    const small = resize(lock(drifted, resizeBy(lr, 4, 'torch-bicubic'), 'wavelet'), 4, 4, 'torch-area');
    expect(largestDifference(small.data, resize(lr, 4, 4, 'torch-area').data)).toBeLessThan(0.003);
  });
});

describe('YCbCr lock', () => {
  it('takes Y from the result and CbCr from the input', () => {
    const [sr, reference] = [noiseImage(8, 8, 3, 5), noiseImage(8, 8, 3, 6)];
    const locked = lock(sr, reference, 'ycbcr');
    const ycbcr = ([r, g, b]: ArrayLike<number> & Iterable<number>) => [
      0.299 * r + 0.587 * g + 0.114 * b,
      -0.168736 * r - 0.331264 * g + 0.5 * b,
      0.5 * r - 0.418688 * g - 0.081312 * b,
    ];
    for (let i = 0; i < 8 * 8 * 3; i += 3) {
      const [y, cb, cr] = ycbcr(locked.data.subarray(i, i + 3));
      expect(y).toBeCloseTo(ycbcr(sr.data.subarray(i, i + 3))[0], 5);
      const [, wantedCb, wantedCr] = ycbcr(reference.data.subarray(i, i + 3));
      expect(cb).toBeCloseTo(wantedCb, 5);
      expect(cr).toBeCloseTo(wantedCr, 5);
    }
  });
});

describe('lockColour', () => {
  it('refuses images that don’t match', () => {
    const sr = noiseImage(4, 4, 3, 7);
    expect(() => lock(sr, noiseImage(4, 5, 3, 7), 'wavelet')).toThrow(RangeError);
    expect(() => lock(sr, noiseImage(4, 4, 1, 7), 'ycbcr')).toThrow(RangeError);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const [sr, reference] = [noiseImage(9, 9, 3, 8), noiseImage(9, 9, 3, 9)];
    lock(sr, reference, 'wavelet');
    lock(sr, reference, 'ycbcr');
    expect(tf.memory().numTensors).toBe(before);
  });
});
