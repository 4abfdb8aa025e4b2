/**
 * GroupNorm with what follows it in our networks, in one op: y = silu(norm(x) · γ + β), or with a residual block's
 * scale s and shift t (§2.2), y = silu((norm(x) · γ + β) · (1 + s) + t).
 *
 * In the kernel a workgroup has some channels (whole groups of them) of one picture, neighbouring threads neighbouring channels.
 * On small maps it sums and then writes, in a single run. Larger maps are cut into chunks of places: a first run sums each, a
 * second adds up the sums of all and writes. Sums are of differences to the group's first value, so a large mean costs no digits.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import { inParts } from '../../sums.ts';
import { through } from '../../through.ts';
import { siluReference } from '../activation/index.ts';
import { modulate } from '../modulate/index.ts';
import { cutOf, gradient, gradientSums, moments, normalize, parameterGradients, threads } from './programs.ts';

export interface GroupNormOptions {
  /** Default 32. */
  readonly groups?: number;
  /** x·σ(x) of the result; default off. */
  readonly silu?: boolean;
  /** [B, 2·C]: scales s, then shifts t, of each picture's channels; the normalised map becomes itself · (1 + s) + t. */
  readonly modulation?: tf.Tensor2D;
}

/**
 * Biased variance over each group's channels and all places; then, where asked for, modulation and SiLU. Differentiable.
 * @param x [B, H, W, C], C a multiple of the groups; gamma and beta [C]
 */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  eps: number,
  options: GroupNormOptions = {},
): tf.Tensor4D {
  const { groups = 32, silu = false, modulation } = options;
  return customKernelsEnabled() && groupNormFits(x.shape[3], groups)
    ? groupNormKernel(x, gamma, beta, modulation, { groups, eps, silu })
    : groupNormReference(x, gamma, beta, eps, options);
}

/** Means over all rows of [B, H, W, C]: [B, 1, C]. As products with ones: tfjs reduces inner axes only, and would transpose. */
function channelMeans(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = x.shape;
  // Two short sums instead of a long one: also the more exact way to add in float32.
  const overRows = tf.matMul(tf.ones([1, 1, height]), tf.reshape(x, [batch, height, width * channels]));
  const overAll = tf.matMul(tf.ones([1, 1, width]), tf.reshape(overRows, [batch, width, channels]));
  return tf.div(overAll, height * width) as tf.Tensor3D;
}

/** Means over each group of [B, 1, C], standing at each of its channels: [B, 1, 1, C]. */
function groupMeans(x: tf.Tensor3D, groups: number): tf.Tensor4D {
  const [batch, , channels] = x.shape;
  const size = channels / groups;
  const means = tf.mean(tf.reshape(x, [batch, groups, size]), 2, true);
  return tf.reshape(tf.mul(means, tf.ones([1, 1, size])), [batch, 1, 1, channels]);
}

/**
 * GroupNorm (§2.2): biased variance over each group's channels and all places; then, where asked for, modulation and SiLU.
 * @param x [B, H, W, C], C a multiple of the groups; gamma and beta [C]
 */
function groupNormReference(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  eps: number,
  options: GroupNormOptions = {},
): tf.Tensor4D {
  const { groups = 32, silu: activates = false, modulation } = options;
  const steps: ((t: tf.Tensor4D) => tf.Tensor4D)[] = [(t) => normalized(t, gamma, beta, eps, groups)];
  if (modulation) steps.push((t) => modulate(t, modulation));
  if (activates) steps.push(siluReference);
  return tf.tidy(() => through(x, ...steps));
}

/** The gradient is our own: the one of the single steps takes three times as many. */
function normalized(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number, groups: number): tf.Tensor4D {
  // A backend that has it in one piece.
  if (tf.getKernel('GroupNorm', tf.getBackend()))
    return tf.engine().runKernel('GroupNorm', { x, gamma, beta }, { eps, groups }) as tf.Tensor4D;
  const means = (t: tf.Tensor4D) => tf.tidy(() => groupMeans(channelMeans(t), groups));
  const normalize = tf.customGrad((...inputs) => {
    const [input, weight, bias, save] = inputs as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const centred = tf.sub(input, means(input)) as tf.Tensor4D;
    const deviation = tf.tidy(() => tf.sqrt(tf.add(means(tf.square(centred)), eps)));
    const normal = tf.div(centred, deviation) as tf.Tensor4D;
    centred.dispose();
    save([normal, deviation, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normal, deviation, weight] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D];
      // Means over places of dy and of dy · x̂, [B, 1, C]; all that is left are sums over channels and pictures.
      const [plain, along] = [channelMeans(dy as tf.Tensor4D), channelMeans(tf.mul(dy, normal))];
      const places = input.shape[1] * input.shape[2];
      const summed = (t: tf.Tensor3D) =>
        tf.mul(tf.reshape(t.shape[0] === 1 ? t : tf.sum(t, 0), weight.shape), places) as tf.Tensor1D;
      const group = (t: tf.Tensor3D) => groupMeans(tf.mul(t, weight), groups);
      const outer = tf.sub(tf.mul(dy, weight), tf.add(group(plain), tf.mul(normal, group(along))));
      return [tf.div(outer, deviation), summed(along), summed(plain)];
    };
    const scaled = tf.mul(normal, weight);
    normal.dispose();
    return { value: tf.add(scaled, bias), gradFunc };
  });
  return tf.tidy(() => normalize(x, gamma, beta) as tf.Tensor4D);
}

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
  const sums = backend.allocate([chunks, batch, channels, 2]);
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
    const [input, sums] = outputs as [tf.TensorInfo, tf.TensorInfo];
    // Added up in a run of their own: one that also writes dx has more buffers than some devices take.
    inParts(chunks, [sums], (into) =>
      backend.dispatch({ program: gradientSums(flags), inputs: read, outputs: into, sizes, workgroups }),
    );
    backend.dispatch({
      program: gradient(flags, true),
      inputs: [...read, sums],
      outputs: [input],
      sizes,
      workgroups,
    });
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
const groupNormFits = (channels: number, groups: number): boolean => channels / groups <= threads;

/** @param x [B, H, W, C]; gamma, beta [C]; modulation [B, 2·C]: scales, then shifts */
function groupNormKernel(
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
