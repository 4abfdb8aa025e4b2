import { describe, expect, it } from 'vitest';
import { paperAutoencoder, paperUnet } from '../../tests/paper-configs.ts';
import { unetParamShapes } from './unet-shapes.ts';
import { autoencoderParamShapes } from './vqgan.ts';

const values = (shapes: ReadonlyMap<string, readonly number[]>) =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);

describe('parameters of the published networks', () => {
  it('UNetModelSwin: 540 tensors, 118,593,583 values', () => {
    const shapes = unetParamShapes(paperUnet);
    expect(shapes.size).toBe(540);
    expect(values(shapes)).toBe(118_593_583);
    expect([...shapes.keys()].slice(0, 6)).toEqual([
      'time_embed.0.weight',
      'time_embed.0.bias',
      'time_embed.2.weight',
      'time_embed.2.bias',
      'input_blocks.0.0.weight',
      'input_blocks.0.0.bias',
    ]);
    expect(shapes.get('output_blocks.2.1.conv.weight')).toEqual([640, 640, 3, 3]);
    expect(shapes.get('output_blocks.5.1.conv.weight')).toEqual([320, 320, 3, 3]);
    expect(shapes.get('input_blocks.10.1.blocks.1.attn.relative_position_bias_table')).toEqual([225, 6]);
  });

  it('SinSR counts the LR channels in; the network is the same', () => {
    const { lq_size: _, ...rest } = paperUnet;
    expect(unetParamShapes({ ...rest, in_channels: 6 })).toEqual(unetParamShapes(paperUnet));
  });

  it('VQ autoencoder: 205 tensors, 55,322,782 values', () => {
    const shapes = autoencoderParamShapes(paperAutoencoder);
    expect(shapes.size).toBe(205);
    expect(values(shapes)).toBe(55_322_782);
  });

  it('without a codebook there is none', () => {
    expect(autoencoderParamShapes({ ...paperAutoencoder, n_embed: null }).has('quantize.embedding.weight')).toBe(false);
  });
});
