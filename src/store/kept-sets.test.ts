import { describe, expect, it } from 'vitest';
import { loadKeptSets, saveKeptSets, withSet } from './kept-sets.ts';

const row = { name: 'a.png', psnrY: 24, width: 8, height: 8, ms: 1 };
const set = (name: string, psnrY = 24) => ({
  name,
  methods: [{ method: 'ours' as const, psnrY, msPerMegapixel: 2, images: [row] }],
  directions: { MUSIQ: 'higher' as const },
});

describe('the sets that Evaluate keeps', () => {
  it('are means alone, and there after a reload; a newer one takes the place of its name', () => {
    let stored: string | null = null;
    saveKeptSets(() => ({ setItem: (_, text) => (stored = text) }), withSet(withSet([], set('A')), set('B')));
    expect(stored).not.toContain('a.png');
    const loaded = loadKeptSets(() => ({ getItem: () => stored }));
    expect(loaded.map(({ name, directions }) => [name, directions])).toEqual([
      ['A', { MUSIQ: 'higher' }],
      ['B', { MUSIQ: 'higher' }],
    ]);
    expect(withSet(loaded, set('A', 25)).map(({ name, methods }) => `${name} ${methods[0]?.psnrY}`)).toEqual([
      'B 24',
      'A 25',
    ]);
  });

  it.each([null, 'x', '{}', '[3, {"name": "A"}, {"name": 3}]'])('are none where %j is stored', (text) => {
    expect(loadKeptSets(() => ({ getItem: () => text }))).toEqual([]);
  });

  it('live with the tab where storage is blocked', () => {
    const blocked = () => {
      throw new Error('blocked');
    };
    expect(loadKeptSets(blocked)).toEqual([]);
    expect(() => saveKeptSets(blocked, [set('A')])).not.toThrow();
  });
});
