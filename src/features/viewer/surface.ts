/** A canvas as large as its place on the page in device pixels, painted at most once a frame, and pictures drawn on it. */
import type { Rect } from '../../imaging/image.ts';
import type { Transform } from '../../store/view.ts';
import { outputScale, type Size, toPane, visibleRect } from './transform.ts';

/** A picture's position in a pane. */
interface PicturePlace {
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
  { image, pane, view }: PicturePlace,
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

/**
 * The browser's own count is exact, where a rounded size may be a pixel off and blur by that; it is not believed where it
 * leaves the pixel ratio out, as with an emulated one.
 */
function devicePixels(length: number, counted: number | undefined): number {
  const computed = length * devicePixelRatio;
  return counted !== undefined && Math.abs(counted - computed) <= 1 ? counted : Math.round(computed);
}

export class Surface {
  readonly context: CanvasRenderingContext2D;
  readonly #paint: () => void;
  readonly #observer: ResizeObserver;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, paint: () => void) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('The browser gives no canvas: close other tabs and reload.');
    this.context = context;
    this.#paint = paint;
    this.#observer = new ResizeObserver(([entry]) => this.#resize(entry));
    try {
      // Also hears of a change of the device pixel ratio: another screen, or the browser's own zoom.
      this.#observer.observe(canvas, { box: 'device-pixel-content-box' });
    } catch {
      this.#observer.observe(canvas);
    }
  }

  /** In the next frame. */
  schedule(): void {
    this.#frame ||= requestAnimationFrame(() => this.#now());
  }

  destroy(): void {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #resize(entry: ResizeObserverEntry | undefined): void {
    if (!entry) return;
    const { canvas } = this.context;
    const { width, height } = entry.contentRect;
    const device = entry.devicePixelContentBoxSize?.[0];
    canvas.width = devicePixels(width, device?.inlineSize);
    canvas.height = devicePixels(height, device?.blockSize);
    // A resized canvas is empty until painted: now, not in the next frame, or it flickers.
    this.#now();
  }

  #now(): void {
    this.#paint();
    // A frame that painting itself asked for is on screen already.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}
