/** The counts against the products that tfjs is asked for: by kernels' names and shapes, on the CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { hashedParameter } from '../../../tests/support/hashed.ts';
import { groupNormUnet, vqAutoencoder } from '../../../tests/support/vq.ts';
import type { AutoencoderConfig, ParamShapes, UnetConfig } from '../../presets/architecture.ts';
import { presets } from '../../presets/presets.ts';
import { autoencoderParamShapes, decode, encode } from '../autoencoder.ts';
import { loadParams } from '../params.ts';
import { unetSwin } from '../unet.ts';
import { unetParamShapes } from '../unet-plan.ts';
import { autoencoderMacs, unetMacs } from './macs.ts';

const backend = await openNodeBackend('cpu');
afterAll(() => backend.dispose());

const filled = (shapes: ParamShapes) =>
  loadParams(shapes, async (name) => hashedParameter('macs', name, shapes.get(name) ?? []));
const product = (shape: readonly number[]) => shape.reduce((all, n) => all * n, 1);

/** Multiplications of the convolutions and matrix products that something runs. */
async function asked(run: () => tf.Tensor): Promise<number> {
  const { kernels } = await tf.profile(run);
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    const [a, b] = inputShapes as [number[], number[]];
    const output = outputShapes[0];
    if (name === 'FusedConv2D') return sum + product(output) * product(b.slice(0, 3));
    const rows = output.at(-2) as number;
    // GroupNorm's sums are products of a row of ones.
    const isProduct = name === '_FusedMatMul' || (name === 'BatchMatMul' && rows > 1);
    return isProduct ? sum + (product(output) * product(a)) / (rows * product(output.slice(0, -2))) : sum;
  }, 0);
}

const small = { num_head_channels: 8, image_size: 16, window_size: 4 } as const;
const unets: Record<string, UnetConfig> = {
  tiny: presets.tiny.unet,
  'with norms': { ...groupNormUnet, ...small, model_channels: 32, swin_embed_dim: 32, lq_size: 16 },
  'of a larger condition': { ...presets.tiny.unet, lq_size: 32 },
};
const autoencoders: Record<string, AutoencoderConfig> = {
  tiny: presets.tiny.autoencoder,
  'with blocks': { ...vqAutoencoder, num_res_blocks: 1, ch: 32, ch_mult: [1, 2, 4] },
  'with a codebook': { ...vqAutoencoder, ch: 32, n_embed: 16 },
};

describe('counts are what is asked for', () => {
  it.each(Object.entries(unets))('of a UNet %s', async (_, config) => {
    const params = await filled(unetParamShapes(config));
    const side = (config.lq_size ?? 16) / 16;
    const [z, lr] = [tf.zeros([1, 16, 32, config.in_channels]), tf.zeros([1, 16 * side, 32 * side, 3])];
    const count = await asked(() => unetSwin(params, config, z as tf.Tensor4D, [14], lr as tf.Tensor4D));
    expect(count).toBe(unetMacs(config, 16, 32));
  });

  it.each(Object.entries(autoencoders))('of an autoencoder %s', async (_, config) => {
    const params = await filled(autoencoderParamShapes(config));
    const x = tf.zeros([1, 32, 64, 3]) as tf.Tensor4D;
    const { encode: there, decode: back } = autoencoderMacs(config, 8, 16);
    expect(await asked(() => encode(params, config, x))).toBe(there);
    const z = encode(params, config, x);
    expect(await asked(() => decode(params, config, z))).toBe(back);
  });
});

it('compact takes at most 105 GMAC for a megapixel', () => {
  const { autoencoder, unet } = presets.compact;
  const { encode: there, decode: back } = autoencoderMacs(autoencoder, 64, 64);
  const all = there + unetMacs(unet, 64, 64) + back;
  expect(all / (16 * 64 * 64) / 1e3).toBeLessThan(105);
});
