import { describe, expect, it } from 'vitest';
import { initialView } from '../../store/view.ts';
import { characterChange } from './keys.ts';

const view = { ...initialView, zoom: 1.5, centre: { x: 50, y: 50 } };

describe('characterChange', () => {
  it('zooms', () => {
    expect(characterChange('+', view)).toEqual({ zoom: 2, fit: false });
    expect(characterChange('-', view)).toEqual({ zoom: 1, fit: false });
    expect(characterChange('1', view)).toEqual({ zoom: 1, fit: false });
    expect(characterChange('2', view)).toEqual({ zoom: 2, fit: false });
    expect(characterChange('0', view)).toEqual({ fit: true });
  });

  it('switches smoothing, and goes round the modes', () => {
    expect(characterChange('s', view)).toEqual({ smooth: false });
    const modes = ['slider', 'side-by-side', 'output', 'input'] as const;
    expect(modes.map((mode) => characterChange('M', { ...view, mode })?.mode)).toEqual([...modes.slice(1), 'slider']);
  });

  it('leaves other keys alone', () => {
    for (const key of ['a', 'Enter', 'Tab', '3']) expect(characterChange(key, view)).toBeNull();
  });
});
