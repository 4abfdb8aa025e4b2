/**
 * The picture viewer: one canvas of the viewport's size, painted at most once a frame from the layers of one image and
 * the shared view. It keeps no view of its own; gestures ask the owner for a new one.
 */

import { errorMessage } from '../../../formats/errors.ts';
import { fullDetail, type ProtectMask } from '../../../imaging/detail.ts';
import type { Rect } from '../../../imaging/image.ts';
import type { Point, ViewState } from '../../../store/view.ts';
import { listenGestures } from '../../viewer/controls.ts';
import { Surface } from '../../viewer/surface.ts';
import { fitTransform, panBy, type Size, toImage, visibleRect, zoomAt } from '../../viewer/transform.ts';
import { type PictureEvent, PictureLayers, type ProtectLayer } from './layers.ts';
import { layPanes, paint, paintMask, paneAt } from './paint.ts';

interface ViewedImage extends Size {
  readonly id: string;
  readonly hasAlpha: boolean;
}

interface ViewerOwner {
  changeView(change: Partial<ViewState>): void;
  /** The LR pixels on screen changed. */
  showVisible(visible: Rect | null): void;
  fail(message: string): void;
}

const sameRect = (a: Rect | null, b: Rect | null) =>
  a === b || (a && b && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height);

/** Whole pixels, in order and within the image. */
function between(a: number, b: number, length: number): readonly [number, number] {
  const clamp = (value: number) => Math.min(length, Math.max(0, value));
  return [clamp(Math.floor(Math.min(a, b))), clamp(Math.ceil(Math.max(a, b)))];
}

export class Viewer {
  readonly #surface: Surface;
  readonly #owner: ViewerOwner;
  readonly #abort = new AbortController();
  #view: ViewState;
  #image: ViewedImage | null = null;
  #layers: PictureLayers | null = null;
  #visible: Rect | null = null;
  #detail = fullDetail;
  #showsMask = false;
  #showsInvention = false;

  constructor(canvas: HTMLCanvasElement, view: ViewState, owner: ViewerOwner) {
    this.#view = view;
    this.#owner = owner;
    this.#surface = new Surface(canvas, () => this.#paint());
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
    this.#layers = image && new PictureLayers(image);
    this.#visible = null;
    this.#surface.schedule();
  }

  /** More is known of the image on screen. */
  update(image: ViewedImage): void {
    const isSameSize = image.width === this.#image?.width && image.height === this.#image.height;
    if (!isSameSize) this.show(image);
    this.#image = image;
    this.#surface.schedule();
  }

  setView(view: ViewState): void {
    this.#view = view;
    this.#surface.schedule();
  }

  /** The dial's place, 0 … 100: nothing is computed but this frame. */
  setDetail(detail: number): void {
    if (detail === this.#detail) return;
    this.#detail = detail;
    this.#surface.schedule();
  }

  /** Takes the bitmap over; one of another image is dropped. */
  draw(picture: PictureEvent): void {
    try {
      if (picture.id === this.#image?.id) this.#layers?.draw(picture);
    } catch (error) {
      this.#owner.fail(errorMessage(error));
    } finally {
      picture.bitmap.close();
    }
    this.#surface.schedule();
  }

  /** The mask of the image on screen, to be painted on; null: there is no image. */
  get protect(): ProtectLayer | null {
    return this.#layers?.protect ?? null;
  }

  /** Shows the mask as it is now. */
  maskChanged(): void {
    this.#layers?.maskChanged();
    this.#surface.schedule();
  }

  /** Tints what is protected, while it is painted. */
  showMask(shows: boolean): void {
    this.#showsMask = shows;
    this.#surface.schedule();
  }

  /** Shows places that might be protected, in a tint of their own; null: none. */
  suggest(mask: ProtectMask | null): void {
    this.#layers?.suggest(mask);
    this.#surface.schedule();
  }

  showInvention(shows: boolean): void {
    this.#showsInvention = shows;
    this.#surface.schedule();
  }

  /** Takes the bitmap over; one of another image is dropped. */
  drawInvention({ id, bitmap }: { readonly id: string; readonly bitmap: ImageBitmap }): void {
    if (id === this.#image?.id) this.#layers?.drawInvention(bitmap);
    bitmap.close();
    this.#surface.schedule();
  }

  /** The map as a PNG, a pixel for each LR pixel; null before it is there. */
  inventionFile(): Promise<Blob | null> {
    const canvas = this.#layers?.invention;
    return new Promise((resolve) => (canvas ? canvas.toBlob(resolve) : resolve(null)));
  }

  /** The place of the input under one of the canvas, in device pixels. */
  inputAt(at: Point): Point | null {
    const pane = paneAt(this.#panes(), at);
    return pane ? toImage(this.#view, pane, { x: at.x - pane.x, y: at.y - pane.y }) : null;
  }

  /** A part of the input as a PNG, reduced by `scale`; null before it is there. @param rect pixels of the input */
  async cut(rect: Rect, scale: number): Promise<Blob | null> {
    const input = this.#layers?.input;
    if (!input) return null;
    const canvas = new OffscreenCanvas(Math.ceil(rect.width * scale), Math.ceil(rect.height * scale));
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.imageSmoothingQuality = 'high';
    context.drawImage(input, rect.x, rect.y, rect.width, rect.height, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  /** The input pixels between two places of the canvas, device pixels; null where there are none. */
  rectBetween(a: Point, b: Point): Rect | null {
    const pane = paneAt(this.#panes(), a);
    const image = this.#image;
    if (!pane || !image) return null;
    const [from, to] = [a, b].map(({ x, y }) => toImage(this.#view, pane, { x: x - pane.x, y: y - pane.y }));
    const [left, right] = between(from.x, to.x, image.width);
    const [top, bottom] = between(from.y, to.y, image.height);
    return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
  }

  destroy(): void {
    this.#abort.abort();
    this.#surface.destroy();
    this.#layers?.dispose();
  }

  #panes() {
    return layPanes(this.#view.mode, this.#view.slider, this.#surface.context.canvas);
  }

  #move(transform: Pick<ViewState, 'centre' | 'zoom'>): void {
    this.#owner.changeView({ ...transform, fit: false });
  }

  #paint(): void {
    const [pane] = this.#panes();
    const image = this.#image;
    if (!pane || pane.width < 1 || pane.height < 1) return;
    if (image && this.#view.fit) {
      const fit = fitTransform(image, pane);
      const { centre, zoom } = this.#view;
      if (fit.zoom !== zoom || fit.centre.x !== centre.x || fit.centre.y !== centre.y) this.#owner.changeView(fit);
      this.#view = { ...this.#view, ...fit };
    }
    paint(this.#surface.context, this.#layers, this.#panes(), this.#view, {
      hasAlpha: image?.hasAlpha ?? false,
      detail: this.#detail,
      showsInvention: this.#showsInvention,
    });
    if (this.#showsMask && this.#layers) paintMask(this.#surface.context, this.#layers, this.#panes(), this.#view);
    const visible = image && visibleRect(this.#view, pane, image);
    if (sameRect(visible, this.#visible)) return;
    this.#visible = visible;
    this.#owner.showVisible(visible);
  }
}
