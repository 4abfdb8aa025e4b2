/**
 * The block list of a UNetModelSwin (§2.4) worked out from its configuration: what stands where, with which name and
 * channels. Shapes of parameters, the forward pass and cost estimates all read this one list.
 */
import { LayerShapes, type ParamShapes, type UnetConfig } from '../presets/architecture.ts';

export type Layer =
  | { readonly kind: 'conv' | 'down' | 'up'; readonly name: string; readonly inputs: number; readonly outputs: number }
  | { readonly kind: 'res'; readonly name: string; readonly inputs: number; readonly outputs: number }
  | {
      readonly kind: 'swin';
      readonly name: string;
      readonly channels: number;
      readonly window: number;
      readonly shift: number;
    }
  | { readonly kind: 'silu' };

export interface Block {
  /** Module name, as in checkpoints: `input_blocks.3`. */
  readonly name: string;
  readonly layers: readonly Layer[];
}

export interface UnetPlan {
  /** Brings a larger LR condition to latent size; empty where it already fits. */
  readonly lrLayers: readonly Layer[];
  readonly input: readonly Block[];
  readonly middle: Block;
  readonly output: readonly Block[];
  readonly timeChannels: number;
  readonly outChannels: number;
  /** Latent sides must be multiples of this: each level's map is cut into whole windows. */
  readonly alignment: number;
}

const lqChannels = 3;
const lqBase = 16;

/** The convolutions on an LR condition larger than the latent, each step halving it and doubling its channels. */
function lrExtractor(config: UnetConfig): { layers: Layer[]; channels: number } {
  const { lq_size, image_size } = config;
  if (lq_size === undefined) return { layers: [], channels: 0 };
  if (lq_size === image_size) return { layers: [], channels: lqChannels };
  const layers: Layer[] = [];
  let inputs = lqChannels;
  let channels = lqBase;
  for (let size = lq_size; size > image_size; size /= 2) {
    const at = layers.length;
    layers.push({ kind: 'conv', name: `feature_extractor.${at}`, inputs, outputs: channels }, { kind: 'silu' });
    layers.push({ kind: 'down', name: `feature_extractor.${at + 2}.op`, inputs: channels, outputs: channels * 2 });
    channels *= 2;
    inputs = channels;
  }
  return { layers, channels };
}

export function planUnet(config: UnetConfig): UnetPlan {
  const { model_channels, channel_mult, num_res_blocks, attention_resolutions, window_size } = config;
  const swin = (name: string, channels: number, size: number): Layer => {
    // Decided by the size the network was built for, also when it runs on a larger map (§2.3).
    const window = Math.min(window_size, size);
    return { kind: 'swin', name, channels, window, shift: size <= window_size ? 0 : window >> 1 };
  };
  const res = (name: string, inputs: number, outputs: number): Layer => ({ kind: 'res', name, inputs, outputs });
  const width = (level: number) => model_channels * channel_mult[level];

  const lr = lrExtractor(config);
  let size = config.image_size;
  let channels = width(0);
  const skips = [channels];
  const input: Block[] = [
    {
      name: 'input_blocks.0',
      layers: [{ kind: 'conv', name: 'input_blocks.0.0', inputs: config.in_channels + lr.channels, outputs: channels }],
    },
  ];
  channel_mult.forEach((_, level) => {
    for (let i = 0; i < num_res_blocks[level]; i++) {
      const name = `input_blocks.${input.length}`;
      const layers = [res(`${name}.0`, channels, width(level))];
      channels = width(level);
      if (i === 0 && attention_resolutions.includes(size)) layers.push(swin(`${name}.1`, channels, size));
      input.push({ name, layers });
      skips.push(channels);
    }
    if (level < channel_mult.length - 1) {
      const name = `input_blocks.${input.length}`;
      input.push({ name, layers: [{ kind: 'down', name: `${name}.0.op`, inputs: channels, outputs: channels }] });
      skips.push(channels);
      size /= 2;
    }
  });

  const middle: Block = {
    name: 'middle_block',
    layers: [
      res('middle_block.0', channels, channels),
      swin('middle_block.1', channels, size),
      res('middle_block.2', channels, channels),
    ],
  };

  const output: Block[] = [];
  for (let level = channel_mult.length - 1; level >= 0; level--) {
    const blocks = num_res_blocks[level];
    for (let i = 0; i <= blocks; i++) {
      const name = `output_blocks.${output.length}`;
      const layers: Layer[] = [res(`${name}.0`, channels + (skips.pop() as number), width(level))];
      channels = width(level);
      if (i === 0 && attention_resolutions.includes(size)) layers.push(swin(`${name}.1`, channels, size));
      if (i === blocks && level > 0) {
        layers.push({ kind: 'up', name: `${name}.${layers.length}.conv`, inputs: channels, outputs: channels });
        size *= 2;
      }
      output.push({ name, layers });
    }
  }
  return {
    lrLayers: lr.layers,
    input,
    middle,
    output,
    timeChannels: model_channels * 4,
    outChannels: channels,
    alignment: window_size * 2 ** (channel_mult.length - 1),
  };
}

// Names and PyTorch shapes of all parameters of a UNetModelSwin, in the order of the public files (§2.5).

export function unetParamShapes(config: UnetConfig): ParamShapes {
  const plan = planUnet(config);
  const hasNorms = config.norm !== 'none';
  const shapes = new LayerShapes();

  const res = ({ name, inputs, outputs }: Extract<Layer, { kind: 'res' }>) => {
    if (hasNorms) shapes.layer(`${name}.in_layers.0`, [inputs]);
    shapes.layer(`${name}.in_layers.2`, [outputs, inputs, 3, 3]);
    shapes.layer(`${name}.emb_layers.1`, [config.use_scale_shift_norm ? 2 * outputs : outputs, plan.timeChannels]);
    if (hasNorms) shapes.layer(`${name}.out_layers.0`, [outputs]);
    shapes.layer(`${name}.out_layers.3`, [outputs, outputs, 3, 3]);
    if (inputs !== outputs) shapes.layer(`${name}.skip_connection`, [outputs, inputs, 1, 1]);
  };

  const swin = ({ name, channels, window }: Extract<Layer, { kind: 'swin' }>) => {
    const dim = config.swin_embed_dim;
    const hidden = dim * config.mlp_ratio;
    shapes.layer(`${name}.patch_embed.proj`, [dim, channels, 1, 1]);
    shapes.layer(`${name}.patch_unembed.proj`, [channels, dim, 1, 1]);
    for (let b = 0; b < config.swin_depth; b++) {
      const block = `${name}.blocks.${b}`;
      shapes.layer(`${block}.norm1`, [dim]);
      shapes.set(`${block}.attn.relative_position_bias_table`, [(2 * window - 1) ** 2, dim / config.num_head_channels]);
      shapes.layer(`${block}.attn.qkv`, [3 * dim, dim]);
      shapes.layer(`${block}.attn.proj`, [dim, dim]);
      shapes.layer(`${block}.norm2`, [dim]);
      shapes.layer(`${block}.mlp.fc1`, [hidden, dim, 1, 1]);
      shapes.layer(`${block}.mlp.fc2`, [dim, hidden, 1, 1]);
    }
  };

  const add = (layer: Layer) => {
    if (layer.kind === 'res') res(layer);
    else if (layer.kind === 'swin') swin(layer);
    else if (layer.kind !== 'silu') shapes.layer(layer.name, [layer.outputs, layer.inputs, 3, 3]);
  };

  shapes.layer('time_embed.0', [plan.timeChannels, config.model_channels]);
  shapes.layer('time_embed.2', [plan.timeChannels, plan.timeChannels]);
  plan.lrLayers.forEach(add);
  for (const { layers } of [...plan.input, plan.middle, ...plan.output]) layers.forEach(add);
  if (hasNorms) shapes.layer('out.0', [plan.outChannels]);
  shapes.layer('out.2', [config.out_channels, plan.outChannels, 3, 3]);
  return shapes;
}
