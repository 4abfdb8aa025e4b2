/** A picture where the view has it in a pane. */
import type { Rect } from '../../imaging/image.ts';
import type { Transform } from '../../store/view.ts';
import { outputScale, type Size, toPane, visibleRect } from './transform.ts';

export interface Place {
  /** Of the LR image. */
  readonly image: Size;
  /** Device pixels of the canvas. */
  readonly pane: Rect;
  readonly view: Transform;
}

/** @param pixelsPerLr the picture's pixels a LR pixel: 1, or 4 for results */
export function drawPicture(
  context: CanvasRenderingContext2D,
  source: CanvasImageSource,
  pixelsPerLr: number,
  { image, pane, view }: Place,
  smooth: boolean,
): void {
  // Only what shows is drawn: at high zoom the whole picture would be millions of pixels wide.
  const seen = visibleRect(view, pane, image);
  if (!seen) return;
  const at = toPane(view, pane, seen);
  const perLr = view.zoom * outputScale;
  // Reduced pictures are always smoothed: dropping pixels would show patterns that aren't there.
  context.imageSmoothingEnabled = smooth || perLr < pixelsPerLr;
  context.drawImage(
    source,
    seen.x * pixelsPerLr,
    seen.y * pixelsPerLr,
    seen.width * pixelsPerLr,
    seen.height * pixelsPerLr,
    pane.x + at.x,
    pane.y + at.y,
    seen.width * perLr,
    seen.height * perLr,
  );
}

/** Draws within a rectangle of the canvas alone. */
export function within(context: CanvasRenderingContext2D, { x, y, width, height }: Rect, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  draw();
  context.restore();
}
