/** A level of the à-trous wavelet. */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { smoothKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** [1 2 1] / 4 along both axes with taps `reach` pixels apart, the border repeated; not differentiable. @param x [B, H, W, C] */
export const atrousSmooth = (x: tf.Tensor4D, reach: number): tf.Tensor4D =>
  customKernelsEnabled() ? smoothKernel(x, reach) : reference.smooth(x, reach);
