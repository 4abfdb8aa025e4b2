/**
 * The picture viewer: one canvas of the viewport's size, painted at most once a frame from the layers of one image and
 * the shared view. It keeps no view of its own; gestures ask the owner for a new one.
 */

import { errorMessage } from '../../../formats/errors.ts';
import type { Rect } from '../../../imaging/image.ts';
import type { ViewState } from '../../../store/view.ts';
import { listenGestures } from '../../viewer/gestures.ts';
import { Surface } from '../../viewer/surface.ts';
import { fitTransform, panBy, type Size, visibleRect, zoomAt } from '../../viewer/transform.ts';
import { type PictureEvent, PictureLayers } from './layers.ts';
import { layPanes, paint, paneAt } from './paint.ts';

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

export class Viewer {
  readonly #surface: Surface;
  readonly #owner: ViewerOwner;
  readonly #abort = new AbortController();
  #view: ViewState;
  #image: ViewedImage | null = null;
  #layers: PictureLayers | null = null;
  #visible: Rect | null = null;

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
    paint(this.#surface.context, this.#layers, this.#panes(), this.#view, image?.hasAlpha ?? false);
    const visible = image && visibleRect(this.#view, pane, image);
    if (sameRect(visible, this.#visible)) return;
    this.#visible = visible;
    this.#owner.showVisible(visible);
  }
}
