import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter } from '../../../tests/support/gpu.ts';
import { hashedParameter } from '../../../tests/support/hashed.ts';
import { groupNormUnet, vqAutoencoder } from '../../../tests/support/vq.ts';
import type { Backend } from '../../gpu/backend.ts';
import { chooseKernels } from '../../gpu/custom-op.ts';
import type { ParamShapes, UnetConfig } from '../../presets/architecture.ts';
import { presets } from '../../presets/presets.ts';
import { autoencoderParamShapes, decode } from '../autoencoder.ts';
import { loadParams } from '../params.ts';
import { unetSwin } from '../unet.ts';
import { unetParamShapes } from '../unet-plan.ts';
import { autoencoderCost, unetCost } from './memory.ts';

const autoencoder = vqAutoencoder;
/** Narrow: software adapters run these, too. */
const unet: UnetConfig = { ...groupNormUnet, channel_mult: [1, 2], swin_embed_dim: 32 };
/** Below this tfjs's WebGPU unrolls convolutions into a matrix first, which is not counted: tiles are no smaller. */
const side = 32;
const hashed = (shapes: ParamShapes) =>
  loadParams(shapes, async (name) => hashedParameter('cost', name, shapes.get(name) ?? []));

describe('the count of what is alive', () => {
  it('grows with the area', () => {
    const [small, large] = [unetCost(unet, 32, 32, 'webgpu'), unetCost(unet, 32, 64, 'webgpu')];
    expect(large.alive / small.alive).toBeGreaterThan(1.9);
    expect(large.alive / small.alive).toBeLessThanOrEqual(2);
    expect(large.largest).toBe(2 * small.largest);
  });

  it('takes the memory that a backend holds from its kind', () => {
    const [gpu, wasm] = [autoencoderCost(autoencoder, 64, 64, 'webgpu'), autoencoderCost(autoencoder, 64, 64, 'wasm')];
    expect(gpu.alive).toBe(wasm.alive);
    expect(gpu.peak).toBeGreaterThan(gpu.alive);
    expect(wasm.peak).toBeGreaterThan(gpu.peak);
  });

  it('names the largest tensor of the published decoder: 256 channels of 256×256 (§2.8)', () => {
    expect(autoencoderCost(presets.paper.autoencoder, 64, 64, 'webgpu').largest).toBe(256 * 256 * 256 * 4);
  });

  it('knows attention inside levels', () => {
    const more = { ...autoencoder, resolution: 256, attn_resolutions: [256] };
    expect(autoencoderCost(more, 64, 64, 'webgpu').alive).toBeGreaterThan(
      autoencoderCost(autoencoder, 64, 64, 'webgpu').alive,
    );
  });
});

const adapter = await findAdapter('memory counts against buffers in use');

describe.runIf(adapter)('buffers in use on WebGPU, submitted one by one', () => {
  let backend: Backend;
  let usual: number;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
    usual = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
    // Then a buffer is free as soon as tfjs disposes of its tensor: what is in use is what is alive.
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 1);
  });
  afterAll(() => {
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', usual);
    backend.dispose();
  });

  /** Most bytes of buffers in use at any submit, beyond those before. */
  async function mostInUse(run: () => tf.Tensor): Promise<number> {
    const engine = tf.backend() as unknown as { bufferManager: { numBytesUsed: number }; submitQueue: () => void };
    const submit = engine.submitQueue.bind(engine);
    const before = engine.bufferManager.numBytesUsed;
    let most = 0;
    engine.submitQueue = () => {
      most = Math.max(most, engine.bufferManager.numBytesUsed - before);
      submit();
    };
    const output = run();
    await output.data();
    output.dispose();
    engine.submitQueue = submit;
    return most;
  }

  it('are what unetCost counts on stock ops; fused kernels need no more', async () => {
    const params = await hashed(unetParamShapes(unet));
    const [z, lr] = [tf.zeros([1, side, side, 4]) as tf.Tensor4D, tf.zeros([1, side, side, 3]) as tf.Tensor4D];
    const inUse = async () =>
      (await mostInUse(() => unetSwin(params, unet, z, [14], lr))) / unetCost(unet, side, side, 'webgpu').alive;
    expect(await inUse()).toBeLessThan(1.1);
    const back = chooseKernels('stock');
    const ratio = await inUse().finally(back);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.1);
  });

  it('are what autoencoderCost counts: decoding needs more than encoding', async () => {
    const small = { ...autoencoder, ch: 32 };
    const params = await hashed(autoencoderParamShapes(small));
    const z = tf.zeros([1, side, side, 4]) as tf.Tensor4D;
    const ratio =
      (await mostInUse(() => decode(params, small, z))) / autoencoderCost(small, side, side, 'webgpu').alive;
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.1);
  });

  it('are what both count of networks without norms', async () => {
    const { compact } = presets;
    const narrow = { ...compact.unet, model_channels: 32, swin_embed_dim: 32 };
    const params = await hashed(unetParamShapes(narrow));
    const ae = await hashed(autoencoderParamShapes(compact.autoencoder));
    const [z, lr] = [tf.zeros([1, side, side, 8]) as tf.Tensor4D, tf.zeros([1, side, side, 3]) as tf.Tensor4D];
    const back = chooseKernels('stock');
    const ratios = [
      (await mostInUse(() => unetSwin(params, narrow, z, [14], lr))) / unetCost(narrow, side, side, 'webgpu').alive,
      (await mostInUse(() => decode(ae, compact.autoencoder, z))) /
        autoencoderCost(compact.autoencoder, side, side, 'webgpu').alive,
    ];
    back();
    for (const ratio of ratios) {
      expect(ratio).toBeGreaterThan(0.85);
      expect(ratio).toBeLessThan(1.1);
    }
    const own =
      (await mostInUse(() => decode(ae, compact.autoencoder, z))) /
      autoencoderCost(compact.autoencoder, side, side, 'webgpu').alive;
    expect(own).toBeLessThan(1.1);
  });
});
