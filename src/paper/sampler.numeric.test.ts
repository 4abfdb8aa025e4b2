/** The samplers against the formulas of §1.3–1.5; their numbers against the reference are parity's. */
import '#gradients';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ancestralChain, deterministicChain, oneStep, priorSample, qSample, scaleInput } from './sampler.ts';
import { buildSchedule } from './schedule.ts';

const schedule = buildSchedule({ steps: 15, kappa: 2, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 });
const last = schedule.steps - 1;
const latent = (seed: number) => tf.randomNormal([1, 4, 4, 3], 0, 1, 'float32', seed) as tf.Tensor4D;
const apart = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];

beforeAll(() => tf.setBackend('cpu'));

describe('the forward process', () => {
  it('ends where the prior starts, up to the residual that is left', () => {
    tf.tidy(() => {
      const [x0, y, noise] = [latent(1), latent(2), latent(3)];
      const left = tf.mul(tf.sub(x0, y), 1 - schedule.etas[last]);
      expect(apart(qSample(schedule, x0, y, last, noise), tf.add(priorSample(schedule, y, noise), left))).toBeLessThan(
        1e-5,
      );
    });
  });

  it('is scaled to unit variance by the last input deviation', () => {
    tf.tidy(() => {
      const x = tf.fill([1, 1, 1, 1], 2.218197466) as tf.Tensor4D;
      expect(scaleInput(schedule, x, last).dataSync()[0]).toBeCloseTo(1, 6);
    });
  });

  it('refuses an index that the schedule has not', () => {
    const x = latent(1);
    expect(() => scaleInput(schedule, x, schedule.steps)).toThrow(/Index 15/);
    x.dispose();
  });
});

describe('the deterministic chain (eq. 1)', () => {
  it('follows the marginals of a denoiser that is always right, with the noise it started from', () => {
    tf.tidy(() => {
      const [x0, y, noise] = [latent(1), latent(2), latent(3)];
      const start = qSample(schedule, x0, y, last, noise);
      const distances: number[] = [];
      const end = deterministicChain(
        schedule,
        () => tf.clone(x0),
        start,
        y,
        (index, x) => {
          const expected = index === 0 ? x0 : qSample(schedule, x0, y, index - 1, noise);
          distances.push(apart(x, expected));
        },
      );
      expect(distances).toHaveLength(15);
      expect(Math.max(...distances)).toBeLessThan(1e-5);
      expect(apart(end, x0)).toBeLessThan(1e-6);
    });
  });

  it('asks the denoiser once an index, from the last to 0, with scaled input', () => {
    tf.tidy(() => {
      const indices: number[] = [];
      const xT = latent(1);
      deterministicChain(
        schedule,
        (scaled, index) => {
          if (indices.length === 0) expect(apart(scaled, tf.div(xT, schedule.inputStd[last]))).toBeLessThan(1e-6);
          indices.push(index);
          return tf.clone(scaled);
        },
        xT,
        latent(2),
      );
      expect(indices).toEqual(Array.from({ length: 15 }, (_, i) => last - i));
    });
  });
});

describe('the ancestral chain', () => {
  it('ends at the last estimate, and draws noise at every index but 0', () => {
    tf.tidy(() => {
      const x0 = latent(1);
      const drawn: number[] = [];
      const noise = (index: number) => {
        drawn.push(index);
        return latent(10 + index);
      };
      expect(
        apart(
          ancestralChain(schedule, () => tf.clone(x0), latent(2), noise),
          x0,
        ),
      ).toBeLessThan(1e-6);
      expect(drawn).toEqual(Array.from({ length: 14 }, (_, i) => last - i));
    });
  });
});

describe('memory', () => {
  it('holds one latent after any of them, hooks included', () => {
    const [x0, xT, y] = [latent(1), latent(2), latent(3)];
    const before = tf.memory().numTensors;
    const results = [
      oneStep(schedule, (scaled) => tf.neg(scaled), xT),
      deterministicChain(
        schedule,
        () => tf.clone(x0),
        xT,
        y,
        () => {},
      ),
      ancestralChain(
        schedule,
        () => tf.clone(x0),
        xT,
        () => latent(4),
      ),
    ];
    expect(tf.memory().numTensors).toBe(before + results.length);
    tf.dispose([x0, xT, y, ...results]);
  });
});
