import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../protocol/upscale.ts';
import {
  budgets,
  defaultSettings,
  loadSettings,
  maxSeed,
  parseSeed,
  parseSettings,
  saveSettings,
  tiles,
} from './settings.ts';

const chosen = {
  backend: 'wasm',
  options: {
    ...defaultOptions,
    method: 'resshift',
    seed: 7,
    colourLock: 'ycbcr',
    agree: true,
    tile: 128,
    memoryBudget: 2 ** 30,
  },
  format: 'webp',
  quality: 0.5,
  letterKeys: false,
  startsAtOnce: false,
  mode: 'output',
  smooth: true,
} as const;

function memory(initial: string | null) {
  let text = initial;
  return {
    getItem: () => text,
    setItem: (_key: string, value: string) => {
      text = value;
    },
  };
}

describe('parseSettings', () => {
  it('reads back what was chosen', () => {
    expect(parseSettings(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen);
  });

  it('gives defaults for nothing, for nonsense and field by field', () => {
    const defaults = parseSettings(null);
    expect(defaults).toMatchObject({ ...defaultSettings });
    for (const junk of [undefined, 3, 'text', [], { options: 5 }]) expect(parseSettings(junk)).toEqual(defaults);
    const mixed = { ...chosen, backend: 'cuda', quality: 7, smooth: 'yes', options: { ...chosen.options, tile: 100 } };
    expect(parseSettings(mixed)).toEqual({
      ...chosen,
      backend: 'auto',
      quality: defaultSettings.quality,
      smooth: true,
      options: { ...chosen.options, tile: 'auto' },
    });
  });

  it('refuses numbers that are none', () => {
    const { options } = parseSettings({ options: { seed: -1, tile: Number.NaN, memoryBudget: 1e30 } });
    expect(options).toEqual(defaultOptions);
    expect(parseSettings({ quality: Number.NaN }).quality).toBe(defaultSettings.quality);
  });

  it('offers its own defaults', () => {
    expect(budgets).toContain(defaultOptions.memoryBudget);
    expect(tiles.every((tile) => tile % 16 === 0)).toBe(true);
  });
});

describe('parseSeed', () => {
  it('takes whole numbers of 32 bits', () => {
    expect(['0', '42', ' 7 ', String(maxSeed)].map(parseSeed)).toEqual([0, 42, 7, maxSeed]);
    expect(['', ' ', '-1', '1.5', 'x', String(maxSeed + 1)].map(parseSeed)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('storage', () => {
  it('round-trips', () => {
    const storage = memory(null);
    saveSettings(() => storage, chosen);
    expect(loadSettings(() => storage)).toEqual(chosen);
  });

  it('takes the wavelet lock for a choice where it is not the default of its time', () => {
    const locked = { ...chosen, options: { ...chosen.options, colourLock: 'wavelet' } } as const;
    const before = memory(JSON.stringify(locked));
    expect(loadSettings(() => before).options.colourLock).toBe('off');
    saveSettings(() => before, locked);
    expect(loadSettings(() => before)).toEqual(locked);
    const luma = memory(JSON.stringify({ options: { colourLock: 'ycbcr' } }));
    expect(loadSettings(() => luma).options.colourLock).toBe('ycbcr');
  });

  it('takes square pixels for a choice where they are not the default of its time', () => {
    const squares = { ...chosen, smooth: false };
    const before = memory(JSON.stringify({ version: 2, ...squares }));
    expect(loadSettings(() => before).smooth).toBe(true);
    saveSettings(() => before, squares);
    expect(loadSettings(() => before)).toEqual(squares);
  });

  it('does without when it is blocked or damaged', () => {
    const blocked = () => {
      throw new Error('denied');
    };
    expect(loadSettings(blocked)).toEqual(parseSettings(null));
    expect(() => saveSettings(blocked, chosen)).not.toThrow();
    expect(loadSettings(() => memory('{half'))).toEqual(parseSettings(null));
  });
});
