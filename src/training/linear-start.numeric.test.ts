/** Networks that start as a linear map do what the map does; and the map is found again from pictures. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { groupNormUnet, vqAutoencoder } from '../../tests/support/vq.ts';
import { floatImage } from '../imaging/image.ts';
import { RandomStream } from '../imaging/random.ts';
import { convDownsampler, convDownsamplerParamShapes } from '../nn/conv-downsampler.ts';
import { loadParams } from '../nn/params.ts';
import { unetSwin } from '../nn/unet.ts';
import { unetParamShapes } from '../nn/unet-plan.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import { convolutionalDownsampler, diffusionDownsampler } from '../presets/cotraining.ts';
import { presets } from '../presets/presets.ts';
import { unitGainStart } from './initialize.ts';
import { type LinearMap, linearFit, startConvLinear, startUnetLinear } from './linear-start.ts';

beforeAll(async () => {
  await openNodeBackend('wasm');
});

const random = new RandomStream(3);
const map: LinearMap = {
  inputs: 4,
  outputs: 3,
  weight: Float32Array.from({ length: 3 * 4 * 9 }, () => 0.2 * random.normal()),
  bias: Float32Array.of(0.3, -0.2, 0.1),
};
const latent = Float32Array.from({ length: 16 * 16 * 4 }, () => random.normal());

/** The map as a convolution: [1, 16, 16, 3]. */
function mapped(): tf.Tensor4D {
  const kernel = tf.transpose(tf.tensor4d(map.weight, [3, 4, 3, 3]), [2, 3, 1, 0]);
  return tf.add(tf.conv2d(tf.tensor4d(latent, [1, 16, 16, 4]), kernel, 1, 'same'), tf.tensor1d(map.bias));
}

/** Root mean square of a − b over that of b. */
const distance = (a: tf.Tensor, b: tf.Tensor) =>
  Math.sqrt(tf.mean(tf.square(tf.sub(a, b))).dataSync()[0] / tf.mean(tf.square(b)).dataSync()[0]);

const paramsOf = (shapes: ParamShapes, values: Map<string, Float32Array>) =>
  loadParams(shapes, async (name) => values.get(name) as Float32Array);

describe('a start as a linear map', () => {
  const inputs = () =>
    [tf.randomNormal([1, 16, 16, 4], 0, 0.9, 'float32', 4), tf.tensor4d(latent, [1, 16, 16, 4])] as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];

  it('holds for the U-Net', async () => {
    const config = diffusionDownsampler(groupNormUnet, vqAutoencoder, 'pixels');
    const shapes = unetParamShapes(config);
    const values = unitGainStart(shapes, 1, 'g');
    startUnetLinear(values, config, map);
    const [noise, x] = inputs();
    // The last SiLU is not quite straight.
    expect(distance(unetSwin(await paramsOf(shapes, values), config, noise, [14], x), mapped())).toBeLessThan(0.05);
  });

  it('holds for the U-Net without norms', async () => {
    const config = diffusionDownsampler(presets.tiny.unet, presets.tiny.autoencoder, 'pixels');
    const shapes = unetParamShapes(config);
    const values = unitGainStart(shapes, 1, 'g');
    startUnetLinear(values, config, map);
    const [noise, x] = inputs();
    expect(distance(unetSwin(await paramsOf(shapes, values), config, noise, [14], x), mapped())).toBeLessThan(1e-5);
  });

  it('holds for the convolutional network', async () => {
    const config = convolutionalDownsampler(vqAutoencoder, 'pixels');
    const shapes = convDownsamplerParamShapes(config);
    const values = unitGainStart(shapes, 1, 'g');
    startConvLinear(values, config.width, map);
    const [noise, x] = inputs();
    expect(distance(convDownsampler(await paramsOf(shapes, values), config, noise, x), mapped())).toBeLessThan(1e-5);
  });

  it('is found from a picture and what the map makes of it', () => {
    const [input, target] = [floatImage(16, 16, 4), floatImage(16, 16, 3)];
    input.data.set(latent);
    target.data.set(mapped().dataSync());
    const found = linearFit([[input, target]]);
    found.weight.forEach((value, i) => {
      expect(value).toBeCloseTo(map.weight[i], 2);
    });
    expect(found.bias[0]).toBeCloseTo(0.3, 2);
  });
});
