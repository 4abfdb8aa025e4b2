/** Names and PyTorch shapes of a discriminator on EfficientNet-Lite0: features, pixel branch, heads, spectral norms' vectors. */
import type { FeatureDiscriminatorConfig, ParamShapes } from '../presets/architecture.ts';
import { efficientnetParamShapes, planBlocks } from './efficientnet-plan.ts';

/** Of the pixel branch: name and stride. */
export const pixelConvs = [
  { name: 'pixels.0', stride: 1 },
  { name: 'pixels.1', stride: 2 },
] as const;

/** Channels that each head sees: the pixel branch's first, then the levels'. */
function headInputs(config: FeatureDiscriminatorConfig): readonly number[] {
  const blocks = planBlocks(config);
  return [config.pixel_widths[1], ...config.head_levels.map((level) => blocks[level]?.outputs ?? 0)];
}

type KernelShape = readonly [outputs: number, inputs: number, height: number, width: number];

/** The convolutions with a spectral norm: name and PyTorch shape. */
function spectralConvs(config: FeatureDiscriminatorConfig): ReadonlyMap<string, KernelShape> {
  const { head_width, pixel_widths } = config;
  const [fine, coarse] = pixel_widths;
  const shapes = new Map<string, KernelShape>([
    ['pixels.0', [fine, 3, 3, 3]],
    ['pixels.1', [coarse, fine, 4, 4]],
  ]);
  headInputs(config).forEach((inputs, head) => {
    shapes.set(`heads.${head}.conv_in`, [head_width, inputs, 1, 1]);
    shapes.set(`heads.${head}.conv_mid`, [head_width, head_width, 3, 3]);
    shapes.set(`heads.${head}.conv_out`, [1, head_width, 1, 1]);
  });
  return shapes;
}

/** The features' own names begin with this. */
export const featurePrefix = 'features.';

/** Features first: they are one stretch of a vector of all. */
export function featureParamShapes(config: FeatureDiscriminatorConfig): ParamShapes {
  const shapes = new Map(efficientnetParamShapes(config));
  for (const [name, shape] of spectralConvs(config)) {
    shapes.set(`${name}.weight`, shape);
    shapes.set(`${name}.bias`, [shape[0]]);
  }
  return shapes;
}

export const featureBufferShapes = (config: FeatureDiscriminatorConfig): ParamShapes =>
  new Map([...spectralConvs(config)].map(([name, [outputs]]) => [`${name}.u`, [outputs]]));
