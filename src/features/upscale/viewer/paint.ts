/** One frame of the viewer. */

import { fullDetail } from '../../../imaging/detail.ts';
import type { Rect } from '../../../imaging/image.ts';
import type { CompareMode, Point, ViewState } from '../../../store/view.ts';
import { drawPicture, within } from '../../viewer/surface.ts';
import { outputScale, type Size, toPane } from '../../viewer/transform.ts';
import type { PictureLayers } from './layers.ts';

/** Of the mask's colour, over the picture. */
const maskShare = 0.45;

type ViewerLayer = 'input' | 'output';

interface Pane extends Rect {
  /** Layers from left to right, each with the part of the pane (0 … 1) where it ends. */
  readonly parts: readonly { readonly layer: ViewerLayer; readonly end: number }[];
}

/** Device pixels between two panes. */
const gap = 2;

const whole = (layer: ViewerLayer): Pane['parts'] => [{ layer, end: 1 }];

/** Side by side on wide viewports, one above the other on tall ones. Both panes are the same size. */
function sideBySide({ width, height }: Size): readonly Pane[] {
  if (width >= height) {
    const half = Math.floor((width - gap) / 2);
    return [
      { x: 0, y: 0, width: half, height, parts: whole('input') },
      { x: width - half, y: 0, width: half, height, parts: whole('output') },
    ];
  }
  const half = Math.floor((height - gap) / 2);
  return [
    { x: 0, y: 0, width, height: half, parts: whole('input') },
    { x: 0, y: height - half, width, height: half, parts: whole('output') },
  ];
}

export function layPanes(mode: CompareMode, slider: number, viewport: Size): readonly Pane[] {
  const all = { x: 0, y: 0, width: viewport.width, height: viewport.height };
  switch (mode) {
    case 'slider':
      return [
        {
          ...all,
          parts: [
            { layer: 'input', end: slider },
            { layer: 'output', end: 1 },
          ],
        },
      ];
    case 'side-by-side':
      return sideBySide(viewport);
    case 'output':
    case 'input':
      return [{ ...all, parts: whole(mode) }];
  }
}

/** The pane under a viewport position; in the gap, the first. */
export function paneAt(panes: readonly Pane[], at: Point): Pane | undefined {
  const inside = ({ x, y, width, height }: Pane) => at.x >= x && at.x < x + width && at.y >= y && at.y < y + height;
  return panes.find(inside) ?? panes[0];
}

/** Device pixels a side of a checkerboard square. */
const square = 8;
const checkColours = ['#c9c9c9', '#a6a6a6'] as const;
let check: CanvasPattern | null = null;

function checkerboard(context: CanvasRenderingContext2D): CanvasPattern | null {
  if (check) return check;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 2 * square;
  const drawing = tile.getContext('2d');
  if (!drawing) return null;
  drawing.fillStyle = checkColours[0];
  drawing.fillRect(0, 0, 2 * square, 2 * square);
  drawing.fillStyle = checkColours[1];
  drawing.fillRect(0, 0, square, square);
  drawing.fillRect(square, square, square, square);
  check = context.createPattern(tile, 'repeat');
  return check;
}

/** The image's own, besides its layers. */
interface Shown {
  readonly hasAlpha: boolean;
  /** The dial's place, 0 … 100. */
  readonly detail: number;
  /** The map of what was invented stands in the result's place. */
  readonly showsInvention: boolean;
}

function paintPart(
  context: CanvasRenderingContext2D,
  layers: PictureLayers,
  layer: ViewerLayer,
  pane: Pane,
  view: ViewState,
  { hasAlpha, detail, showsInvention }: Shown,
): void {
  const draw = (source: HTMLCanvasElement | null, pixelsPerLr: number, smooth: boolean) => {
    if (source) drawPicture(context, source, pixelsPerLr, { image: layers.image, pane, view }, smooth);
  };
  draw(layers.input, 1, view.smooth);
  if (layer === 'input' || !layers.output) return;
  if (hasAlpha) {
    // Of an opaque picture the input stays below: finished parts are translucent at their edges, where they are smoothed.
    context.globalCompositeOperation = 'destination-out';
    draw(layers.done, 1, false);
    context.globalCompositeOperation = 'source-over';
  }
  if (showsInvention && layers.invention) {
    draw(layers.invention, 1, false);
    return;
  }
  if (!layers.faithful || (detail === fullDetail && !layers.isProtected)) {
    draw(layers.output, outputScale, view.smooth);
    return;
  }
  // Of translucent pixels this is near the blend that a download has; of opaque ones it is that blend.
  draw(layers.faithful, outputScale, view.smooth);
  context.globalAlpha = detail / fullDetail;
  context.globalCompositeOperation = 'source-atop';
  draw(layers.unprotected, outputScale, view.smooth);
  context.globalCompositeOperation = 'source-over';
  context.globalAlpha = 1;
}

/** The places that are protected or might be, in their tints over the picture. */
export function paintMask(
  context: CanvasRenderingContext2D,
  layers: PictureLayers,
  panes: readonly Pane[],
  view: ViewState,
): void {
  for (const pane of panes) {
    within(context, pane, () => {
      context.globalAlpha = maskShare;
      for (const mask of layers.masks) drawPicture(context, mask, 1, { image: layers.image, pane, view }, true);
    });
  }
}

function paintChecks(context: CanvasRenderingContext2D, layers: PictureLayers, pane: Pane, view: ViewState): void {
  const { image } = layers;
  const pattern = checkerboard(context);
  if (!pattern || !layers.input) return;
  const low = toPane(view, pane, { x: 0, y: 0 });
  const high = toPane(view, pane, { x: image.width, y: image.height });
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = pattern;
  context.fillRect(pane.x + low.x, pane.y + low.y, high.x - low.x, high.y - low.y);
  context.globalCompositeOperation = 'source-over';
}

export function paint(
  context: CanvasRenderingContext2D,
  layers: PictureLayers | null,
  panes: readonly Pane[],
  view: ViewState,
  shown: Shown,
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  if (!layers) return;
  context.imageSmoothingQuality = 'high';
  for (const pane of panes) {
    let start = 0;
    for (const { layer, end } of pane.parts) {
      const [left, right] = [Math.round(start * pane.width), Math.round(end * pane.width)];
      const part = { x: pane.x + left, y: pane.y, width: right - left, height: pane.height };
      within(context, part, () => paintPart(context, layers, layer, pane, view, shown));
      start = end;
    }
    if (shown.hasAlpha) within(context, pane, () => paintChecks(context, layers, pane, view));
  }
}
