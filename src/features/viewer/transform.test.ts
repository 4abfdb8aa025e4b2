import { describe, expect, it } from 'vitest';
import {
  clampZoom,
  fitTransform,
  outputScale,
  panBy,
  parsePercent,
  percentText,
  toImage,
  toPane,
  visibleRect,
  zoomAt,
  zoomStep,
} from './transform.ts';

const image = { width: 100, height: 60 };
const pane = { width: 801, height: 600 };

describe('fitTransform', () => {
  it('shows the whole image, centred', () => {
    const fit = fitTransform(image, pane);
    expect(fit.centre).toEqual({ x: 50, y: 30 });
    expect(visibleRect(fit, pane, image)).toEqual({ x: 0, y: 0, width: 100, height: 60 });
    expect(fit.zoom * image.width * outputScale).toBeLessThanOrEqual(pane.width);
    expect(fit.zoom * image.width * outputScale).toBeGreaterThan(0.9 * pane.width);
  });

  it('shows the largest picture whole, in the small panes of six methods on a phone too', () => {
    const largest = { width: 4096, height: 4096 };
    const small = { width: 100, height: 120 };
    const fit = fitTransform(largest, small);
    expect(visibleRect(fit, small, largest)).toEqual({ x: 0, y: 0, ...largest });
  });

  it('neither blows a single pixel up without end nor vanishes on a huge image', () => {
    expect(fitTransform({ width: 1, height: 1 }, pane).zoom).toBe(16);
    expect(fitTransform({ width: 1e6, height: 1 }, pane).zoom).toBe(clampZoom(0));
  });
});

describe('toPane and toImage', () => {
  it('are inverse up to the snap of the origin', () => {
    const transform = { centre: { x: 33.3, y: 12.1 }, zoom: 1.7 };
    const point = { x: 40, y: 20 };
    const back = toImage(transform, pane, toPane(transform, pane, point));
    expect(Math.abs(back.x - point.x)).toBeLessThanOrEqual(0.5 / (1.7 * outputScale));
    expect(Math.abs(back.y - point.y)).toBeLessThanOrEqual(0.5 / (1.7 * outputScale));
  });

  it('puts output pixels on whole device pixels at 100 %', () => {
    const at = toPane({ centre: { x: 33.37, y: 12.11 }, zoom: 1 }, pane, { x: 7, y: 9 });
    expect([at.x % 1, at.y % 1]).toEqual([0, 0]);
  });
});

describe('zoomAt', () => {
  it('keeps the point under the pointer', () => {
    const start = { centre: { x: 50, y: 30 }, zoom: 1 };
    const at = { x: 500, y: 250 };
    const before = toImage(start, pane, at);
    const after = toImage(zoomAt(start, pane, image, at, 3), pane, at);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('never loses the image', () => {
    const { centre } = zoomAt({ centre: { x: 0, y: 0 }, zoom: 4 }, pane, image, { x: 0, y: 0 }, 0.5);
    expect(centre.x).toBeGreaterThanOrEqual(0);
    expect(centre.y).toBeGreaterThanOrEqual(0);
  });
});

describe('panBy', () => {
  it('moves by device pixels and stops at the edge', () => {
    const start = { centre: { x: 50, y: 30 }, zoom: 0.5 };
    expect(panBy(start, image, 10, -4).centre).toEqual({ x: 45, y: 32 });
    expect(panBy(start, image, 1e6, 1e6).centre).toEqual({ x: 0, y: 0 });
  });
});

describe('visibleRect', () => {
  it('is in whole LR pixels within the image', () => {
    const rect = visibleRect({ centre: { x: 10, y: 10 }, zoom: 8 }, pane, image);
    expect(rect).toEqual({ x: 0, y: 0, width: 23, height: 20 });
  });

  it('is null where nothing of the image shows', () => {
    expect(visibleRect({ centre: { x: -500, y: 0 }, zoom: 4 }, pane, image)).toBeNull();
  });
});

describe('zoomStep', () => {
  it('stops at powers of two', () => {
    expect(zoomStep(0.37, 1)).toBe(0.5);
    expect(zoomStep(0.37, -1)).toBe(0.25);
    expect(zoomStep(1, 1)).toBe(2);
    expect(zoomStep(1, -1)).toBe(0.5);
    expect(zoomStep(64, 1)).toBe(64);
  });
});

describe('percent', () => {
  it('reads back what it wrote', () => {
    for (const zoom of [0.0213, 0.375, 1, 2.5, 16]) {
      expect(parsePercent(percentText(zoom))).toBeCloseTo(zoom, 2);
    }
  });

  it('takes what people type and refuses the rest', () => {
    expect(parsePercent('200 %')).toBe(2);
    expect(parsePercent('12,5')).toBe(0.125);
    for (const text of ['', 'fit', '-5', '0']) expect(parsePercent(text)).toBeNull();
  });
});
