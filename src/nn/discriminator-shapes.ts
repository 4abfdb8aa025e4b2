/** Names and PyTorch shapes of a discriminator's parameters and of its spectral norms' vectors (spec §5.5). */
import type { DiscriminatorConfig, ParamShapes } from '../presets/architecture.ts';
import { featureBufferShapes, featureParamShapes } from './feature-discriminator-shapes.ts';
import { scratchBufferShapes, scratchParamShapes } from './scratch-discriminator-shapes.ts';

export const discriminatorParamShapes = (config: DiscriminatorConfig): ParamShapes =>
  config.kind === 'efficientnet-lite0' ? featureParamShapes(config) : scratchParamShapes(config);

/** The vector u of every spectral norm: state of the network that no gradient changes. */
export const discriminatorBufferShapes = (config: DiscriminatorConfig): ParamShapes =>
  config.kind === 'efficientnet-lite0' ? featureBufferShapes(config) : scratchBufferShapes(config);

/** A picture's sides are multiples of this many pixels. */
export const discriminatorMultiple = (config: DiscriminatorConfig): number =>
  // Features take any size; the pixel branch halves it.
  config.kind === 'efficientnet-lite0' ? 2 : config.strides.reduce((all, stride) => all * stride, 1);
