/** Activations, any shape; differentiable. */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { activationKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** x·σ(x). */
export const silu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('silu', x) : reference.silu(x);

/** LeakyReLU with slope 0.2. */
export const leakyRelu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('leaky', x) : reference.leakyRelu(x);

/** min(max(x, 0), 6). */
export const relu6 = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('relu6', x) : reference.relu6(x);
