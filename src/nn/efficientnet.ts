/** EfficientNet-Lite0's features, batch norm folded, up to a given block: differentiable in the picture and in every weight. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, depthwiseConv2d, relu6, through } from '../gpu/ops.ts';
import type { EfficientnetConfig } from '../presets/architecture.ts';
import { planBlocks } from './efficientnet-plan.ts';
import type { Params } from './params.ts';

/** ImageNet's, of values in [0, 1]. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** From [−1, 1] to what the network was trained on. */
const standardised = (x: tf.Tensor4D): tf.Tensor4D =>
  through(
    x,
    (t) => tf.sub(t, tf.tensor1d(mean.map((value) => 2 * value - 1))) as tf.Tensor4D,
    (t) => tf.div(t, tf.tensor1d(deviation.map((value) => 2 * value))) as tf.Tensor4D,
  );

/**
 * @param params by the names of `efficientnetParamShapes`
 * @param x [B, H, W, 3] in [−1, 1]; every stride pads k >> 1 zeros on all sides, as PyTorch
 * @returns each block's output [B, h, w, C], first block first
 */
export function efficientnetFeatures(params: Params, config: EfficientnetConfig, x: tf.Tensor4D): tf.Tensor4D[] {
  const weights = (name: string) =>
    [params.get<tf.Tensor4D>(`${name}.weight`), params.get<tf.Tensor1D>(`${name}.bias`)] as const;
  const stem = tf.tidy(() =>
    through(x, standardised, (t) => conv2d(t, ...weights('features.stem'), { stride: config.stem_stride }), relu6),
  );
  const features: tf.Tensor4D[] = [];
  for (const { name, inputs, wide, outputs, stride } of planBlocks(config)) {
    const input = features.at(-1) ?? stem;
    const residual = stride === 1 && inputs === outputs ? input : undefined;
    const expand = [(t: tf.Tensor4D) => conv2d(t, ...weights(`${name}.expand`)), relu6];
    features.push(
      tf.tidy(() =>
        through(
          input,
          ...(wide === inputs ? [] : expand),
          (t) => depthwiseConv2d(t, ...weights(`${name}.depthwise`), stride),
          relu6,
          (t) => conv2d(t, ...weights(`${name}.project`), residual ? { residual } : {}),
        ),
      ),
    );
  }
  stem.dispose();
  return features;
}
