/** The whole recipe of a tile on every backend: equal results, sizes the networks were not built for, and no leak. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { hashedParameter, uniform } from '../../tests/support/hashed.ts';
import { groupNormUnet, vqAutoencoder } from '../../tests/support/vq.ts';
import type { Backend, BackendKind } from '../gpu/backend.ts';
import { watchPeakBytes } from '../gpu/counters.ts';
import { buildSchedule } from '../paper/schedule.ts';
import { type SamplingMethod, type UpscaleNetworks, upscaleTile } from '../paper/upscale.ts';
import type { ParamShapes, UnetConfig, VqAutoencoderConfig } from '../presets/architecture.ts';
import { type ModelPreset, presets } from '../presets/presets.ts';
import { autoencoderParamShapes } from './autoencoder.ts';
import { loadParams } from './params.ts';
import { unetParamShapes } from './unet-plan.ts';
import { decode, encode, vqParamShapes } from './vqgan.ts';

const autoencoder: VqAutoencoderConfig = { ...vqAutoencoder, ch: 32 };
const unet: UnetConfig = {
  ...groupNormUnet,
  channel_mult: [1, 2],
  swin_embed_dim: 32,
  image_size: 16,
  lq_size: 16,
  attention_resolutions: [16, 8],
};
const schedule = buildSchedule(presets.paper.diffusion);

const hashed = (shapes: ParamShapes, salt: string) =>
  loadParams(shapes, async (name) => hashedParameter(salt, name, shapes.get(name) ?? []));

type Kind = Pick<ModelPreset, 'autoencoder' | 'unet'>;
/** With GroupNorm as the public files, and without as compact. */
const kinds = { paper: { autoencoder, unet }, tiny: presets.tiny } as const satisfies Record<string, Kind>;

async function networks({ autoencoder, unet }: Kind): Promise<UpscaleNetworks> {
  return {
    autoencoder: { config: autoencoder, params: await hashed(autoencoderParamShapes(autoencoder), 'ae') },
    unet: { config: unet, params: await hashed(unetParamShapes(unet), 'unet') },
    schedule,
  };
}

/** LR pixels and noise of a tile, h×w. */
const inputs = (h: number, w: number) => ({
  y: tf.tensor4d(uniform('y', h * w * 3, 1), [1, h, w, 3]),
  noise: tf.tensor4d(uniform('noise', h * w * 4, 1.7), [1, h, w, 4]),
});

let opened: Backend | null = null;
afterEach(() => {
  opened?.dispose();
  opened = null;
});

interface TileRun {
  readonly values: Float32Array;
  /** Tensors after each run of the tile: the same every time, or something leaks. */
  readonly tensors: readonly number[];
  /** Most bytes of tensors alive while it ran. */
  readonly peak: number;
}

async function tile(
  kind: Kind,
  backend: BackendKind,
  [h, w]: readonly [number, number],
  method: SamplingMethod,
  times = 1,
): Promise<TileRun> {
  opened = await openNodeBackend(backend);
  const nets = await networks(kind);
  const tensors: number[] = [];
  let values: Float32Array = new Float32Array();
  const watch = watchPeakBytes();
  for (let i = 0; i < times; i++) {
    const { y, noise } = inputs(h, w);
    const output = upscaleTile(nets, y, noise, method);
    expect(output.shape).toEqual([1, 4 * h, 4 * w, 3]);
    values = (await output.data()) as Float32Array;
    tf.dispose([y, noise, output]);
    tensors.push(tf.memory().numTensors);
  }
  const peak = watch.read();
  watch.stop();
  nets.autoencoder.params.dispose();
  nets.unet.params.dispose();
  return { values, tensors, peak };
}

const apart = (a: Float32Array, b: Float32Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

const adapter = await findAdapter('networks on WebGPU');

const wide = [16, 32] as const;
const square = [16, 16] as const;

describe.each(Object.entries(kinds))('a tile of %s', (_, kind) => {
  it('is alike on WebAssembly and the CPU, wider than high too, and in range', async () => {
    const wasm = await tile(kind, 'wasm', wide, 'one-step');
    opened?.dispose();
    const cpu = await tile(kind, 'cpu', wide, 'one-step');
    expect(apart(wasm.values, cpu.values)).toBeLessThan(1e-3);
    for (const value of wasm.values) expect(Math.abs(value)).toBeLessThanOrEqual(1);
  });

  it.runIf(adapter)('is alike on WebAssembly and WebGPU, where no tensor is left behind', async () => {
    const gpu = await tile(kind, 'webgpu', square, 'one-step', 2);
    opened?.dispose();
    const wasm = await tile(kind, 'wasm', square, 'one-step');
    expect(apart(gpu.values, wasm.values)).toBeLessThan(1e-3);
    expect(new Set(gpu.tensors).size).toBe(1);
  });

  it('differs between one step and the chain, and neither leaves a tensor behind', async () => {
    const one = await tile(kind, 'wasm', square, 'one-step', 3);
    opened?.dispose();
    const chain = await tile(kind, 'wasm', square, 'deterministic', 2);
    expect(apart(one.values, chain.values)).toBeGreaterThan(1e-3);
    expect(new Set(one.tensors).size).toBe(1);
    expect(new Set(chain.tensors).size).toBe(1);
    // Fifteen steps need no more memory than one: a latent or two.
    expect(chain.peak).toBeLessThan(1.01 * one.peak);
  });
});

describe('attention inside levels', () => {
  it('runs, and changes the outcome', async () => {
    opened = await openNodeBackend('wasm');
    const plain = { ...autoencoder, num_res_blocks: 1 };
    const attentive = { ...plain, resolution: 64, attn_resolutions: [32] };
    const params = await hashed(vqParamShapes(attentive), 'ae');
    const z = tf.tensor4d(uniform('z', 8 * 8 * 4, 1), [1, 8, 8, 4]);
    const without = decode(params, plain, z, { quantize: false });
    const within = decode(params, attentive, z, { quantize: false });
    expect(within.shape).toEqual([1, 32, 32, 3]);
    expect(encode(params, attentive, within).shape).toEqual([1, 8, 8, 4]);
    expect(apart((await within.data()) as Float32Array, (await without.data()) as Float32Array)).toBeGreaterThan(1e-3);
  });
});
