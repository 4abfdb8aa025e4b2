/** Names and PyTorch shapes of all parameters of a UNetModelSwin, in the order of the public files (spec §2.5). */
import type { ParamShapes, UnetConfig } from '../presets/architecture.ts';
import { type Layer, planUnet } from './unet-plan.ts';

export function unetParamShapes(config: UnetConfig): ParamShapes {
  const plan = planUnet(config);
  const hasNorms = config.norm !== 'none';
  const shapes = new Map<string, readonly number[]>();
  const affine = (name: string, weight: readonly number[]) => {
    shapes.set(`${name}.weight`, weight);
    shapes.set(`${name}.bias`, [weight[0] as number]);
  };

  const res = ({ name, inputs, outputs }: Extract<Layer, { kind: 'res' }>) => {
    if (hasNorms) affine(`${name}.in_layers.0`, [inputs]);
    affine(`${name}.in_layers.2`, [outputs, inputs, 3, 3]);
    affine(`${name}.emb_layers.1`, [config.use_scale_shift_norm ? 2 * outputs : outputs, plan.timeChannels]);
    if (hasNorms) affine(`${name}.out_layers.0`, [outputs]);
    affine(`${name}.out_layers.3`, [outputs, outputs, 3, 3]);
    if (inputs !== outputs) affine(`${name}.skip_connection`, [outputs, inputs, 1, 1]);
  };

  const swin = ({ name, channels, window }: Extract<Layer, { kind: 'swin' }>) => {
    const dim = config.swin_embed_dim;
    const hidden = dim * config.mlp_ratio;
    affine(`${name}.patch_embed.proj`, [dim, channels, 1, 1]);
    affine(`${name}.patch_unembed.proj`, [channels, dim, 1, 1]);
    for (let b = 0; b < config.swin_depth; b++) {
      const block = `${name}.blocks.${b}`;
      affine(`${block}.norm1`, [dim]);
      shapes.set(`${block}.attn.relative_position_bias_table`, [(2 * window - 1) ** 2, dim / config.num_head_channels]);
      affine(`${block}.attn.qkv`, [3 * dim, dim]);
      affine(`${block}.attn.proj`, [dim, dim]);
      affine(`${block}.norm2`, [dim]);
      affine(`${block}.mlp.fc1`, [hidden, dim, 1, 1]);
      affine(`${block}.mlp.fc2`, [dim, hidden, 1, 1]);
    }
  };

  const add = (layer: Layer) => {
    if (layer.kind === 'res') res(layer);
    else if (layer.kind === 'swin') swin(layer);
    else if (layer.kind !== 'silu') affine(layer.name, [layer.outputs, layer.inputs, 3, 3]);
  };

  affine('time_embed.0', [plan.timeChannels, config.model_channels]);
  affine('time_embed.2', [plan.timeChannels, plan.timeChannels]);
  plan.lqLayers.forEach(add);
  for (const { layers } of [...plan.input, plan.middle, ...plan.output]) layers.forEach(add);
  if (hasNorms) affine('out.0', [plan.outChannels]);
  affine('out.2', [config.out_channels, plan.outChannels, 3, 3]);
  return shapes;
}
