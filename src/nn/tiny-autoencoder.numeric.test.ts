/** TinyAutoencoder on WebAssembly; its numbers against PyTorch's: `npm run parity`, cli/parity.numeric.test.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { hashedParameter, uniform } from '../../tests/support/hashed.ts';
import { pixelShuffle, pixelUnshuffle } from '../gpu/ops/pixel-shuffle/index.ts';
import { presets } from '../presets/presets.ts';
import { autoencoderParamShapes, decode, encode } from './autoencoder.ts';
import { loadParams } from './params.ts';

const { autoencoder: config } = presets.tiny;
const backend = await openNodeBackend('wasm');
const shapes = autoencoderParamShapes(config);
const params = await loadParams(shapes, async (name) => hashedParameter('ae', name, shapes.get(name) ?? []));
afterAll(() => {
  params.dispose();
  backend.dispose();
});

describe('pixels as channels', () => {
  const x = tf.tensor4d(uniform('x', 2 * 6 * 9 * 2, 1), [2, 6, 9, 2]);

  it('stand in PyTorch’s order: colour, row, column', async () => {
    const values = await (pixelUnshuffle(x, 3) as tf.Tensor4D).array();
    const pixels = await x.array();
    const [batch, row, column, channel, down, right] = [1, 1, 2, 1, 2, 1];
    expect(values[batch]?.[row]?.[column]?.[channel * 9 + down * 3 + right]).toBe(
      pixels[batch]?.[3 * row + down]?.[3 * column + right]?.[channel],
    );
  });

  it('come back', async () => {
    expect(await pixelShuffle(pixelUnshuffle(x, 3), 3).data()).toEqual(await x.data());
  });
});

describe('TinyAutoencoder', () => {
  it('takes sides that differ, and a quarter of them is the latent’s', () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor4d(uniform('x', 2 * 16 * 24 * 3, 1), [2, 16, 24, 3]);
    const z = encode(params, config, x);
    expect(z.shape).toEqual([2, 4, 6, config.latent_channels]);
    const y = decode(params, config, z);
    expect(y.shape).toEqual(x.shape);
    tf.dispose([x, z, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('decodes in strips what it decodes whole', async () => {
    const z = tf.tensor4d(uniform('z', 32 * 8 * config.latent_channels, 1), [1, 32, 8, config.latent_channels]);
    const [whole, cut] = [decode(params, config, z), decode(params, config, z, 8)];
    expect((await tf.max(tf.abs(tf.sub(whole, cut))).data())[0]).toBeLessThan(1e-6);
    tf.dispose([z, whole, cut]);
  });
});

it('compact has the parameters that its design says', () => {
  const count = [...autoencoderParamShapes(presets.compact.autoencoder).values()]
    .map((shape) => shape.reduce((product, n) => product * n, 1))
    .reduce((sum, n) => sum + n, 0);
  expect(count).toBeGreaterThan(0.57e6);
  expect(count).toBeLessThan(0.59e6);
});
