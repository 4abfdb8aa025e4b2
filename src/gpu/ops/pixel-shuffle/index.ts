/** Pixel shuffle and unshuffle in PyTorch's channel order; each is the gradient of the other. */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { pixelShuffleKernel, pixelUnshuffleKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** @param x [B, H, W, C·r²] → [B, H·r, W·r, C] */
export const pixelShuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelShuffleKernel(x, r) : reference.pixelShuffle(x, r);

/** @param x [B, H·r, W·r, C] → [B, H, W, C·r²] */
export const pixelUnshuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelUnshuffleKernel(x, r) : reference.pixelUnshuffle(x, r);
