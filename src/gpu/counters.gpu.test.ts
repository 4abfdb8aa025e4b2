/** The counters, and by them what our kernels may ask of a GPU: counts, which are the same on every adapter. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashed } from '../../tests/kernels/agreement.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { hashedParameter } from '../../tests/support/hashed.ts';
import { autoencoderParamShapes } from '../nn/autoencoder.ts';
import { loadParams, Params } from '../nn/params.ts';
import { resBlock } from '../nn/unet.ts';
import { unetParamShapes } from '../nn/unet-plan.ts';
import { buildSchedule } from '../paper/schedule.ts';
import { upscaleTile } from '../paper/upscale.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import { presets } from '../presets/presets.ts';
import { Learner } from '../training/learner.ts';
import type { Backend } from './backend.ts';
import { type Counts, countsBetween } from './counters.ts';
import { withKernels } from './custom-op.ts';
import { conv2d } from './ops/conv2d/index.ts';
import type { CosrWebGPUBackend } from './webgpu-backend.ts';

const adapter = await findAdapter('the counts of GPU work');

describe.runIf(adapter)('on a GPU', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
  });
  afterAll(() => backend.dispose());

  /** Counts of one call after an equal one, up to its last submit. */
  function counted(run: () => void, kernels: 'stock' | 'direct' = 'direct'): Counts {
    const once = () => {
      withKernels(kernels, () => tf.tidy(run));
      (tf.backend() as CosrWebGPUBackend).flush();
    };
    once();
    const before = backend.counts();
    once();
    return countsBetween(before, backend.counts());
  }

  it('counts dispatches, submits, buffers and read-backs', async () => {
    const before = backend.counts();
    const x = tf.ones([5, 7, 11]);
    const y = tf.square(x);
    await y.data();
    const { dispatches, submits, maps, buffers, bytes } = countsBetween(before, backend.counts());
    expect({ dispatches, submits, maps }).toEqual({ dispatches: 1, submits: 1, maps: 1 });
    // The input, the result, and what it is read back through; the input's way in and the program's sizes.
    expect(buffers).toBe(5);
    expect(bytes).toBeGreaterThanOrEqual(4 * 4 * 5 * 7 * 11);
    tf.dispose([x, y]);
  });

  it('uploads and frees without new buffers', () => {
    const run = () => {
      for (let i = 0; i < 5; i++) tf.mul(tf.tensor1d([i, 1, 2, 3, 4, 5, 6]), i);
    };
    expect(counted(run).buffers).toBe(0);
  });

  it('gives back what is kept for reuse, and nothing else', async () => {
    const kept = tf.square(tf.ones([7, 11, 13]));
    tf.square(tf.ones([5, 11, 13])).dispose();
    const held = () => backend.memory().gpuBytes ?? 0;
    const before = held();
    backend.trim();
    expect(before - held()).toBeGreaterThanOrEqual(4 * 5 * 11 * 13);
    expect(held()).toBeGreaterThanOrEqual(4 * 7 * 11 * 13);
    expect((await kept.data())[0]).toBe(1);
    kept.dispose();
  });

  it('compiles aside what runs later, and then compiles nothing', async () => {
    const run = () =>
      tf.tidy(() => {
        const y = conv2d(
          hashed([1, 6, 5, 3], 0) as tf.Tensor4D,
          hashed([3, 3, 3, 2], 1) as tf.Tensor4D,
          tf.zeros([2]) as tf.Tensor1D,
        );
        return tf.atanh(tf.mul(y, 0.01));
      });
    const device = backend.device as GPUDevice;
    const made: string[] = [];
    const create = device.createComputePipeline;
    device.createComputePipeline = (descriptor) => {
      made.push(descriptor.label ?? '');
      return create.call(device, descriptor);
    };
    const { dispatches } = backend.counts();
    await backend.compile(run);
    expect(backend.counts().dispatches).toBe(dispatches);
    const result = run();
    const values = await result.data();
    device.createComputePipeline = create;
    expect(made).toEqual([]);
    const expected = withKernels('stock', run);
    (await expected.data()).forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 5);
    });
    tf.dispose([result, expected]);
  });

  it('a residual block takes at most 30 dispatches forward and back, one submit and no new buffer', () => {
    const shapes = {
      'r.in_layers.0.weight': [32],
      'r.in_layers.0.bias': [32],
      'r.in_layers.2.weight': [3, 3, 32, 64],
      'r.in_layers.2.bias': [64],
      'r.emb_layers.1.weight': [128, 128],
      'r.emb_layers.1.bias': [128],
      'r.out_layers.0.weight': [64],
      'r.out_layers.0.bias': [64],
      'r.out_layers.3.weight': [3, 3, 64, 64],
      'r.out_layers.3.bias': [64],
      'r.skip_connection.weight': [1, 1, 32, 64],
      'r.skip_connection.bias': [64],
    };
    const config = { use_scale_shift_norm: true };
    const names = Object.keys(shapes) as (keyof typeof shapes)[];
    const x = hashed([2, 8, 8, 32], 0);
    const embedding = hashed([2, 128], 1) as tf.Tensor2D;
    const values = names.map((name, i) => hashed(shapes[name], i + 2));
    const run = () => {
      tf.grads((input, ...list) => {
        const params = new Params(new Map(names.map((name, i) => [name, list[i]])));
        return tf.sum(
          resBlock(params, config, { name: 'r', inputs: 32, outputs: 64 }, input as tf.Tensor4D, embedding),
        );
      })([x, ...values]);
    };
    const own = counted(run);
    expect(own.dispatches).toBeLessThanOrEqual(30);
    expect(own.submits).toBe(1);
    expect(own.buffers).toBe(0);
    tf.dispose([x, embedding, ...values]);
  });

  it('a residual block without norms takes a dispatch for each of its layers, its SiLU among them', () => {
    const weights = {
      'r.in_layers.2.weight': [3, 3, 32, 64],
      'r.in_layers.2.bias': [64],
      'r.emb_layers.1.weight': [128, 128],
      'r.emb_layers.1.bias': [128],
      'r.out_layers.3.weight': [3, 3, 64, 64],
      'r.out_layers.3.bias': [64],
      'r.skip_connection.weight': [1, 1, 32, 64],
      'r.skip_connection.bias': [64],
    };
    const params = new Params(new Map(Object.entries(weights).map(([name, shape], i) => [name, hashed(shape, i)])));
    const [x, embedding] = [hashed([2, 8, 8, 32], 8) as tf.Tensor4D, hashed([2, 128], 9) as tf.Tensor2D];
    const config = { norm: 'none', use_scale_shift_norm: true } as const;
    const run = () => {
      resBlock(params, config, { name: 'r', inputs: 32, outputs: 64 }, x, embedding);
    };
    expect(counted(run)).toMatchObject({ dispatches: 4, submits: 1, buffers: 0 });
    tf.dispose([x, embedding]);
    params.dispose();
  });

  it('a tile of networks without norms takes few dispatches', async () => {
    const { autoencoder, unet, diffusion } = presets.tiny;
    const filled = (shapes: ParamShapes) =>
      loadParams(shapes, async (name) => hashedParameter('count', name, shapes.get(name) ?? []));
    const networks = {
      autoencoder: { config: autoencoder, params: await filled(autoencoderParamShapes(autoencoder)) },
      unet: { config: unet, params: await filled(unetParamShapes(unet)) },
      schedule: buildSchedule(diffusion),
    };
    const [y, noise] = [hashed([1, 16, 16, 3], 0) as tf.Tensor4D, hashed([1, 16, 16, 4], 1) as tf.Tensor4D];
    const run = () => {
      upscaleTile(networks, y, noise, 'one-step');
    };
    const own = counted(run);
    expect(own.dispatches).toBeLessThanOrEqual(110);
    expect(own.buffers).toBe(0);
    tf.dispose([y, noise]);
    networks.autoencoder.params.dispose();
    networks.unet.params.dispose();
  });

  it('the update of a network takes two dispatches, however many parameters it has', () => {
    const shapes = new Map(Array.from({ length: 40 }, (_, i) => [`w${i}`, [3 + i]] as const));
    const learner = Learner.start(shapes, (name) => new Float32Array(3 + Number(name.slice(1))).fill(1));
    const settings = { rate: 1e-3, beta1: 0.9, beta2: 0.99, clip: 1, decay: 0.9 };
    const { params } = learner.network;
    const sum = () => params.names.map((name) => tf.sum(params.get(name))).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    const gradient = () => {
      learner.network.gradient(sum);
    };
    const update = () => {
      learner.prepare([settings]);
      learner.descend(sum);
    };
    expect(counted(update).dispatches - counted(gradient).dispatches).toBe(2);
    expect(counted(update).buffers).toBe(0);
    learner.dispose();
  });
});
