/** Inputs that every kernel is checked on: odd sizes, several pictures, each way the work can be cut. */
import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu, relu6, silu } from '../../src/gpu/ops/activation/index.ts';
import { type ConvOptions, conv2d, linear } from '../../src/gpu/ops/conv2d/index.ts';
import { cropped, type Part, type Place, placesTensor } from '../../src/gpu/ops/crop/index.ts';
import { type GroupNormOptions, groupNorm } from '../../src/gpu/ops/group-norm/index.ts';
import { layerNorm } from '../../src/gpu/ops/layer-norm/index.ts';
import { pixelShuffle, pixelUnshuffle } from '../../src/gpu/ops/pixel-shuffle/index.ts';
import { powerIteration, spectrallyNormalized } from '../../src/gpu/ops/spectral-norm/index.ts';
import { windowAttention } from '../../src/gpu/ops/window-attention/index.ts';
import { type AgreementCase, hashed } from './agreement.ts';

type Inputs = Readonly<Record<string, tf.Tensor>>;
const four = (inputs: Inputs, name: string) => inputs[name] as tf.Tensor4D;
const one = (inputs: Inputs, name: string) => inputs[name] as tf.Tensor1D;

function norm(shape: readonly number[], options: GroupNormOptions, modulated = false): AgreementCase {
  const [batch, , , channels] = shape as [number, number, number, number];
  return {
    inputs: {
      x: shape,
      gamma: [channels],
      beta: [channels],
      ...(modulated ? { modulation: [batch, 2 * channels] } : {}),
    },
    run: (inputs) =>
      groupNorm(four(inputs, 'x'), one(inputs, 'gamma'), one(inputs, 'beta'), 1e-5, {
        ...options,
        ...(modulated ? { modulation: inputs.modulation as tf.Tensor2D } : {}),
      }),
  };
}

function conv(
  x: readonly number[],
  filter: readonly number[],
  options: ConvOptions,
  residual?: readonly number[],
): AgreementCase {
  return {
    inputs: { x, filter, bias: [filter[3]], ...(residual ? { residual } : {}) },
    run: (inputs) =>
      conv2d(four(inputs, 'x'), four(inputs, 'filter'), one(inputs, 'bias'), {
        ...options,
        ...(residual ? { residual: four(inputs, 'residual') } : {}),
      }),
  };
}

/** Ends with SiLU, modulated by each picture's own scales and shifts. */
function modulatedConv(x: readonly number[], filter: readonly number[]): AgreementCase {
  const outputs = filter[3];
  return {
    inputs: { x, filter, bias: [outputs], modulation: [x[0], 2 * outputs] },
    run: (inputs) =>
      conv2d(four(inputs, 'x'), four(inputs, 'filter'), one(inputs, 'bias'), {
        activation: 'silu',
        modulation: inputs.modulation as tf.Tensor2D,
      }),
  };
}

function layerNormCase(x: readonly number[]): AgreementCase {
  const channels = x[3];
  return {
    inputs: { x, gamma: [channels], beta: [channels] },
    run: (inputs) => layerNorm(four(inputs, 'x'), one(inputs, 'gamma'), one(inputs, 'beta'), 1e-5),
  };
}

function attentionCase(
  map: readonly number[],
  heads: number,
  window: number,
  shift: number,
  mask: 'published' | 'standard' = 'published',
): AgreementCase {
  const channels = map[3];
  return {
    inputs: {
      x: map,
      weight: [channels, 3 * channels],
      bias: [3 * channels],
      table: [(2 * window - 1) ** 2, heads],
    },
    run: (inputs) =>
      windowAttention(
        four(inputs, 'x'),
        inputs.weight as tf.Tensor2D,
        one(inputs, 'bias'),
        inputs.table as tf.Tensor2D,
        {
          heads,
          window,
          shift,
          mask,
        },
      ),
  };
}

/** Places are constants: no gradient is asked of them. */
function crop(x: readonly number[], places: readonly Place[], part: Part): AgreementCase {
  return { inputs: { x }, run: (inputs) => cropped(four(inputs, 'x'), placesTensor(places), part) };
}

function activation(run: (x: tf.Tensor) => tf.Tensor): AgreementCase {
  return { inputs: { x: [3, 5, 7, 11] }, run: ({ x }) => run(tf.mul(x as tf.Tensor, 4)) };
}

/** u is a constant: no gradient is asked of it. */
function spectral(shape: readonly number[]): AgreementCase {
  return {
    inputs: { weight: shape },
    run: ({ weight }) => {
      const u = hashed([shape.at(-1) as number], 7) as tf.Tensor1D;
      const next = powerIteration(hashed(shape, 5) as tf.Tensor4D, u);
      return spectrallyNormalized(weight as tf.Tensor4D, tf.add(tf.mul(next, 0.5), u));
    },
  };
}

export const cases: Readonly<Record<string, AgreementCase>> = {
  'group norm': norm([2, 7, 9, 32], {}),
  'group norm, few groups': norm([3, 5, 4, 24], { groups: 4 }),
  'group norm, silu': norm([1, 8, 8, 96], { silu: true }),
  'group norm, modulated': norm([2, 5, 7, 64], {}, true),
  'group norm, modulated, silu': norm([3, 6, 5, 64], { silu: true }, true),
  'group norm in chunks': norm([2, 67, 65, 32], {}),
  'group norm in chunks, modulated, silu': norm([2, 67, 65, 32], { silu: true }, true),
  'convolution 3×3': conv([2, 9, 13, 32], [3, 3, 32, 48], {}),
  'convolution 3×3 of odd channels': conv([2, 7, 5, 3], [3, 3, 3, 5], {}),
  'convolution 3×3 to one channel': conv([1, 11, 10, 36], [3, 3, 36, 1], {}),
  'convolution 3×3 with a residual': conv([2, 8, 9, 40], [3, 3, 40, 72], {}, [2, 8, 9, 72]),
  'convolution 3×3, stride 2': conv([2, 9, 14, 20], [3, 3, 20, 33], { stride: 2 }),
  'convolution 3×3, stride 2, same': conv([2, 12, 10, 16], [3, 3, 16, 24], { stride: 2, pad: 'same' }),
  'convolution 3×3, stride 4': conv([1, 16, 20, 6], [3, 3, 6, 10], { stride: 4 }),
  'convolution 4×4, stride 2': conv([2, 10, 12, 5], [4, 4, 5, 9], { stride: 2 }),
  'convolution 3×3 of a large map': conv([1, 70, 66, 4], [3, 3, 4, 8], {}),
  'convolution 3×3 of an enlarged map': conv([2, 7, 9, 12], [3, 3, 12, 20], { enlarged: true }),
  'convolution 3×3 of an enlarged map of odd channels': conv([1, 5, 6, 3], [3, 3, 3, 7], { enlarged: true }),
  'convolution 3×3 with SiLU': conv([2, 9, 13, 16], [3, 3, 16, 24], { activation: 'silu' }),
  'convolution 3×3, modulated, with SiLU': modulatedConv([3, 6, 7, 12], [3, 3, 12, 20]),
  'convolution 3×3 of odd channels, modulated, with SiLU': modulatedConv([2, 70, 5, 3], [3, 3, 3, 5]),
  'convolution 1×1 with GELU': conv([2, 9, 7, 20], [1, 1, 20, 40], { activation: 'gelu' }),
  'convolution 1×1 of odd channels with GELU': conv([1, 5, 7, 6], [1, 1, 6, 7], { activation: 'gelu' }),
  'convolution 1×1': conv([3, 7, 5, 24], [1, 1, 24, 66], {}),
  'convolution 1×1 with a residual': conv([1, 9, 9, 7], [1, 1, 7, 9], {}, [1, 9, 9, 9]),
  linear: {
    inputs: { x: [2, 13, 10], weight: [10, 22], bias: [22] },
    run: ({ x, weight, bias }) => linear(x as tf.Tensor, weight as tf.Tensor2D, bias as tf.Tensor1D),
  },
  'linear with a residual': {
    inputs: { x: [2, 3, 8], weight: [8, 16], bias: [16], residual: [2, 3, 16] },
    run: ({ x, weight, bias, residual }) =>
      linear(x as tf.Tensor, weight as tf.Tensor2D, bias as tf.Tensor1D, residual),
  },
  'layer norm': layerNormCase([2, 7, 9, 32]),
  'layer norm of odd channels': layerNormCase([1, 5, 4, 13]),
  'layer norm of many pixels': layerNormCase([1, 130, 131, 8]),
  'pixel shuffle': { inputs: { x: [2, 3, 5, 12] }, run: (inputs) => pixelShuffle(four(inputs, 'x'), 2) },
  'pixel unshuffle': { inputs: { x: [2, 8, 12, 3] }, run: (inputs) => pixelUnshuffle(four(inputs, 'x'), 4) },
  crop: crop([3, 9, 11, 4], [[2, 5, 0, 0]], { height: 5, width: 6 }),
  'crop that reaches outside, with a box': crop(
    [2, 8, 7, 3],
    [
      [-2, 1, 5, -1],
      [1, -1, -1, 6],
    ],
    { height: 8, width: 7, reach: 2, box: 3 },
  ),
  'crop with a box beside it': crop([2, 6, 7, 2], [[1, 0, 0, -3]], { height: 4, width: 5, box: 2 }),
  'window attention': attentionCase([2, 16, 24, 32], 2, 8, 0),
  'window attention, shifted': attentionCase([2, 24, 16, 48], 3, 8, 4),
  'window attention, shifted, standard mask': attentionCase([2, 16, 24, 32], 2, 8, 4, 'standard'),
  'window attention, odd windows': attentionCase([1, 10, 15, 24], 2, 5, 2),
  'spectral norm': spectral([3, 3, 10, 18]),
  'spectral norm of one column': spectral([1, 1, 40, 1]),
  SiLU: activation(silu),
  LeakyReLU: activation(leakyRelu),
  ReLU6: { inputs: { x: [3, 5, 7, 11] }, run: ({ x }) => relu6(tf.mul(x as tf.Tensor, 9)) },
};
