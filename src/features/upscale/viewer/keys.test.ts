import { describe, expect, it } from 'vitest';
import { initialView } from '../../../store/view.ts';
import { arrowChange, characterChange, sliderChange } from './keys.ts';

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
    expect(characterChange('s', view)).toEqual({ smooth: true });
    const modes = ['slider', 'side-by-side', 'output', 'input'] as const;
    expect(modes.map((mode) => characterChange('M', { ...view, mode })?.mode)).toEqual([...modes.slice(1), 'slider']);
  });

  it('leaves other keys alone', () => {
    for (const key of ['a', 'Enter', 'Tab', '3']) expect(characterChange(key, view)).toBeNull();
  });
});

describe('arrowChange', () => {
  it('moves the view to where the arrow points, by the same distance on screen at any zoom', () => {
    const image = { width: 100, height: 100 };
    expect(arrowChange('ArrowRight', view, image)?.centre).toEqual({ x: 60, y: 50 });
    expect(arrowChange('ArrowUp', { ...view, zoom: 3 }, image)?.centre).toEqual({ x: 50, y: 45 });
    expect(arrowChange('a', view, image)).toBeNull();
  });
});

describe('sliderChange', () => {
  it('steps, jumps to the ends and stays within them', () => {
    expect(sliderChange('ArrowRight', 0.5)).toBe(0.52);
    expect(sliderChange('ArrowLeft', 0.01)).toBe(0);
    expect(sliderChange('PageUp', 0.95)).toBe(1);
    expect(sliderChange('Home', 0.5)).toBe(0);
    expect(sliderChange('End', 0.5)).toBe(1);
    expect(sliderChange('x', 0.5)).toBeNull();
  });
});
