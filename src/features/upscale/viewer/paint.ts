/** One frame of the viewer. */
import type { ViewState } from '../../../store/view.ts';
import type { Layers } from './layers.ts';
import type { Layer, Pane } from './panes.ts';
import { outputScale, toPane, visibleRect } from './transform.ts';

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

function paintPart(context: CanvasRenderingContext2D, layers: Layers, layer: Layer, pane: Pane, view: ViewState): void {
  const { image } = layers;
  // Only what shows is drawn: at high zoom the whole picture would be millions of pixels wide.
  const seen = visibleRect(view, pane, image);
  if (!seen) return;
  const at = toPane(view, pane, seen);
  const perLr = view.zoom * outputScale;
  const [x, y] = [pane.x + at.x, pane.y + at.y];
  const [width, height] = [seen.width * perLr, seen.height * perLr];

  const draw = (source: HTMLCanvasElement | null, pixelsPerLr: number, smooth: boolean) => {
    if (!source) return;
    // Reduced pictures are always smoothed: dropping pixels would show patterns that aren't there.
    context.imageSmoothingEnabled = smooth || perLr < pixelsPerLr;
    context.drawImage(
      source,
      seen.x * pixelsPerLr,
      seen.y * pixelsPerLr,
      seen.width * pixelsPerLr,
      seen.height * pixelsPerLr,
      x,
      y,
      width,
      height,
    );
  };

  draw(layers.input, 1, view.smooth);
  if (layer === 'input' || !layers.output) return;
  context.globalCompositeOperation = 'destination-out';
  draw(layers.done, 1, false);
  context.globalCompositeOperation = 'source-over';
  draw(layers.output, outputScale, view.smooth);
}

function paintChecks(context: CanvasRenderingContext2D, layers: Layers, pane: Pane, view: ViewState): void {
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

function clipped(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

export function paint(
  context: CanvasRenderingContext2D,
  layers: Layers | null,
  panes: readonly Pane[],
  view: ViewState,
  hasAlpha: boolean,
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  if (!layers) return;
  context.imageSmoothingQuality = 'high';
  for (const pane of panes) {
    let start = 0;
    for (const { layer, end } of pane.parts) {
      const [left, right] = [Math.round(start * pane.width), Math.round(end * pane.width)];
      clipped(context, pane.x + left, pane.y, right - left, pane.height);
      paintPart(context, layers, layer, pane, view);
      context.restore();
      start = end;
    }
    clipped(context, pane.x, pane.y, pane.width, pane.height);
    if (hasAlpha) paintChecks(context, layers, pane, view);
    context.restore();
  }
}
