/**
 * The position of an image in a pane. Three lengths: LR pixels (the image's own), output pixels (four to an LR pixel) and
 * device pixels (the canvas's own). Zoom is device pixels per output pixel, so 1 is the result pixel for pixel.
 */
import type { Rect } from '../../imaging/image.ts';
import type { Point, Transform } from '../../store/view.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Output pixels per LR pixel. */
export const outputScale = 4;
/** A result of 16,384 pixels as 64: the largest one fits into every pane. */
const minZoom = 1 / 256;
const maxZoom = 64;
/** A tiny image fills the pane only up to here: beyond, there is nothing more to see. */
const maxFitZoom = 16;

export const clampZoom = (zoom: number): number => Math.min(maxZoom, Math.max(minZoom, zoom));

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export const clampCentre = (centre: Point, image: Size): Point => ({
  x: clamp(centre.x, 0, image.width),
  y: clamp(centre.y, 0, image.height),
});

/** The whole image, centred, with a small margin. */
export function fitTransform(image: Size, pane: Size): Transform {
  const margin = 0.96;
  const zoom = Math.min(
    maxFitZoom,
    (margin * pane.width) / (image.width * outputScale),
    (margin * pane.height) / (image.height * outputScale),
  );
  return { centre: { x: image.width / 2, y: image.height / 2 }, zoom: clampZoom(zoom) };
}

/** The pane position (device pixels) of an LR position. The origin snaps to whole device pixels: 100 % stays sharp. */
export function toPane(transform: Transform, pane: Size, point: Point): Point {
  const perLr = transform.zoom * outputScale;
  return {
    x: Math.round(pane.width / 2 - transform.centre.x * perLr) + point.x * perLr,
    y: Math.round(pane.height / 2 - transform.centre.y * perLr) + point.y * perLr,
  };
}

/** The LR position under a pane position. */
export function toImage(transform: Transform, pane: Size, at: Point): Point {
  const perLr = transform.zoom * outputScale;
  return {
    x: transform.centre.x + (at.x - pane.width / 2) / perLr,
    y: transform.centre.y + (at.y - pane.height / 2) / perLr,
  };
}

/** Zooms so that what is under `at` stays there. */
export function zoomAt(transform: Transform, pane: Size, image: Size, at: Point, zoom: number): Transform {
  const fixed = toImage(transform, pane, at);
  const next = clampZoom(zoom);
  const perLr = next * outputScale;
  const centre = {
    x: fixed.x - (at.x - pane.width / 2) / perLr,
    y: fixed.y - (at.y - pane.height / 2) / perLr,
  };
  return { centre: clampCentre(centre, image), zoom: next };
}

/** Moves the picture by device pixels. */
export function panBy(transform: Transform, image: Size, dx: number, dy: number): Transform {
  const perLr = transform.zoom * outputScale;
  const centre = { x: transform.centre.x - dx / perLr, y: transform.centre.y - dy / perLr };
  return { ...transform, centre: clampCentre(centre, image) };
}

/** The LR pixels that are at least partly in the pane; null when none is. */
export function visibleRect(transform: Transform, pane: Size, image: Size): Rect | null {
  const low = toImage(transform, pane, { x: 0, y: 0 });
  const high = toImage(transform, pane, { x: pane.width, y: pane.height });
  const x = clamp(Math.floor(low.x), 0, image.width);
  const y = clamp(Math.floor(low.y), 0, image.height);
  const width = clamp(Math.ceil(high.x), 0, image.width) - x;
  const height = clamp(Math.ceil(high.y), 0, image.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** Doubles or halves, stopping at each power of two on the way: 37 % goes to 50 %, not to 74 %. */
export function zoomStep(zoom: number, direction: 1 | -1): number {
  const exponent = Math.log2(zoom);
  const slack = 1e-6;
  return clampZoom(2 ** (direction > 0 ? Math.floor(exponent + slack) + 1 : Math.ceil(exponent - slack) - 1));
}

/** "400", "37.5": exact enough to type back. */
export function percentText(zoom: number): string {
  const percent = zoom * 100;
  return String(Number(percent.toFixed(percent < 10 ? 2 : percent < 100 ? 1 : 0)));
}

/** Parses a typed zoom; null for anything but a positive number. */
export function parsePercent(text: string): number | null {
  const value = Number(text.replace('%', '').replace(',', '.').trim());
  return Number.isFinite(value) && value > 0 ? clampZoom(value / 100) : null;
}
