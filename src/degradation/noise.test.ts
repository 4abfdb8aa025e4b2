import { describe, expect, it } from 'vitest';
import { paint } from '../../tests/support/test-images.ts';
import { type FloatImage, floatImage } from '../imaging/image.ts';
import { RandomStream } from '../imaging/random.ts';
import { addGaussianNoise, addPoissonNoise } from './noise.ts';

const side = 120;

function moments(values: ArrayLike<number>) {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, variance: all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length };
}

const difference = (a: FloatImage, b: FloatImage) => a.data.map((value, i) => value - b.data[i]);

/** A grey picture of one 8-bit level; its first pixels show `levels` − 1 others. */
function levelPicture(level: number, levels: number): FloatImage {
  const image = paint(side, side, 3, () => level / 127.5 - 1);
  for (let i = 0, other = 0; i < levels - 1; i++, other++) {
    if (other === level) other++;
    image.data.fill(other / 127.5 - 1, i * 3, i * 3 + 3);
  }
  return image;
}

describe('Gaussian noise', () => {
  it('has mean 0 and the variance asked for', () => {
    const image = floatImage(side, side, 3);
    const { mean, variance } = moments(difference(addGaussianNoise(image, 20, false, new RandomStream(1)), image));
    // Standard errors: σ/√n and σ²·√(2/n); four of them.
    const [sigma, n] = [20 / 127.5, image.data.length];
    expect(Math.abs(mean)).toBeLessThan((4 * sigma) / Math.sqrt(n));
    expect(Math.abs(variance / sigma ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it('is independent by channel, or the same in grey', () => {
    const image = floatImage(side, side, 3);
    const correlation = (grey: boolean) => {
      const noise = difference(addGaussianNoise(image, 20, grey, new RandomStream(2)), image);
      const { variance } = moments(noise);
      let sum = 0;
      for (let i = 0; i < noise.length; i += 3) sum += noise[i] * noise[i + 1];
      return sum / (noise.length / 3) / variance;
    };
    expect(Math.abs(correlation(false))).toBeLessThan(4 / side);
    expect(correlation(true)).toBeCloseTo(1, 1);
  });

  it('is clipped to [−1, 1], as is overshoot', () => {
    const image = paint(side, side, 3, (x) => (x % 2 ? 1.3 : -1.3));
    const { data } = addGaussianNoise(image, 100, false, new RandomStream(3));
    expect(Math.max(...data)).toBe(1);
    expect(Math.min(...data)).toBe(-1);
  });
});

describe('Poisson noise', () => {
  /** The counts that the noise was made of, read back from the difference. */
  function counts(level: number, levels: number, grey: boolean, seed: number): number[] {
    const scale = 0.01;
    const image = levelPicture(level, levels);
    const noise = difference(addPoissonNoise(image, scale, grey, new RandomStream(seed)), image);
    const peak = 2 ** Math.ceil(Math.log2(levels));
    const found = Array.from(noise.subarray(levels * 3), (value) => (value / (2 * scale) + level / 255) * peak);
    expect(Math.max(...found.map((value) => Math.abs(value - Math.round(value))))).toBeLessThan(0.01);
    return found.map(Math.round);
  }

  it.each([
    [60, 1],
    [128, 2],
    [100, 11],
    [128, 64],
    [200, 256],
  ])(
    'of level %i among %i is distributed as P(λ), λ = level / 255 · levels rounded up to a power of two',
    (level, levels) => {
      const lambda = (level / 255) * 2 ** Math.ceil(Math.log2(levels));
      const found = counts(level, levels, false, level);
      const { mean, variance } = moments(found);
      const n = found.length;
      expect(Math.abs(mean - lambda)).toBeLessThan(4 * Math.sqrt(lambda / n));
      // Variance of the sample variance: (μ₄ − σ⁴) / n with μ₄ = λ + 3 λ².
      expect(Math.abs(variance - lambda)).toBeLessThan(4 * Math.sqrt((lambda + 2 * lambda ** 2) / n));
      // χ² over the counts that are expected often enough: mean k, variance 2 k.
      let [chi, bins, probability] = [0, 0, Math.exp(-lambda)];
      for (let k = 0; k < lambda + 8 * Math.sqrt(lambda) + 8; k++) {
        const expected = probability * n;
        if (expected > 10) {
          chi += (found.filter((count) => count === k).length - expected) ** 2 / expected;
          bins++;
        }
        probability *= lambda / (k + 1);
      }
      expect(Math.abs(chi - bins)).toBeLessThan(4 * Math.sqrt(2 * bins) + 1);
    },
  );

  it('is one draw for all three channels in grey', () => {
    const found = counts(128, 16, true, 5);
    expect(found).toEqual(found.map((_, i) => found[i - (i % 3)]));
    expect(new Set(found).size).toBeGreaterThan(5);
  });

  it('leaves black alone and clips white', () => {
    const black = paint(8, 8, 3, () => -1.2);
    expect(new Set(addPoissonNoise(black, 3, false, new RandomStream(6)).data)).toEqual(new Set([-1]));
    const white = addPoissonNoise(levelPicture(255, 256), 3, false, new RandomStream(7));
    expect(Math.max(...white.data)).toBe(1);
  });
});
