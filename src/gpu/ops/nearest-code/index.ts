/** Nearest codebook entry: the quantisation of VQ autoencoders (§3.2). */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { nearestCodeFits, nearestCodeKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** Index of the nearest entry (L2) for each row, int32 [N]; not differentiable. @param rows [N, D]; codebook [K, D] */
export const nearestCode = (rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D =>
  customKernelsEnabled() && nearestCodeFits(rows.shape[1])
    ? nearestCodeKernel(rows, codebook)
    : reference.nearestCode(rows, codebook);
