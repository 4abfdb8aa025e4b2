/** Names and PyTorch shapes of the from-scratch discriminator's parameters and of its spectral norms' vectors (spec §5.5 B). */
import type { ParamShapes, ScratchDiscriminatorConfig } from '../presets/architecture.ts';

/** The widths that have a head, finest level first. */
export const headInputs = ({ widths, head_levels }: ScratchDiscriminatorConfig): readonly number[] =>
  widths.slice(-head_levels);

export function scratchParamShapes(config: ScratchDiscriminatorConfig): ParamShapes {
  const { in_channels, widths, head_width } = config;
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, inputs: number, outputs: number, size: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs, size, size]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string, channels: number) => {
    shapes.set(`${name}.weight`, [channels]);
    shapes.set(`${name}.bias`, [channels]);
  };
  widths.forEach((width, level) => {
    conv(`features.convs.${level}`, widths[level - 1] ?? in_channels, width, 3);
  });
  // The first level has no norm: it would hide the picture's own level and contrast.
  widths.forEach((width, level) => {
    if (level > 0) norm(`features.norms.${level}`, width);
  });
  headInputs(config).forEach((inputs, head) => {
    conv(`heads.${head}.conv_in`, inputs, head_width, 1);
    norm(`heads.${head}.norm_in`, head_width);
    conv(`heads.${head}.conv_mid`, head_width, head_width, 3);
    norm(`heads.${head}.norm_mid`, head_width);
    conv(`heads.${head}.conv_out`, head_width, 1, 1);
  });
  return shapes;
}

/** The vector u of every spectral norm: state of the network that no gradient changes. */
export function scratchBufferShapes(config: ScratchDiscriminatorConfig): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  headInputs(config).forEach((_, head) => {
    shapes.set(`heads.${head}.conv_in.u`, [config.head_width]);
    shapes.set(`heads.${head}.conv_mid.u`, [config.head_width]);
    shapes.set(`heads.${head}.conv_out.u`, [1]);
  });
  return shapes;
}
