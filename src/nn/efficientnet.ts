/** EfficientNet-Lite0's features, batch norm folded, up to a given block: differentiable in the picture and in every weight. */
import * as tf from '@tensorflow/tfjs-core';
import { relu6 } from '../gpu/ops/activation/index.ts';
import { conv2d } from '../gpu/ops/conv2d/index.ts';
import { depthwiseConv2d } from '../gpu/ops/depthwise-conv2d/index.ts';
import { through } from '../gpu/through.ts';
import { type EfficientnetConfig, LayerShapes, type ParamShapes } from '../presets/architecture.ts';
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

// EfficientNet-Lite0's blocks as data, and its parameters' names and shapes (Tan and Le, 2019; without squeeze and
// excitation).

/** An inverted residual: expand 1×1, depthwise, project 1×1. */
export interface BlockPlan {
  readonly name: string;
  readonly inputs: number;
  /** Channels between; as many as `inputs` where nothing is expanded. */
  readonly wide: number;
  readonly outputs: number;
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
}

export const stemWidth = 32;
const expansion = 6;

/** Of each stage: blocks, kernel, stride of its first block, channels. */
const stages = [
  [1, 3, 1, 16],
  [2, 3, 2, 24],
  [2, 5, 2, 40],
  [3, 3, 2, 80],
  [3, 5, 1, 112],
  [4, 5, 2, 192],
  [1, 3, 1, 320],
] as const;

const allBlocks: readonly BlockPlan[] = (() => {
  const blocks: BlockPlan[] = [];
  let inputs: number = stemWidth;
  for (const [count, kernel, stride, outputs] of stages) {
    for (let place = 0; place < count; place++) {
      const wide = blocks.length === 0 ? inputs : expansion * inputs;
      const name = `features.blocks.${blocks.length}`;
      blocks.push({ name, inputs, wide, outputs, kernel, stride: place === 0 ? stride : 1 });
      inputs = outputs;
    }
  }
  return blocks;
})();

export const planBlocks = ({ blocks }: Pick<EfficientnetConfig, 'blocks'>): readonly BlockPlan[] =>
  allBlocks.slice(0, blocks);

/** Parameters by PyTorch's names and layouts; a depthwise kernel is [C, 1, k, k]. */
export function efficientnetParamShapes(config: Pick<EfficientnetConfig, 'blocks'>): ParamShapes {
  const shapes = new LayerShapes();
  shapes.conv('features.stem', 3, stemWidth, 3);
  for (const { name, inputs, wide, outputs, kernel } of planBlocks(config)) {
    if (wide !== inputs) shapes.conv(`${name}.expand`, inputs, wide, 1);
    shapes.conv(`${name}.depthwise`, 1, wide, kernel);
    shapes.conv(`${name}.project`, wide, outputs, 1);
  }
  return shapes;
}
