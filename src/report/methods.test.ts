import { describe, expect, it } from 'vitest';
import { isNetwork, methodTitle, networkOf, shortMethodTitle } from './methods.ts';

describe('methodTitle', () => {
  it('names the steps of the teacher’s own schedule', () => {
    expect(methodTitle('resshift', 4)).toBe('teacher (ResShift, 4 steps)');
    expect(shortMethodTitle('resshift', 4)).toBe('teacher (4 steps)');
  });

  it('names the teacher’s other samplings', () => {
    expect(methodTitle('resshift@2', 15)).toBe('teacher (ResShift, 2 of 15 steps)');
    expect(methodTitle('resshift@1')).toBe('teacher (ResShift, 1 step)');
    expect(shortMethodTitle('resshift-det', 15)).toBe('teacher (15 steps, deterministic)');
    expect(methodTitle('resshift-det')).toBe('teacher (ResShift, deterministic)');
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

describe('isNetwork', () => {
  it('knows the networks and the teacher’s samplings, and no other name', () => {
    expect(['ours', 'resshift', 'resshift@4', 'resshift-det'].every(isNetwork)).toBe(true);
    expect(['bicubic', 'resshift@', 'resshift@0', 'resshift@x', 'ours@2'].some(isNetwork)).toBe(false);
    expect(networkOf('resshift@4')).toBe('resshift');
  });
});
