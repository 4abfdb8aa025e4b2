import { describe, expect, it } from 'vitest';
import { largestDifference, noiseImage, paint } from '../../tests/support/test-images.ts';
import { byteToFloat, type FloatImage, floatImage } from '../imaging/image.ts';
import { applySteps, type DegradationSettings, degradationKinds, degrade, realesrgan, stepsOf } from './index.ts';
import type { StageSettings } from './settings.ts';

const bytes = (image: FloatImage) => Array.from(image.data, (value) => (value + 1) * 127.5);
const scene = (width: number, height: number) =>
  paint(width, height, 3, (x, y, c) => 0.7 * Math.sin(x / 5 + c) * Math.cos(y / 7) + 0.2 * ((x >> 3) % 2));

/** Position-weighted sum of the 8-bit levels: moves with any change. */
const checksum = (image: FloatImage) =>
  bytes(image).reduce((sum, level, i) => (sum + Math.round(level) * (i + 1)) % 1_000_003, 0);

describe('degrade', () => {
  it('gives 8-bit levels of a quarter of the size, from 16 pixels up and for oblong pictures', () => {
    for (const [width, height] of [
      [16, 16],
      [16, 68],
      [100, 24],
    ] as const) {
      const hr = noiseImage(width, height, 3, 1);
      for (const kind of degradationKinds) {
        for (let seed = 0; seed < 25; seed++) {
          const lr = degrade(hr, kind, seed);
          expect([lr.width, lr.height, lr.channels]).toEqual([width / 4, height / 4, 3]);
          expect(lr.data.every((value) => byteToFloat.includes(value))).toBe(true);
        }
      }
    }
  });

  it('is a function of picture and seed', () => {
    const hr = scene(64, 48);
    for (const kind of ['realesrgan', 'realesrgan-test'] as const) {
      const results = Array.from({ length: 12 }, (_, seed) => degrade(hr, kind, seed));
      for (const [seed, lr] of results.entries()) expect(degrade(hr, kind, seed).data).toEqual(lr.data);
      expect(new Set(results.map(checksum)).size).toBe(12);
    }
    expect(hr.data).toEqual(scene(64, 48).data);
  });

  it('gives the same pictures as ever, so that a seed means the same in every version', () => {
    const hr = scene(64, 48);
    const sums = degradationKinds.map((kind) => [0, 1, 2, 3].map((seed) => checksum(degrade(hr, kind, seed))));
    expect(sums).toEqual([
      [340543, 340543, 340543, 340543],
      [357010, 253731, 992033, 337716],
      [239447, 476841, 194900, 327648],
    ]);
  });

  it('reduces bicubically as the trainer does (values of its reduce4)', () => {
    const hr = paint(24, 16, 3, (x, y, c) => byteToFloat[(x * x * 7 + y * 13 + c * 101 + x * y * 3) % 256]);
    // biome-ignore format: a picture
    const expected = [
      62, 151, 137, 132, 120, 116, 125, 123, 119, 114, 123, 119, 125, 118, 135, 127, 133, 122,
      119, 158, 85, 122, 127, 126, 129, 129, 134, 120, 120, 122, 140, 117, 133, 121, 127, 128,
      140, 124, 124, 127, 125, 135, 127, 125, 125, 129, 117, 127, 130, 112, 129, 113, 109, 119,
      140, 99, 138, 131, 125, 124, 125, 121, 122, 118, 132, 117, 124, 126, 125, 149, 116, 102,
    ];
    expect(largestDifference(bytes(degrade(hr, 'bicubic', 0)), expected)).toBeLessThan(1e-3);
  });

  it('shows each step and carries out exactly those', () => {
    const hr = scene(64, 64);
    const steps = stepsOf('realesrgan', 3, 64, 64);
    const seen: FloatImage[] = [];
    const names: string[] = [];
    const lr = applySteps(hr, steps, (step, result) => {
      names.push(step.name);
      seen.push(result);
    });
    expect(names).toEqual(steps.map(({ name }) => name));
    expect(lr.data).toEqual(degrade(hr, 'realesrgan', 3).data);
    expect([seen.at(-1)?.width, seen.at(-1)?.height]).toEqual([16, 16]);
  });

  it('takes settings of its own, the published ones being the kinds', () => {
    const hr = scene(32, 32);
    expect(degrade(hr, realesrgan, 5).data).toEqual(degrade(hr, 'realesrgan', 5).data);
    const nothing: DegradationSettings = { stages: [], final: { sinc: 0, largest: 3, jpeg: null } };
    expect(stepsOf(nothing, 5, 32, 32).map(({ name }) => name)).toEqual(['resize']);
  });

  it('survives extreme settings', () => {
    const stage: StageSettings = {
      probability: 1,
      blur: {
        probability: 1,
        largest: 51,
        sinc: 0.3,
        shapes: { iso: 1, aniso: 1, generalized_iso: 1, generalized_aniso: 1, plateau_iso: 1, plateau_aniso: 1 },
        sigma: [0.01, 50],
        generalizedBeta: [0.1, 10],
        plateauBeta: [0.1, 10],
      },
      resize: { up: 1, down: 2, keep: 1, range: [0.02, 3] },
      noise: { gaussianProbability: 0.5, greyProbability: 0.5, gaussian: [0, 255], poisson: [0, 20] },
      jpeg: [1, 100],
    };
    const settings: DegradationSettings = {
      stages: [stage, stage, stage],
      final: { sinc: 0.5, largest: 51, jpeg: [100, 100] },
    };
    for (const hr of [scene(20, 16), paint(16, 16, 3, () => -1), paint(16, 16, 3, () => 1)]) {
      for (let seed = 0; seed < 40; seed++) {
        const { data } = degrade(hr, settings, seed);
        expect(data.every((value) => value >= -1 && value <= 1)).toBe(true);
      }
    }
  });

  it('refuses what it cannot do', () => {
    const hr = scene(32, 32);
    expect(() => degrade(scene(30, 32), 'bicubic', 0)).toThrow(
      "A picture of 30 × 32 px can't be degraded: both sides must be multiples of 4, from 16 px up.",
    );
    expect(() => degrade(scene(32, 12), 'bicubic', 0)).toThrow(RangeError);
    expect(() => degrade(floatImage(32, 32, 4), 'bicubic', 0)).toThrow('A picture of 4 channels is not RGB.');
    expect(() => degrade(hr, 'blur' as 'bicubic', 0)).toThrow('There is no degradation "blur".');
    expect(() => degrade(hr, 'realesrgan', 0.5)).toThrow(RangeError);
    expect(() => degrade(hr, { ...realesrgan, stages: [{}] } as unknown as DegradationSettings, 0)).toThrow(
      "The degradation's stage 1 probability must be a number from 0 to 1.",
    );
  });
});
