/** Every parameter's name, shape and place in the order, against the lists of the public checkpoints. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vqAutoencoder } from '../../tests/support/vq.ts';
import { presets } from '../presets/presets.ts';
import { unetParamShapes } from './unet-plan.ts';
import { vqParamShapes } from './vqgan.ts';

/** Lines `name<TAB>shape[<TAB>kind…]`; buffers are no parameters. */
function published(file: string): [string, number[]][] {
  const text = readFileSync(resolve(import.meta.dirname, '../../tests/golden', file), 'utf8');
  const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return rows
    .map((line) => line.split('\t'))
    .filter(([, , kind]) => kind !== 'buffer')
    .map(([name = '', shape = '']) => [name, shape.split('x').map(Number)]);
}

describe('the published parameter lists', () => {
  it('are those of our UNet, in the same order', () => {
    expect([...unetParamShapes(presets.paper.unet)]).toEqual(published('unet_state_dict.txt'));
  });

  it('are those of our autoencoder, in the same order', () => {
    expect([...vqParamShapes(presets.paper.autoencoder)]).toEqual(published('vqgan_f4_state_dict.txt'));
  });

  it("count SinSR's LR channels in; the network is the same", () => {
    const { lq_size: _, ...rest } = presets.paper.unet;
    expect(unetParamShapes({ ...rest, in_channels: 6 })).toEqual(unetParamShapes(presets.paper.unet));
  });

  it('have no codebook when the configuration has none', () => {
    const shapes = vqParamShapes({ ...presets.paper.autoencoder, n_embed: null });
    expect(shapes.has('quantize.embedding.weight')).toBe(false);
  });

  it('give level attention the names of the public code, after the blocks of its level', () => {
    const config = { ...vqAutoencoder, num_res_blocks: 1, resolution: 64, attn_resolutions: [32] };
    const names = [...vqParamShapes(config).keys()].filter((name) => name.startsWith('encoder.down.1.'));
    const block = names.findIndex((name) => name.includes('.block.0.'));
    const attention = names.indexOf('encoder.down.1.attn.0.norm.weight');
    const resize = names.indexOf('encoder.down.1.downsample.conv.weight');
    expect(block).toBeLessThan(attention);
    expect(attention).toBeLessThan(resize);
    expect(vqParamShapes(config).get('decoder.up.1.attn.1.proj_out.weight')).toEqual([96, 96, 1, 1]);
  });
});
