/**
 * The comparison's one canvas: all panes share one transform, so that the same place is looked at in each. It keeps no view
 * of its own; gestures ask the owner for a new one.
 */
import type { CompareLayer } from '../../../protocol/compare.ts';
import type { CompareView, Point } from '../../../store/view.ts';
import { listenGestures } from '../controls.ts';
import { Surface } from '../surface.ts';
import { clampCentre, fitTransform, panBy, toImage, zoomAt } from '../transform.ts';
import { type ComparePane, layOut, type PaneLayout, paintComparison, type Scene } from './paint.ts';

/** The scene, its pair, and the panes side by side. */
export interface Subject extends Scene {
  readonly pair: readonly [CompareLayer, CompareLayer];
  readonly several: readonly CompareLayer[];
}

export interface ComparisonOwner {
  subject(): Subject | null;
  changeView(change: Partial<CompareView>): void;
  /** The grid that the panes lie in. */
  showGrid(columns: number, rows: number): void;
}

export class ComparisonViewer {
  readonly #surface: Surface;
  readonly #owner: ComparisonOwner;
  readonly #abort = new AbortController();
  #grid = '';

  constructor(canvas: HTMLCanvasElement, owner: ComparisonOwner) {
    this.#owner = owner;
    this.#surface = new Surface(canvas, () => this.#paint());
    const { signal } = this.#abort;
    listenGestures(
      canvas,
      { pan: (dx, dy) => this.#pan(dx, dy), zoom: (factor, at) => this.#zoom(factor, at) },
      signal,
    );
    const aim = (event: PointerEvent) => this.#aim({ x: event.offsetX, y: event.offsetY });
    canvas.addEventListener('pointermove', aim, { signal });
    canvas.addEventListener('pointerdown', aim, { signal });
  }

  update(): void {
    this.#surface.schedule();
  }

  destroy(): void {
    this.#abort.abort();
    this.#surface.destroy();
  }

  #layout({ view, pair, several, image }: Subject): PaneLayout {
    return layOut(view, pair, several, image, this.#surface.context.canvas);
  }

  /** The pane under a position of the canvas, device pixels; in a gap, the first. */
  #paneAt(subject: Subject, at: Point): ComparePane | undefined {
    const { panes } = this.#layout(subject);
    const holds = ({ x, y, width, height }: ComparePane) =>
      at.x >= x && at.x < x + width && at.y >= y && at.y < y + height;
    return panes.find(holds) ?? panes[0];
  }

  #pan(dx: number, dy: number): void {
    const subject = this.#owner.subject();
    if (!subject) return;
    const { centre, zoom } = panBy(subject.view, subject.image, dx, dy);
    this.#owner.changeView({ centre, zoom, fit: false });
  }

  #zoom(factor: number, at: Point): void {
    const subject = this.#owner.subject();
    const pane = subject && this.#paneAt(subject, at);
    if (!subject || !pane) return;
    const { view, image } = subject;
    const { centre, zoom } = zoomAt(view, pane, image, { x: at.x - pane.x, y: at.y - pane.y }, view.zoom * factor);
    this.#owner.changeView({ centre, zoom, fit: false });
  }

  /** The loupe follows the pointer. @param at CSS pixels */
  #aim(at: Point): void {
    const subject = this.#owner.subject();
    if (!subject?.view.loupe) return;
    const device = { x: at.x * devicePixelRatio, y: at.y * devicePixelRatio };
    const pane = this.#paneAt(subject, device);
    if (!pane) return;
    const aim = toImage(subject.view, pane, { x: device.x - pane.x, y: device.y - pane.y });
    this.#owner.changeView({ aim: clampCentre(aim, subject.image) });
  }

  #paint(): void {
    const { context } = this.#surface;
    let subject = this.#owner.subject();
    if (!subject || context.canvas.width < 1 || context.canvas.height < 1) {
      context.clearRect(0, 0, context.canvas.width, context.canvas.height);
      return;
    }
    const { columns, rows, panes } = this.#layout(subject);
    const [pane] = panes;
    if (!pane) return;
    const { view, image } = subject;
    if (view.fit) {
      const fit = fitTransform(image, pane);
      if (fit.zoom !== view.zoom || fit.centre.x !== view.centre.x || fit.centre.y !== view.centre.y) {
        this.#owner.changeView(fit);
        subject = { ...subject, view: { ...view, ...fit } };
      }
    }
    paintComparison(context, subject, panes, devicePixelRatio);
    const grid = `${columns}×${rows}`;
    if (grid === this.#grid) return;
    this.#grid = grid;
    this.#owner.showGrid(columns, rows);
  }
}
