/**
 * The picture viewer: one canvas of the viewport's size, painted at most once a frame from the layers of one image and
 * the shared view. It keeps no view of its own; gestures ask the owner for a new one.
 */
import type { Rect } from '../../../engine/protocol.ts';
import type { ViewState } from '../../../store/view.ts';
import { listenGestures } from './gestures.ts';
import { Layers, type Picture } from './layers.ts';
import { paint } from './paint.ts';
import { layPanes, paneAt } from './panes.ts';
import { fitTransform, panBy, type Size, visibleRect, zoomAt } from './transform.ts';

export interface ViewedImage extends Size {
  readonly id: string;
  readonly hasAlpha: boolean;
}

export interface ViewerOwner {
  changeView(change: Partial<ViewState>): void;
  /** The LR pixels on screen changed. */
  showVisible(visible: Rect | null): void;
  fail(message: string): void;
}

const sameRect = (a: Rect | null, b: Rect | null) =>
  a === b || (a && b && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height);

/**
 * The browser's own count is exact, where a rounded size may be a pixel off and blur by that; it is not believed where it
 * leaves the pixel ratio out, as with an emulated one.
 */
function devicePixels(length: number, counted: number | undefined): number {
  const computed = length * devicePixelRatio;
  return counted !== undefined && Math.abs(counted - computed) <= 1 ? counted : Math.round(computed);
}

export class Viewer {
  readonly #context: CanvasRenderingContext2D;
  readonly #owner: ViewerOwner;
  readonly #abort = new AbortController();
  readonly #observer: ResizeObserver;
  #view: ViewState;
  #image: ViewedImage | null = null;
  #layers: Layers | null = null;
  #visible: Rect | null = null;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, view: ViewState, owner: ViewerOwner) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('The browser gives no canvas: close other tabs and reload.');
    this.#context = context;
    this.#view = view;
    this.#owner = owner;
    this.#observer = new ResizeObserver(([entry]) => this.#resize(entry));
    try {
      // Also hears of a change of the device pixel ratio: another screen, or the browser's own zoom.
      this.#observer.observe(canvas, { box: 'device-pixel-content-box' });
    } catch {
      this.#observer.observe(canvas);
    }
    listenGestures(
      canvas,
      {
        pan: (dx, dy) => this.#image && this.#move(panBy(this.#view, this.#image, dx, dy)),
        zoom: (factor, at) => {
          const pane = paneAt(this.#panes(), at);
          if (!this.#image || !pane) return;
          const inPane = { x: at.x - pane.x, y: at.y - pane.y };
          this.#move(zoomAt(this.#view, pane, this.#image, inPane, this.#view.zoom * factor));
        },
      },
      this.#abort.signal,
    );
  }

  /** Forgets the pictures of the image before. */
  show(image: ViewedImage | null): void {
    this.#layers?.dispose();
    this.#image = image;
    this.#layers = image && new Layers(image);
    this.#visible = null;
    this.#schedule();
  }

  setView(view: ViewState): void {
    this.#view = view;
    this.#schedule();
  }

  /** Takes the bitmap over; one of another image is dropped. */
  draw(picture: Picture): void {
    try {
      if (picture.id === this.#image?.id) this.#layers?.draw(picture);
    } catch (error) {
      this.#owner.fail(error instanceof Error ? error.message : String(error));
    } finally {
      picture.bitmap.close();
    }
    this.#schedule();
  }

  destroy(): void {
    this.#abort.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#layers?.dispose();
  }

  #panes() {
    return layPanes(this.#view.mode, this.#view.slider, this.#context.canvas);
  }

  #move(transform: Pick<ViewState, 'centre' | 'zoom'>): void {
    this.#owner.changeView({ ...transform, fit: false });
  }

  #resize(entry: ResizeObserverEntry | undefined): void {
    if (!entry) return;
    const { canvas } = this.#context;
    const { width, height } = entry.contentRect;
    const device = entry.devicePixelContentBoxSize?.[0];
    canvas.width = devicePixels(width, device?.inlineSize);
    canvas.height = devicePixels(height, device?.blockSize);
    // A resized canvas is empty until painted: now, not in the next frame, or it flickers.
    this.#paint();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const [pane] = this.#panes();
    const image = this.#image;
    if (!pane || pane.width < 1 || pane.height < 1) return;
    if (image && this.#view.fit) {
      const fit = fitTransform(image, pane);
      const { centre, zoom } = this.#view;
      if (fit.zoom !== zoom || fit.centre.x !== centre.x || fit.centre.y !== centre.y) this.#owner.changeView(fit);
      this.#view = { ...this.#view, ...fit };
    }
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    paint(this.#context, this.#layers, this.#panes(), this.#view, image?.hasAlpha ?? false);
    const visible = image && visibleRect(this.#view, pane, image);
    if (sameRect(visible, this.#visible)) return;
    this.#visible = visible;
    this.#owner.showVisible(visible);
  }
}
