import { describe, expect, it } from 'vitest';
import type { EngineReady } from '../../protocol/upscale.ts';
import { chosenMethod, methodLabel } from './methods.ts';

const ready = { method: 'ours', methods: ['ours', 'sinsr'] } as unknown as EngineReady;

describe('methodLabel', () => {
  it('says how many steps the teacher takes', () => {
    expect(methodLabel('resshift', { teacherSteps: 4 })).toBe('ResShift teacher, 4 steps');
    expect(methodLabel('sinsr', { teacherSteps: 4 })).toBe('SinSR, one step');
  });
});

describe('chosenMethod', () => {
  it('is the wish itself where the weights offer it, or are not known yet', () => {
    expect(chosenMethod('sinsr', ready)).toBe('sinsr');
    expect(chosenMethod('sinsr', null)).toBe('sinsr');
    expect(chosenMethod('auto', null)).toBe('auto');
  });

  it('is what runs where nothing was wished, or something the weights lack', () => {
    expect(chosenMethod('auto', ready)).toBe('ours');
    expect(chosenMethod('resshift', ready)).toBe('ours');
  });
});
