import { describe, expect, it } from 'vitest';
import { initialView } from '../../store/view.ts';
import { arrowChange, sliderChange } from './controls.ts';

const view = { ...initialView, zoom: 1.5, centre: { x: 50, y: 50 } };

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
