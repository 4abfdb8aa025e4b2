import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { options } from '../../../paper/options.ts';
import { chartGroups } from '../charts/groups.ts';
import { arrows, cards } from '../diagram/panels.ts';
import { explanations } from './explanations.ts';

const symbols = [
  ...cards.flatMap(({ symbol, pictures }) => [symbol, ...pictures.map((picture) => picture.symbol)]),
  ...arrows.map(({ symbol }) => symbol),
  ...chartGroups.flatMap(({ series }) => series.map(({ symbol }) => symbol)),
  ...Object.values(options).map((option) => ('symbol' in option ? option.symbol : undefined)),
].filter((symbol) => symbol !== undefined);

describe('explanations', () => {
  it('are there for every symbol on the page', () => {
    expect([...new Set(symbols)].filter((symbol) => !explanations[symbol])).toEqual([]);
  });

  it('have equations 1 to 8, and all their TeX is right', () => {
    const numbers = new Set(Object.values(explanations).map(({ equation }) => equation?.number));
    expect([1, 2, 3, 4, 5, 6, 7, 8].filter((number) => !numbers.has(number))).toEqual([]);
    const all = Object.entries(explanations).flatMap(([symbol, { equation, reading }]) => [
      symbol,
      equation?.tex,
      reading?.tex,
    ]);
    for (const tex of all) {
      if (tex) expect(() => katex.renderToString(tex, { throwOnError: true })).not.toThrow();
    }
  });
});
