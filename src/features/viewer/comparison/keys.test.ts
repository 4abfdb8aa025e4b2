import { describe, expect, it } from 'vitest';
import { initialCompareView } from '../../../store/view.ts';
import { aimChange, comparisonChange, comparisonCommands } from './keys.ts';

const layers = ['lr', 'bicubic', 'ours', 'truth'] as const;
const change = (key: string) => comparisonChange(key, initialCompareView, ['bicubic', 'ours'], layers);

describe('comparisonChange', () => {
  it('goes round the pictures on the right, and swaps', () => {
    expect(change(']')).toEqual({ right: 'truth' });
    expect(change('[')).toEqual({ right: 'lr' });
    expect(change('x')).toEqual({ left: 'ours', right: 'bicubic' });
    expect(comparisonChange(']', initialCompareView, ['lr', 'lr'], ['lr'])).toEqual({ right: 'lr' });
  });

  it('switches modes and the loupe, and zooms', () => {
    expect(change('M')).toEqual({ mode: 'side-by-side', held: false });
    expect(change('l')).toEqual({ loupe: true });
    expect(change('0')).toEqual({ fit: true });
    expect(change('q')).toBeNull();
  });
});

describe('aimChange', () => {
  const image = { width: 10, height: 10 };
  it('moves the loupe by a result pixel, within the picture', () => {
    const view = { ...initialCompareView, loupe: true, aim: { x: 0, y: 5 } };
    expect(aimChange('ArrowLeft', view, image)).toEqual({ aim: { x: 0, y: 5 } });
    expect(aimChange('ArrowDown', view, image)).toEqual({ aim: { x: 0, y: 5.25 } });
    expect(aimChange('ArrowDown', { ...view, loupe: false }, image)).toBeNull();
  });
});

describe('comparisonCommands', () => {
  const run = (label: string) => {
    const changes: object[] = [];
    const now = { view: initialCompareView, pair: ['bicubic', 'ours'] as const, layers };
    comparisonCommands(now, (made) => changes.push(made))
      .find((command) => command.label === label)
      ?.run();
    return changes;
  };

  it('does what the keys do, and more', () => {
    expect(run('Swap left and right')).toEqual([change('x')]);
    expect(run('Show the error map by FLIP')).toEqual([{ mode: 'difference', full: 'flip', held: false }]);
  });

  it('offers nothing where there is nothing to compare', () => {
    expect(comparisonCommands({ view: initialCompareView, pair: null, layers }, () => {})).toEqual([]);
  });
});
