/**
 * The op module: everything the networks are made of, on NHWC float tensors. Each op is differentiable where it says
 * nothing else. On WebGPU those that cost most run on kernels of our own (kernels/); all others, and all elsewhere, on
 * tfjs's (stock-ops.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { activationKernel } from './kernels/activation.ts';
import { bicubicKernel } from './kernels/bicubic.ts';
import { type Conv2DSize, conv2dActivatedKernel, conv2dFits, conv2dKernel } from './kernels/conv/conv2d.ts';
import { groupNormFits, groupNormKernel } from './kernels/group-norm/group-norm.ts';
import { layerNormKernel } from './kernels/layer-norm.ts';
import { modulatedSiluKernel } from './kernels/modulated-silu.ts';
import { nearestCodeFits, nearestCodeKernel } from './kernels/nearest-code.ts';
import { ownKernels } from './kernels/own-op.ts';
import { pixelShuffleKernel, pixelUnshuffleKernel } from './kernels/pixel-shuffle.ts';
import { smoothKernel } from './kernels/smooth.ts';
import { windowAttentionFits, windowAttentionKernel } from './kernels/window-attention.ts';
import * as stockImage from './stock-image-ops.ts';
import * as stockNorms from './stock-norms.ts';
import * as stock from './stock-ops.ts';
import * as stockShuffle from './stock-pixel-shuffle.ts';
import * as stockAttention from './stock-window-attention.ts';

export type { GroupNormOptions } from './stock-norms.ts';
export {
  attention,
  type ConvOptions,
  depthwiseConv2d,
  roll,
  through,
  upsampleNearest2,
  windowPartition,
  windowReverse,
} from './stock-ops.ts';
export { maxPool3 } from './stock-pool.ts';

export type { WindowAttentionOptions } from './stock-window-attention.ts';

/** Not all that our kernels do at once has a gradient: inside one, they do it in steps that have. */
const differentiates = () => tf.engine().state.gradientDepth > 0;

/** See stock-norms.ts. */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  eps: number,
  options: stockNorms.GroupNormOptions = {},
): tf.Tensor4D {
  const { groups = 32, silu = false, modulation } = options;
  return ownKernels() && groupNormFits(x.shape[3], groups)
    ? groupNormKernel(x, gamma, beta, modulation, { groups, eps, silu })
    : stockNorms.groupNorm(x, gamma, beta, eps, options);
}

/** See stock-norms.ts. */
export const layerNorm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D =>
  ownKernels() ? layerNormKernel(x, gamma, beta, eps) : stockNorms.layerNorm(x, gamma, beta, eps);

/** See stock-pixel-shuffle.ts. */
export const pixelShuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  ownKernels() ? pixelShuffleKernel(x, r) : stockShuffle.pixelShuffle(x, r);

/** See stock-pixel-shuffle.ts. */
export const pixelUnshuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  ownKernels() ? pixelUnshuffleKernel(x, r) : stockShuffle.pixelUnshuffle(x, r);

/** A convolution's padding and stride as its kernel has them; null where it doesn't take them. */
function conv2dSize(x: tf.Tensor4D, kernel: number, options: stock.ConvOptions): Conv2DSize | null {
  const { stride = 1, pad = 'torch', enlarged = false } = options;
  if (!conv2dFits(stride)) return null;
  if (pad !== 'same') {
    const around = pad === 'torch' ? (kernel - 1) >> 1 : 0;
    return { stride, pad: around, after: around, enlarged: enlarged ? 2 : 1 };
  }
  const [, height, width] = x.shape;
  const [rows, columns] = [height, width].map((side) =>
    Math.max(0, (Math.ceil((side as number) / stride) - 1) * stride + kernel - (side as number)),
  );
  if (rows !== columns) return null;
  const before = (rows as number) >> 1;
  return { stride, pad: before, after: (rows as number) - before };
}

/** See stock-ops.ts. */
export function conv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: stock.ConvOptions = {},
): tf.Tensor4D {
  const size = ownKernels() ? conv2dSize(x, weight.shape[0], options) : null;
  if (!size) return stock.conv2d(x, weight, bias, options);
  const { residual, activation, modulation } = options;
  if (!activation) return conv2dKernel(x, weight, bias, residual, size);
  if (!differentiates()) return conv2dActivatedKernel(x, weight, bias, { activation, modulation }, size);
  return tf.tidy(() => {
    const sums = conv2dKernel(x, weight, bias, residual, size);
    return modulation ? modulatedSiluKernel(sums, modulation) : activationKernel(activation, sums);
  });
}

/** See stock-ops.ts. */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias: tf.Tensor1D, residual?: tf.Tensor): tf.Tensor {
  if (!ownKernels()) return stock.linear(x, weight, bias, residual);
  const [inputs, outputs] = weight.shape;
  return tf.tidy(() => {
    const rows = (t: tf.Tensor, channels: number) => tf.reshape(t, [1, 1, -1, channels]) as tf.Tensor4D;
    const filter = tf.reshape(weight, [1, 1, inputs, outputs]) as tf.Tensor4D;
    const added = residual && rows(residual, outputs);
    const product = conv2dKernel(rows(x, inputs), filter, bias, added, { stride: 1, pad: 0, after: 0 });
    return tf.reshape(product, [...x.shape.slice(0, -1), outputs]);
  });
}

/** See stock-image-ops.ts. Inside a gradient it stays on stock ops, which have one. */
export const bicubicUpsample4 = (x: tf.Tensor4D): tf.Tensor4D =>
  ownKernels() && !differentiates() ? bicubicKernel(x) : stockImage.bicubicUpsample4(x);

/** See stock-image-ops.ts. */
export const smooth = (x: tf.Tensor4D, reach: number): tf.Tensor4D =>
  ownKernels() ? smoothKernel(x, reach) : stockImage.smooth(x, reach);

/** See stock-ops.ts. */
export const nearestCode = (rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D =>
  ownKernels() && nearestCodeFits(rows.shape[1])
    ? nearestCodeKernel(rows, codebook)
    : stock.nearestCode(rows, codebook);

/** See stock-ops.ts. */
export const silu = <T extends tf.Tensor>(x: T): T => (ownKernels() ? activationKernel('silu', x) : stock.silu(x));

/** See stock-ops.ts. */
export const leakyRelu = <T extends tf.Tensor>(x: T): T =>
  ownKernels() ? activationKernel('leaky', x) : stock.leakyRelu(x);

/** See stock-ops.ts. */
export const relu6 = <T extends tf.Tensor>(x: T): T => (ownKernels() ? activationKernel('relu6', x) : stock.relu6(x));

/** See stock-window-attention.ts. */
export function windowAttention(
  x: tf.Tensor4D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  table: tf.Tensor2D,
  options: stockAttention.WindowAttentionOptions,
): tf.Tensor4D {
  const { heads, window } = options;
  if (!ownKernels() || !windowAttentionFits(window, x.shape[3] / heads)) {
    return stockAttention.windowAttention(x, weight, bias, table, options);
  }
  return tf.tidy(() => {
    const qkv = linear(x, weight, bias) as tf.Tensor4D;
    return windowAttentionKernel(qkv, table, options);
  });
}
