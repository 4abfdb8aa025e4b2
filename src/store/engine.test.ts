import { describe, expect, it } from 'vitest';
import type { EngineReady } from '../protocol/upscale.ts';
import { chosenMethod } from './engine.ts';

const ready = { method: 'ours', methods: ['ours', 'sinsr'] } as unknown as EngineReady;

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
