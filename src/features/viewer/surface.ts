/** A canvas as large as its place on the page in device pixels, painted at most once a frame. */

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
    // What painting itself asked for is on screen already.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}
