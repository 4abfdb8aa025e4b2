/**
 * Pixels as channels and back, in PyTorch's order of channels (c·r² + dy·r + dx), which is not that of TensorFlow's
 * DepthToSpace. Each is the gradient of the other. In the kernel a thread moves one value.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

/** @param x [B, H, W, C·r²] → [B, H·r, W·r, C] */
export const pixelShuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelShuffleKernel(x, r) : pixelShuffleReference(x, r);

/** @param x [B, H·r, W·r, C] → [B, H, W, C·r²] */
export const pixelUnshuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelUnshuffleKernel(x, r) : pixelUnshuffleReference(x, r);

/** [N, a, b] → [N, b, a], over the last axis. */
const turnChannels = (x: tf.Tensor4D, a: number, b: number) =>
  tf.reshape(tf.transpose(tf.reshape(x, [-1, a, b]), [0, 2, 1]), x.shape);

/** In tfjs's own ops: reshapes and turns of at most four axes, which it does well and knows the gradients of. */
function pixelShuffleReference(x: tf.Tensor4D, r: number): tf.Tensor4D {
  // A backend that has it in one piece.
  if (tf.getKernel('PixelShuffle', tf.getBackend()))
    return tf.engine().runKernel('PixelShuffle', { x }, { r }) as tf.Tensor4D;
  const [batch, height, width, channels] = x.shape;
  const left = channels / r ** 2;
  return tf.tidy(() => {
    const rows = tf.reshape(turnChannels(x, left, r * r), [batch * height, width, r, r * left]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, r * height, r * width, left]);
  });
}

/** In tfjs's own ops. */
function pixelUnshuffleReference(x: tf.Tensor4D, r: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [(batch * height) / r, r, width / r, r * channels]);
    const cells = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, height / r, width / r, r * r * channels]);
    return turnChannels(cells as tf.Tensor4D, r * r, channels) as tf.Tensor4D;
  });
}

const [threads, mostWorkgroups] = [64, 65_535];

type Direction = 'shuffle' | 'unshuffle';

const program = (direction: Direction): Program => ({
  name: `pixel ${direction}`,
  code: () => `
struct Sizes { width: u32, channels: u32, r: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> s: Sizes;
/** Where a value of the large map stands in the small one; the pictures' rows follow each other in both. */
fn folded(i: u32) -> u32 {
  let channel = i % s.channels;
  let pixel = i / s.channels;
  let row = pixel / s.width;
  let column = pixel % s.width;
  let place = row / s.r * (s.width / s.r) + column / s.r;
  return ((place * s.channels + channel) * s.r + row % s.r) * s.r + column % s.r;
}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) {
    ${direction === 'shuffle' ? 'y[i] = x[folded(i)];' : 'y[folded(i)] = x[i];'}
  }
}`,
});

type Shape = readonly [number, number, number, number];

const results: Readonly<Record<Direction, (shape: Shape, r: number) => number[]>> = {
  shuffle: ([batch, height, width, channels], r) => [batch, height * r, width * r, channels / r ** 2],
  unshuffle: ([batch, height, width, channels], r) => [batch, height / r, width / r, channels * r ** 2],
};

function run(direction: Direction, x: tf.TensorInfo, y: tf.TensorInfo, { r }: Attributes): void {
  const [, , width, channels] = (direction === 'shuffle' ? y : x).shape as [number, number, number, number];
  const size = y.shape.reduce((product, n) => product * n, 1);
  const workgroups = [Math.min(mostWorkgroups, Math.ceil(size / threads)), 1, 1] as const;
  cosrBackend().dispatch({
    program: program(direction),
    inputs: [x],
    outputs: [y],
    sizes: [width, channels, r as number],
    workgroups,
  });
}

function define(direction: Direction, back: Direction) {
  return defineOp({
    name: `Cosr pixel ${direction}`,
    inputs: ['x'],
    forward: ({ x }, attributes) => {
      const y = cosrBackend().allocate(results[direction](x.shape as unknown as Shape, attributes.r as number));
      run(direction, x, y, attributes);
      return [y];
    },
    kept: [],
    gradient: (dy, _, attributes) => {
      const shape = results[back](dy.shape as unknown as Shape, attributes.r as number);
      const [dx] = jointGradients([shape], ([output]) => run(back, dy, output as tf.TensorInfo, attributes)) as [
        () => tf.Tensor,
      ];
      return { x: dx };
    },
  });
}

const ops = { shuffle: define('shuffle', 'unshuffle'), unshuffle: define('unshuffle', 'shuffle') } as const;

const pixelShuffleKernel = (x: tf.Tensor4D, r: number): tf.Tensor4D => ops.shuffle({ x }, { r }) as tf.Tensor4D;

const pixelUnshuffleKernel = (x: tf.Tensor4D, r: number): tf.Tensor4D => ops.unshuffle({ x }, { r }) as tf.Tensor4D;
