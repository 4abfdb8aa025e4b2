/** A discriminator's configuration as manifests state it: read field by field, and refused when it can't run. */
import {
  blockCount,
  type DiscriminatorConfig,
  type FeatureDiscriminatorConfig,
  type ScratchDiscriminatorConfig,
} from './architecture.ts';
import { refuse } from './configurations.ts';
import { discriminatorFault } from './consistency.ts';
import { type Fields, text, whole, wholes } from './fields.ts';

const what = 'discriminator configuration';

export function discriminatorConfig(fields: Fields): DiscriminatorConfig {
  // The first files name no kind.
  const kind = text({ kind: 'scratch', ...fields }, 'kind', /^(scratch|efficientnet-lite0)$/, what);
  const config = kind === 'scratch' ? scratchConfig(fields) : featureConfig(fields);
  refuse(discriminatorFault(config));
  return config;
}

const scratchConfig = (fields: Fields): ScratchDiscriminatorConfig => ({
  in_channels: whole(fields, 'in_channels', 3, 3, what),
  widths: wholes(fields, 'widths', 1024, what),
  strides: wholes(fields, 'strides', 4, what),
  head_width: whole(fields, 'head_width', 4, 1024, what),
  head_levels: whole(fields, 'head_levels', 1, 8, what),
});

function featureConfig(fields: Fields): FeatureDiscriminatorConfig {
  const widths = wholes(fields, 'pixel_widths', 1024, what);
  if (widths.length !== 2) throw new Error(`The manifest's ${what} needs two "pixel_widths".`);
  return {
    kind: 'efficientnet-lite0',
    stem_stride: whole(fields, 'stem_stride', 1, 2, what) as 1 | 2,
    blocks: whole(fields, 'blocks', 1, blockCount, what),
    head_levels: wholes(fields, 'head_levels', blockCount - 1, what, 0),
    head_width: whole(fields, 'head_width', 1, 1024, what),
    pixel_widths: widths as [number, number],
  };
}
