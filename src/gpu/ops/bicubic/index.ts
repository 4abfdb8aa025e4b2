/** Bicubic ×4 enlargement (§1.7). */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, isDifferentiated } from '../../custom-op.ts';
import { bicubicKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** As PyTorch's interpolate: a = −0.75, not clamped. Differentiable, by tfjs's own ops. @param x [B, H, W, C] → [B, 4H, 4W, C] */
export const bicubicUpsample4 = (x: tf.Tensor4D): tf.Tensor4D =>
  customKernelsEnabled() && !isDifferentiated() ? bicubicKernel(x) : reference.bicubicUpsample4(x);
