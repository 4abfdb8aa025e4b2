import { describe, expect, it } from 'vitest';
import { methodTitle, shortMethodTitle } from './methods.ts';

describe('methodTitle', () => {
  it('names the steps of the teacher’s own schedule', () => {
    expect(methodTitle('resshift', 4)).toBe('teacher (ResShift, 4 steps)');
    expect(shortMethodTitle('resshift', 4)).toBe('teacher (4 steps)');
  });

  it('leaves the steps out where they are not known', () => {
    expect(methodTitle('resshift')).toBe('teacher (ResShift)');
    expect(shortMethodTitle('resshift', null)).toBe('teacher');
  });

  it('names students without their single step', () => {
    expect(methodTitle('ours-conv', 15)).toBe('ours (conv G)');
    expect(shortMethodTitle('sinsr', 15)).toBe('SinSR');
  });

  it('names an ONNX model by its file', () => {
    expect(methodTitle('onnx:models/my_net.onnx')).toBe('my_net.onnx');
    expect(methodTitle('esrgan-thick')).toBe('ESRGAN thick');
  });
});
