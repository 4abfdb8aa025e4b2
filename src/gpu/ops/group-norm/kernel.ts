/**
 * GroupNorm with what follows it in our networks, in one op: y = silu(norm(x) · γ + β), or with a residual block's
 * scale s and shift t (§2.2), y = silu((norm(x) · γ + β) · (1 + s) + t).
 *
 * A workgroup has some channels (whole groups of them) of one picture, neighbouring threads neighbouring channels. On small
 * maps it sums and then writes, in a single run. Larger maps are cut into chunks of places: a first run sums each, a second
 * adds up the sums of all and writes. Sums are of differences to the group's first value, so a large mean costs no digits.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, defineOp, jointGradients } from '../../custom-op.ts';
import { cutOf, gradient, gradientSums, moments, normalize, parameterGradients, threads } from './programs.ts';

function forward(inputs: Record<string, tf.TensorInfo>, attributes: Attributes, modulated: boolean): tf.TensorInfo[] {
  const backend = cosrBackend();
  const flags = { silu: attributes.silu as boolean, modulated };
  const { x, gamma, beta, modulation } = inputs as Record<'x' | 'gamma' | 'beta' | 'modulation', tf.TensorInfo>;
  const groups = attributes.groups as number;
  const { chunks, sizes, workgroups } = cutOf(x.shape, groups);
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const outputs = [backend.allocate(x.shape), backend.allocate([batch, groups, 2])];
  const read = [x, gamma, beta, ...(modulated ? [modulation] : [])];
  const values = [attributes.eps as number];
  if (chunks === 1) {
    backend.dispatch({ program: normalize(flags, false), inputs: read, outputs, sizes, values, workgroups });
    return outputs;
  }
  const sums = backend.allocate([batch, chunks, channels, 2]);
  backend.dispatch({ program: moments, inputs: [x], outputs: [sums], sizes, workgroups });
  backend.dispatch({ program: normalize(flags, true), inputs: [...read, sums], outputs, sizes, values, workgroups });
  backend.disposeData(sums.dataId);
  return outputs;
}

function gradients(
  dy: tf.Tensor,
  tensors: readonly tf.Tensor[],
  attributes: Attributes,
  modulated: boolean,
): readonly (() => tf.Tensor)[] {
  const backend = cosrBackend();
  const flags = { silu: attributes.silu as boolean, modulated };
  const [x, gamma, beta] = tensors as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  const modulation = modulated ? [tensors[3]] : [];
  const stats = tensors.at(-1) as tf.Tensor;
  const { chunks, sizes, workgroups } = cutOf(x.shape, attributes.groups as number);
  const [batch, , , channels] = x.shape;
  const read = [dy, x, gamma, ...(flags.silu ? [beta] : []), ...modulation, stats];
  const [dx, channelSums] = jointGradients([x.shape, [batch, channels, 2]], (outputs) => {
    if (chunks === 1) {
      backend.dispatch({ program: gradient(flags, false), inputs: read, outputs, sizes, workgroups });
      return;
    }
    const sums = backend.allocate([batch, chunks, channels, 2]);
    backend.dispatch({ program: gradientSums(flags), inputs: read, outputs: [sums], sizes, workgroups });
    backend.dispatch({ program: gradient(flags, true), inputs: [...read, sums], outputs, sizes, workgroups });
    backend.disposeData(sums.dataId);
  }) as [() => tf.Tensor, () => tf.Tensor];
  const parameters = jointGradients([gamma.shape, beta.shape, ...modulation.map(({ shape }) => shape)], (outputs) => {
    const sums = channelSums();
    const inputs = modulated ? [sums, gamma, beta, ...modulation] : [sums];
    const program = parameterGradients(modulated);
    const groups = Math.ceil(channels / 64);
    backend.dispatch({ program, inputs, outputs, sizes: [batch, channels], workgroups: [groups, 1, 1] });
    sums.dispose();
  });
  return [dx, ...parameters];
}

const plain = defineOp({
  name: 'CosrGroupNorm',
  inputs: ['x', 'gamma', 'beta'],
  forward: (inputs, attributes) => forward(inputs, attributes, false),
  saved: [1],
  gradient: (dy, tensors, attributes) => {
    const [x, gamma, beta] = gradients(dy, tensors, attributes, false) as (() => tf.Tensor)[];
    return { x, gamma, beta } as Record<'x' | 'gamma' | 'beta', () => tf.Tensor>;
  },
});

const modulated = defineOp({
  name: 'CosrModulatedGroupNorm',
  inputs: ['x', 'gamma', 'beta', 'modulation'],
  forward: (inputs, attributes) => forward(inputs, attributes, true),
  saved: [1],
  gradient: (dy, tensors, attributes) => {
    const [x, gamma, beta, modulation] = gradients(dy, tensors, attributes, true) as (() => tf.Tensor)[];
    return { x, gamma, beta, modulation } as Record<'x' | 'gamma' | 'beta' | 'modulation', () => tf.Tensor>;
  },
});

/** Whether the kernel takes it: a group's channels fit into a workgroup. */
export const groupNormFits = (channels: number, groups: number): boolean => channels / groups <= threads;

/** @param x [B, H, W, C]; gamma, beta [C]; modulation [B, 2·C]: scales, then shifts */
export function groupNormKernel(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  modulation: tf.Tensor2D | undefined,
  attributes: { readonly groups: number; readonly eps: number; readonly silu: boolean },
): tf.Tensor4D {
  const value = modulation
    ? modulated({ x, gamma, beta, modulation }, attributes)
    : plain({ x, gamma, beta }, attributes);
  return value as tf.Tensor4D;
}
