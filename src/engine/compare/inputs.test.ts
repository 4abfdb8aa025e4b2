import { describe, expect, it } from 'vitest';
import { findPairs } from './inputs.ts';

const sized = (name: string, width: number, height: number) => ({ name, width, height });

describe('findPairs', () => {
  it('joins two of one name, whichever comes first', () => {
    const [low, high] = [sized('0001x4.png', 20, 10), sized('0001.png', 80, 40)];
    expect(findPairs([high, low])).toEqual([{ kind: 'pair', low, high }]);
    expect(findPairs([low, high])).toEqual([{ kind: 'pair', low, high }]);
  });

  it('joins files of one name from two folders', () => {
    const [low, high] = [sized('a.png', 4, 4), sized('a.png', 16, 16)];
    expect(findPairs([low, high])).toEqual([{ kind: 'pair', low, high }]);
  });

  it('leaves alone what has another name or isn’t four times as large', () => {
    const pictures = [sized('a.png', 4, 4), sized('b.png', 16, 16), sized('a_hr.png', 8, 8)];
    expect(findPairs(pictures).map(({ kind }) => kind)).toEqual(['single', 'single', 'single']);
  });
});
