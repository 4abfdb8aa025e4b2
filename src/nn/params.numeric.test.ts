import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareNames, fromTorch, loadParams, toTorch } from './params.ts';

const shapes = new Map<string, readonly number[]>([
  ['conv.weight', [4, 3, 2, 2]],
  ['linear.weight', [4, 3]],
  ['attn.relative_position_bias_table', [4, 3]],
  ['quantize.embedding.weight', [4, 3]],
  ['norm.bias', [4]],
]);
const counted = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);

beforeAll(() => tf.setBackend('cpu'));

describe('layouts', () => {
  it.each([...shapes])('%s there and back', (name, shape) => {
    tf.tidy(() => {
      const back = toTorch(name, fromTorch(name, shape, counted(shape)));
      expect(back.shape).toEqual(shape);
      expect(back.dataSync()).toEqual(counted(shape));
    });
  });

  it('turns convolutions and linear layers, but not tables', () => {
    tf.tidy(() => {
      const shapeOf = (name: string) => fromTorch(name, shapes.get(name) ?? [], counted(shapes.get(name) ?? [])).shape;
      expect(shapeOf('conv.weight')).toEqual([2, 2, 3, 4]);
      expect(shapeOf('linear.weight')).toEqual([3, 4]);
      expect(shapeOf('attn.relative_position_bias_table')).toEqual([4, 3]);
      expect(shapeOf('quantize.embedding.weight')).toEqual([4, 3]);
    });
  });
});

describe('loadParams', () => {
  it('loads, counts, and frees everything', async () => {
    const before = tf.memory().numTensors;
    const params = await loadParams(shapes, async (name) => counted(shapes.get(name) ?? []));
    expect(params.count).toBe(48 + 3 * 12 + 4);
    expect(() => params.get('other.weight')).toThrow(/"other.weight"/);
    params.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says which tensor is of the wrong size, and keeps nothing', async () => {
    const before = tf.memory().numTensors;
    const read = async (name: string) => {
      const values = counted(shapes.get(name) ?? []);
      return name === 'norm.bias' ? values.subarray(1) : values;
    };
    await expect(loadParams(shapes, read)).rejects.toThrow(/"norm.bias" has 3 values; the network needs 4/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('compareNames', () => {
  it('tells missing, unknown and misshapen tensors apart, and ignores the stored buffers', () => {
    const found = new Map([
      ['conv.weight', { shape: [4, 3, 3, 3] }],
      ['linear.weight', { shape: [4, 3] }],
      ['attn.relative_position_bias_table', { shape: [4, 3] }],
      ['attn.relative_position_index', { shape: [2, 2] }],
      ['blocks.1.attn_mask', { shape: [1] }],
      ['quantize.embedding.weight', { shape: [4, 3] }],
      ['extra.weight', { shape: [1] }],
    ]);
    const report = compareNames(shapes, found);
    expect(report.missing).toEqual(['norm.bias']);
    expect(report.unexpected).toEqual(['extra.weight']);
    expect(report.wrongShape).toHaveLength(1);
    expect(report.wrongShape[0]).toContain('conv.weight');
  });
});
