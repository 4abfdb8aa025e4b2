/** Recorded tiles: the same bits as through tfjs, one submit, no new buffer; and whatever makes a recording void. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter, onBoth } from '../../tests/support/gpu.ts';
import { hashedParameter, uniform } from '../../tests/support/hashed.ts';
import { RandomStream } from '../imaging/random.ts';
import { autoencoderParamShapes } from '../nn/autoencoder.ts';
import { loadParams } from '../nn/params.ts';
import { unetParamShapes } from '../nn/unet-plan.ts';
import { buildSchedule } from '../paper/schedule.ts';
import { type SamplingMethod, type UpscaleNetworks, upscaleTileLocked } from '../paper/upscale.ts';
import { latentChannels, type ParamShapes } from '../presets/architecture.ts';
import { presets } from '../presets/presets.ts';
import type { Backend } from './backend.ts';
import { countsBetween } from './counters.ts';
import { cosrBackend, withKernels } from './custom-op.ts';
import { castToF16, supportsF16 } from './half.ts';
import type { Recordings } from './replay.ts';
import { type Repeated, runOnce } from './work.ts';

const adapter = await findAdapter('recorded tiles');

const { autoencoder, unet, diffusion } = presets.tiny;

async function openNetworks(salt: string): Promise<UpscaleNetworks> {
  const filled = (shapes: ParamShapes) =>
    loadParams(shapes, async (name) => hashedParameter(salt, name, shapes.get(name) ?? []));
  return {
    autoencoder: { config: autoencoder, params: await filled(autoencoderParamShapes(autoencoder)) },
    unet: { config: unet, params: await filled(unetParamShapes(unet)) },
    schedule: buildSchedule(diffusion),
  };
}

function dispose(networks: UpscaleNetworks): void {
  networks.autoencoder.params.dispose();
  networks.unet.params.dispose();
}

/** One tile whose pixels and noise follow from its number. */
function tileOf(networks: UpscaleNetworks, number: number, side = 16, method: SamplingMethod = 'one-step'): Repeated {
  const draws = method === 'ancestral' ? networks.schedule.steps : 1;
  const values = (name: string, shape: number[]) => ({
    data: uniform(`${name} ${number}`, tf.util.sizeFromShape(shape), 1),
    shape,
  });
  return {
    owner: networks,
    name: method,
    spare: Number.POSITIVE_INFINITY,
    inputs: [values('picture', [1, side, side, 3]), values('noise', [draws, side, side, latentChannels(autoencoder)])],
    run: (y, noise) => upscaleTileLocked(networks, y as tf.Tensor4D, noise as tf.Tensor4D, method, 'wavelet'),
  };
}

/** The result as a tensor that lives on. */
const through = ({ inputs, run }: Repeated): tf.Tensor =>
  tf.tidy(() => run(...inputs.map(({ data, shape }) => tf.tensor(data, shape))));

describe.runIf(adapter)('on a GPU', () => {
  let backend: Backend;
  let recordings: Recordings;
  let networks: UpscaleNetworks;
  beforeEach(async () => {
    backend = await openNodeBackend('webgpu');
    recordings = backend.recordings as Recordings;
    networks = await openNetworks('replay');
  });
  afterEach(() => backend.dispose());

  const gpuBytes = () => backend.memory().gpuBytes as number;

  it('gives the bits that tfjs gives, tile after tile, in one submit and without a new buffer', async () => {
    const expected: Float32Array[] = [];
    for (let i = 0; i < 5; i++) expected.push(await runOnce(tileOf(networks, i)));
    const plain = backend.counts();
    await runOnce(tileOf(networks, 0));
    const { dispatches } = countsBetween(plain, backend.counts());
    expect(await recordings.run(tileOf(networks, 0))).toEqual(expected[0]);
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
    for (const i of [1, 2, 3, 4, 0, 2]) {
      const before = backend.counts();
      expect(await recordings.run(tileOf(networks, i))).toEqual(expected[i]);
      const once = { dispatches, submits: 1, buffers: 0, bytes: 0, maps: 1, writes: 2 };
      expect(countsBetween(before, backend.counts())).toEqual(once);
    }
  });

  it('gives them also of a chain whose commands are more than one submit', async () => {
    const usual = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 50);
    const tile = (i: number) => tileOf(networks, i, 16, 'ancestral');
    for (const i of [0, 1, 2]) expect(await recordings.run(tile(i))).toEqual(await runOnce(tile(i)));
    const before = backend.counts();
    await recordings.run(tile(3));
    const { submits, buffers } = countsBetween(before, backend.counts());
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', usual);
    expect(recordings.count).toBe(1);
    expect(submits).toBeGreaterThan(1);
    expect(buffers).toBe(0);
  });

  it('gives them behind work that was not handed over yet, and to two at once', async () => {
    const [first, second] = [await runOnce(tileOf(networks, 0)), await runOnce(tileOf(networks, 1))];
    await recordings.run(tileOf(networks, 0));
    const noise = tf.square(tf.range(0, 1000));
    const both = await Promise.all([recordings.run(tileOf(networks, 1)), recordings.run(tileOf(networks, 0))]);
    expect(both).toEqual([second, first]);
    expect((await noise.data())[7]).toBe(49);
  });

  it('holds memory flat over many tiles', async () => {
    await recordings.run(tileOf(networks, 0));
    const before = [backend.memory(), recordings.bytes];
    for (let i = 0; i < (onBoth ? 200 : 60); i++) await recordings.run(tileOf(networks, i % 3));
    expect([backend.memory(), recordings.bytes]).toEqual(before);
  });

  it('lets no other tensor into its memory', async () => {
    const expected = await runOnce(tileOf(networks, 1));
    await recordings.run(tileOf(networks, 0));
    // A tile through tfjs has tensors of just the recording's sizes.
    const other = through(tileOf(networks, 2));
    const values = await runOnce(tileOf(networks, 2));
    expect(await recordings.run(tileOf(networks, 1))).toEqual(expected);
    expect(await other.data()).toEqual(values);
    other.dispose();
  });

  it('gives the same bits whatever goes on between, and leaks nothing', async () => {
    const sides = [16, 24, 32];
    const expected = new Map<string, Float32Array>();
    for (const side of sides) {
      for (const i of [0, 1]) expected.set(`${side} ${i}`, await runOnce(tileOf(networks, i, side)));
    }
    backend.trim();
    const [empty, { tensors }] = [gpuBytes(), backend.memory()];
    const random = new RandomStream(1);
    const others: { readonly tensor: tf.Tensor; readonly name: string }[] = [];
    const checkOthers = async () => {
      for (const { tensor, name } of others.splice(0)) {
        expect(await tensor.data()).toEqual(expected.get(name));
        tensor.dispose();
      }
    };
    for (let step = 0; step < (onBoth ? 80 : 24); step++) {
      const [side, i] = [sides[random.integer(3)] as number, random.integer(2)];
      const tile = tileOf(networks, i, side);
      const action = random.integer(8);
      if (action === 0) backend.trim();
      if (action === 1) others.push({ tensor: through(tile), name: `${side} ${i}` });
      if (action === 2) await checkOthers();
      const work = action === 3 ? { ...tile, spare: 2e5 } : tile;
      const values = action === 4 ? runOnce(work) : recordings.run(work);
      const all = await Promise.all(action === 5 ? [values, recordings.run(work)] : [values]);
      for (const each of all) expect(each).toEqual(expected.get(`${side} ${i}`));
    }
    await checkOthers();
    backend.trim();
    expect([gpuBytes(), backend.memory().tensors, recordings.bytes]).toEqual([empty, tensors, 0]);
  });

  it('times every program of a replay where time is kept', async () => {
    if (!backend.profile) return;
    const expected = await runOnce(tileOf(networks, 1));
    await recordings.run(tileOf(networks, 0));
    const before = backend.counts();
    let result: Float32Array | undefined;
    const profile = await backend.profile(async (enter) => {
      enter('replay');
      result = await recordings.run(tileOf(networks, 1));
    });
    const { dispatches } = countsBetween(before, backend.counts());
    expect(profile.programs.reduce((sum, { count }) => sum + count, 0)).toBe(dispatches);
    expect(profile.programs.some(({ isOwn, flops }) => isOwn && flops > 0)).toBe(true);
    expect(profile.programs.some(({ isOwn }) => !isOwn)).toBe(true);
    expect(result).toEqual(expected);
    expect(await recordings.run(tileOf(networks, 1))).toEqual(expected);
  });

  it('records anew what has another shape, other kernels or another owner', async () => {
    await recordings.run(tileOf(networks, 0));
    expect(await recordings.run(tileOf(networks, 0, 32))).toEqual(await runOnce(tileOf(networks, 0, 32)));
    expect(recordings.count).toBe(2);
    const stock = await withKernels('stock', () => recordings.run(tileOf(networks, 0)));
    expect(stock).toEqual(await withKernels('stock', () => runOnce(tileOf(networks, 0))));
    expect(recordings.count).toBe(3);
    const others = await openNetworks('others');
    expect(await recordings.run(tileOf(others, 0))).toEqual(await runOnce(tileOf(others, 0)));
    expect(recordings.count).toBe(4);
  });

  it('drops what reads weights that are freed, and gives its memory back', async () => {
    const before = gpuBytes();
    const others = await openNetworks('others');
    await recordings.run(tileOf(networks, 0));
    const alone = recordings.bytes;
    await recordings.run(tileOf(others, 0));
    const [both, all] = [recordings.bytes, gpuBytes()];
    // All but constants, inputs and results they have in common.
    expect(both).toBeGreaterThan(alone);
    expect(both - alone).toBeLessThan(0.2 * alone);
    dispose(others);
    expect([recordings.count, recordings.bytes]).toEqual([1, alone]);
    expect(all - gpuBytes()).toBe(both - alone);
    expect(await recordings.run(tileOf(networks, 1))).toEqual(await runOnce(tileOf(networks, 1)));
    backend.trim();
    expect([recordings.count, recordings.bytes]).toEqual([0, 0]);
    expect(gpuBytes()).toBeLessThan(before + alone);
  });

  it('takes weights that change in place, and records anew with weights in half precision', async () => {
    await recordings.run(tileOf(networks, 0));
    const { params } = networks.unet;
    const bias = params.get('out.2.bias');
    const [to, from] = [cosrBackend().view(bias.dataId), cosrBackend().view(tf.ones(bias.shape).dataId)];
    cosrBackend().flush();
    const encoder = (backend.device as GPUDevice).createCommandEncoder();
    encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, to.size);
    backend.device?.queue.submit([encoder.finish()]);
    const changed = await recordings.run(tileOf(networks, 0));
    expect(changed).toEqual(await runOnce(tileOf(networks, 0)));
    if (!supportsF16()) return;
    castToF16(params.filters);
    expect(recordings.count).toBe(0);
    const half = await recordings.run(tileOf(networks, 0));
    expect(half).toEqual(await runOnce(tileOf(networks, 0)));
    expect(half).not.toEqual(changed);
    expect(recordings.count).toBe(1);
  });

  it('frees the least recently used ones that new work leaves no memory for', async () => {
    for (const side of [16, 24, 16]) await recordings.run(tileOf(networks, 0, side));
    const [all, held] = [recordings.bytes, gpuBytes()];
    // Room for one of the two: that of 24 px was used longer ago.
    await recordings.run({ ...tileOf(networks, 0, 32), spare: 0.4 * all });
    expect(recordings.count).toBe(2);
    // It may take free buffers of the pool as well.
    expect(gpuBytes() - held).toBeLessThanOrEqual(recordings.bytes - all);
    const before = backend.counts();
    await recordings.run(tileOf(networks, 1, 16));
    expect(countsBetween(before, backend.counts()).buffers).toBe(0);
    await recordings.run({ ...tileOf(networks, 0, 24), spare: -1 });
    expect(recordings.count).toBe(1);
  });

  it('goes on with the same bits after its device was lost', async () => {
    const expected = await recordings.run(tileOf(networks, 0));
    const running = recordings.run(tileOf(networks, 1));
    backend.device?.destroy();
    await expect(running).rejects.toThrow();
    await backend.lost;
    backend.dispose();
    recordings.clear();
    backend = await openNodeBackend('webgpu');
    networks = await openNetworks('replay');
    recordings = backend.recordings as Recordings;
    expect(recordings.count).toBe(0);
    for (let i = 0; i < 2; i++) expect(await recordings.run(tileOf(networks, 0))).toEqual(expected);
  });
});
