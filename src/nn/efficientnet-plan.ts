/** EfficientNet-Lite0's blocks as data, and its parameters' names and shapes (Tan and Le, 2019; without squeeze and excitation). */
import type { EfficientnetConfig, ParamShapes } from '../presets/architecture.ts';

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
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, inputs: number, outputs: number, size: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs, size, size]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  conv('features.stem', 3, stemWidth, 3);
  for (const { name, inputs, wide, outputs, kernel } of planBlocks(config)) {
    if (wide !== inputs) conv(`${name}.expand`, inputs, wide, 1);
    conv(`${name}.depthwise`, 1, wide, kernel);
    conv(`${name}.project`, wide, outputs, 1);
  }
  return shapes;
}
