/** Layout, Adam, clipping, average and schedules against plain arithmetic. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { fromTorch } from '../nn/params.ts';
import { Layout } from './layout.ts';
import { Learner } from './learner.ts';
import { decayAt, rateAt } from './optimizer.ts';

const adapter = await findAdapter('learners on WebGPU');
const backends = ['cpu', ...(adapter ? (['webgpu'] as const) : [])] as const;

const shapes = new Map<string, readonly number[]>([
  ['conv.weight', [4, 3, 2, 2]],
  ['linear.weight', [5, 3]],
  ['attn.relative_position_bias_table', [9, 2]],
  ['bias', [7]],
]);
const valuesOf = (name: string) => {
  const count = (shapes.get(name) ?? []).reduce((product, n) => product * n, 1);
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i + name.length));
};

describe('Layout', () => {
  it('holds each parameter as the networks take it, and gives it back', () => {
    const layout = new Layout(shapes);
    const vector = layout.fromTorch(valuesOf);
    for (const { name, torchShape, shape, offset, size } of layout.places) {
      const tensor = fromTorch(name, torchShape, valuesOf(name));
      expect(tensor.shape).toEqual(shape);
      expect(vector.slice(offset, offset + size)).toEqual(tensor.dataSync());
      expect(layout.toTorch(vector).get(name)).toEqual(valuesOf(name));
    }
    expect(vector.length % 1024).toBe(0);
    for (const { offset, size, gap } of layout.places) {
      expect(offset % 64).toBe(0);
      expect([...vector.slice(offset + size, offset + size + gap)].every((value) => value === 0)).toBe(true);
    }
    expect(layout.places.reduce((sum, { size, gap }) => sum + size + gap, 0)).toBe(vector.length);
  });

  it('refuses a tensor of another size', () => {
    expect(() => new Layout(shapes).fromTorch(() => new Float32Array(3))).toThrow(/"conv.weight" has 3 values, not 48/);
  });
});

describe.each(backends)('Learner on %s', (kind) => {
  beforeAll(async () => {
    await openNodeBackend(kind);
  });

  it('follows Adam, clipped, and its average follows it', async () => {
    const settings = { rate: 0.1, beta1: 0.9, beta2: 0.99, clip: 2, decay: 0.8 };
    const learner = Learner.start(new Map([['w', [3]]]), () => Float32Array.of(1, -2, 3));
    const w = [1, -2, 3];
    const [average, first, second] = [[...w], [0, 0, 0], [0, 0, 0]];
    for (let update = 1; update <= 4; update++) {
      // L = Σ w⁴/4, whose gradient is w³.
      const gradient = w.map((v) => v ** 3);
      const norm = Math.hypot(...gradient);
      const scalars = tf.tidy(() => {
        const w = learner.network.params.get('w');
        learner.prepare([settings]);
        const { loss, norm } = learner.descend(() => tf.div(tf.sum(tf.square(tf.square(w))), 4) as tf.Scalar);
        return tf.stack([loss, norm]);
      });
      const found = await scalars.data();
      scalars.dispose();
      expect(found[0]).toBeCloseTo(
        w.reduce((sum, v) => sum + v ** 4 / 4, 0),
        3,
      );
      expect(found[1]).toBeCloseTo(norm, 3);
      const scale = Math.min(1, settings.clip / norm);
      w.forEach((value, i) => {
        const g = gradient[i] * scale;
        first[i] = 0.9 * first[i] + 0.1 * g;
        second[i] = 0.99 * second[i] + 0.01 * g * g;
        const deviation = Math.sqrt(second[i] / (1 - 0.99 ** update)) + 1e-8;
        w[i] = value - (0.1 * first[i]) / (1 - 0.9 ** update) / deviation;
        average[i] = 0.8 * average[i] + 0.2 * w[i];
      });
    }
    const state = await learner.state();
    expect(state.updates).toBe(4);
    w.forEach((value, i) => {
      expect(state.values[i]).toBeCloseTo(value, 5);
      expect(state.average[i]).toBeCloseTo(average[i], 5);
    });
    learner.dispose();
  });

  it('learns its first parameters more slowly where it is told to', async () => {
    const settings = { rate: 0.1, beta1: 0.9, beta2: 0.99, clip: 10, decay: 0.9 };
    const two = new Map([
      ['features.w', [3]],
      ['heads.w', [2]],
    ]);
    const learner = Learner.start(two, (name) => new Float32Array(two.get(name)?.[0] ?? 0).fill(1));
    const { params, layout } = learner.network;
    const slower = { count: layout.extentOf('features.'), factor: 0.25 };
    const loss = () => tf.add(tf.sum(params.get('features.w')), tf.sum(params.get('heads.w'))) as tf.Scalar;
    learner.prepare([{ ...settings, slower }]);
    tf.tidy(() => {
      learner.descend(loss);
    });
    // Adam's first step is the rate, in the direction of the gradient.
    const after = layout.toTorch((await learner.state()).values);
    for (const value of after.get('features.w') ?? []) expect(value).toBeCloseTo(1 - 0.025, 5);
    for (const value of after.get('heads.w') ?? []) expect(value).toBeCloseTo(1 - 0.1, 5);
    learner.dispose();
  });

  it('leaves a parameter that the loss does not use where it is, and no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const learner = Learner.start(shapes, valuesOf);
    const settings = { rate: 0.1, beta1: 0, beta2: 0.99, clip: 1, decay: 0.9 };
    const { params, layout } = learner.network;
    learner.prepare([settings]);
    tf.tidy(() => {
      learner.descend(() => tf.sum(tf.square(params.get('bias'))) as tf.Scalar);
    });
    const start = layout.toTorch(layout.fromTorch(valuesOf));
    const after = layout.toTorch((await learner.state()).values);
    expect(after.get('linear.weight')).toEqual(start.get('linear.weight'));
    expect(after.get('bias')).not.toEqual(start.get('bias'));
    expect(await params.get('bias').data()).toEqual(after.get('bias'));
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.runIf(adapter)('a gradient that is not finite', () => {
  it('changes nothing on a GPU, and its norm says so', async () => {
    await openNodeBackend('webgpu');
    const learner = Learner.start(shapes, valuesOf);
    const before = await learner.state();
    const settings = { rate: 0.1, beta1: 0.9, beta2: 0.99, clip: 1, decay: 0.9 };
    const bias = learner.network.params.get('bias');
    learner.prepare([settings]);
    const { norm } = learner.descend(() => tf.sum(tf.log(tf.sub(bias, bias))) as tf.Scalar);
    expect(await norm.data()).toEqual(Float32Array.of(Number.NaN));
    expect({ ...(await learner.state()), updates: 0 }).toEqual(before);
    learner.dispose();
  });
});

describe('schedules', () => {
  const rates = { learningRate: 1, learningRateEnd: 0.2, warmup: 4, decaySteps: 100 };
  it('rise, then fall along a half cosine and stay', () => {
    expect(rateAt(rates, 0)).toBeCloseTo(0.25, 3);
    expect(rateAt(rates, 50)).toBeCloseTo(0.6, 6);
    expect(rateAt(rates, 100)).toBeCloseTo(0.2, 6);
    expect(rateAt(rates, 1000)).toBeCloseTo(0.2, 6);
    expect(rateAt({ ...rates, decaySteps: 0 }, 1000)).toBe(1);
  });

  it('let a young average forget faster', () => {
    expect([decayAt(0.999, 0), decayAt(0.999, 90), decayAt(0.999, 1e6)]).toEqual([0.1, 0.91, 0.999]);
  });
});
