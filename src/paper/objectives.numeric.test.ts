/** Equations 3–6 by hand, augmentation, and the gradient that is a latent's detail alone. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { RandomStream } from '../imaging/random.ts';
import { presets } from '../presets/presets.ts';
import { augment, drawAugmentation, drawsTensor } from './batch.ts';
import {
  adaptiveWeight,
  byDetail,
  detail,
  discriminatorObjective,
  factorsOf,
  generatorObjective,
  quantised,
  signalToNoise,
} from './objectives.ts';
import { buildSchedule } from './schedule.ts';

beforeAll(async () => {
  await openNodeBackend('cpu');
});

const map = (...values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1]);
const real = [map(2, -1), map(0.5)];
const fake = [map(-2, 0), map(3)];
const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

describe('objectives', () => {
  const perHead = (of: (r: number) => number, g: (f: number) => number) =>
    mean([mean([2, -1].map(of)) + mean([-2, 0].map(g)), of(0.5) + g(3)]);

  it.each([
    [
      'hinge',
      perHead(
        (r) => Math.max(0, 1 - r),
        (f) => Math.max(0, 1 + f),
      ),
    ],
    [
      'bce',
      perHead(
        (r) => -Math.log(sigmoid(r)),
        (f) => -Math.log(1 - sigmoid(f)),
      ),
    ],
    [
      'literal',
      perHead(
        (r) => Math.log(1 - sigmoid(r)),
        (f) => Math.log(sigmoid(f)),
      ),
    ],
  ] as const)('%s is the mean over heads of means over places', (loss, expected) => {
    expect(discriminatorObjective(loss, real, fake).dataSync()[0]).toBeCloseTo(expected, 5);
  });

  it('literal stops where it would fall without bound', () => {
    expect(discriminatorObjective('literal', [map(1000)], [map(-1000)]).dataSync()[0]).toBe(-40);
  });

  it("the generator's is 1 − D: the logit with the hinge loss, a probability with the others", () => {
    expect(generatorObjective('hinge', fake).dataSync()[0]).toBeCloseTo(1 - (-1 + 3) / 2, 6);
    const expected = 1 - mean([mean([-2, 0].map(sigmoid)), sigmoid(3)]);
    for (const loss of ['bce', 'literal'] as const) {
      expect(generatorObjective(loss, fake).dataSync()[0]).toBeCloseTo(expected, 6);
    }
  });

  it('an adaptive weight makes a gradient a share of the reconstruction, within bounds', () => {
    const weight = (share: number, reconstruction: number, adversarial: number) =>
      adaptiveWeight(share, tf.scalar(reconstruction), tf.scalar(adversarial)).dataSync()[0];
    expect(weight(0.5, 3, 2)).toBeCloseTo(0.75, 6);
    expect(weight(1, 1, 0)).toBe(1e4);
    expect(weight(1, 0, 0)).toBe(0);
  });

  it('8 bit are multiples of 1/127.5 from −1 on, ties to even, and the gradient passes as it is', () => {
    const x = map(-2, -1, -0.9953, -0.001, 0, 1, 3);
    const levels = Array.from(quantised(x).dataSync(), (value) => (value + 1) * 127.5);
    [0, 0, 1, 127, 128, 255, 255].forEach((level, i) => {
      expect(levels[i]).toBeCloseTo(level, 3);
    });
    const gradient = tf.grad((t) => tf.sum(tf.mul(quantised(t as tf.Tensor4D), 3)))(x);
    expect(Array.from(gradient.dataSync())).toEqual(Array(7).fill(3));
  });

  it('eqs. 7 and 8 have their factor on nothing, on all, or on all but the denoising loss', () => {
    const schedule = buildSchedule(presets.compact.diffusion);
    const snr = signalToNoise(schedule);
    expect(factorsOf('none', schedule)).toEqual({ denoise: 1, others: 1 });
    expect(factorsOf('snr', schedule)).toEqual({ denoise: snr, others: snr });
    expect(factorsOf('unweighted-denoise', schedule)).toEqual({ denoise: 1, others: snr });
  });

  it('the factor of eqs. 7 and 8 at the last index is 1.01e-4', () => {
    expect(signalToNoise(buildSchedule(presets.compact.diffusion))).toBeCloseTo(1.0101e-4, 8);
  });
});

describe('augment', () => {
  it('shifts, fills with zeros, then cuts', () => {
    const x = tf.reshape(tf.range(1, 513), [2, 16, 16, 1]) as tf.Tensor4D;
    const draws = [
      { shift: [2, -1], corner: [10, 12] },
      { shift: [0, 0], corner: [-2, -2] },
    ] as const;
    const [first, second] = augment(x, drawsTensor(draws)).arraySync();
    for (let y = 0; y < 16; y++) {
      for (let c = 0; c < 16; c++) {
        const cut = y >= 10 && y < 13 && c >= 12 && c < 15;
        const from = y >= 2 && c < 15 ? (y - 2) * 16 + c + 2 : 0;
        expect(first?.[y]?.[c]?.[0]).toBe(cut ? 0 : from);
        expect(second?.[y]?.[c]?.[0]).toBe(y < 1 && c < 1 ? 0 : 257 + y * 16 + c);
      }
    }
  });

  it('draws shifts up to an eighth and boxes that reach outside, ties to even', () => {
    const draws = drawAugmentation(new RandomStream(1), 2000, 20);
    const shifts = draws.flatMap(({ shift }) => shift);
    const corners = draws.flatMap(({ corner }) => corner);
    expect([Math.min(...shifts), Math.max(...shifts)]).toEqual([-2, 2]);
    expect([Math.min(...corners), Math.max(...corners)]).toEqual([-2, 17]);
  });

  it('passes the gradient back to where each pixel came from', () => {
    const draws = drawsTensor(drawAugmentation(new RandomStream(2), 2, 16));
    const [x, w] = [1, 2].map((seed) => tf.randomNormal([2, 16, 16, 3], 0, 1, 'float32', seed)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const loss = (t: tf.Tensor) => tf.sum(tf.mul(augment(t as tf.Tensor4D, draws), w)) as tf.Scalar;
    // Linear, so the gradient gives the value.
    const along = tf.sum(tf.mul(tf.grad(loss)(tf.zerosLike(x)), x)).dataSync()[0];
    expect(along).toBeCloseTo(loss(x).dataSync()[0], 3);
  });
});

type At = (y: number, x: number, channel: number) => number;

const latent = (at: At) =>
  tf.tensor4d(
    Float32Array.from({ length: 8 * 12 * 3 }, (_, i) => at(Math.floor(i / 36), Math.floor(i / 3) % 12, i % 3)),
    [1, 8, 12, 3],
  );
const texture = () => latent((y, x, channel) => Math.sin(y * y + 3 * x + channel));
/** Constant in each block and channel. */
const common = () => latent((y, x, channel) => 1 + Math.floor(y / 4) + 2 * Math.floor(x / 4) - channel);
const difference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];

describe('detail', () => {
  it('is what the latents of a block do not have in common', () => {
    expect(difference(detail(common()), tf.zeros([1, 8, 12, 3]))).toBeLessThan(1e-6);
    const both = tf.add(texture(), common()) as tf.Tensor4D;
    expect(difference(detail(both), detail(texture()))).toBeLessThan(1e-5);
    expect(difference(detail(texture()), tf.zeros([1, 8, 12, 3]))).toBeGreaterThan(0.5);
  });

  it('is the whole gradient of a latent that keeps its value', () => {
    const x = texture();
    expect(difference(byDetail(x), x)).toBe(0);
    const weights = tf.add(common(), texture());
    const by = tf.grad((t) => tf.sum(tf.mul(byDetail(t as tf.Tensor4D), weights)))(x);
    expect(difference(by, detail(texture()))).toBeLessThan(1e-5);
  });
});
