/** One frame of the comparison: the panes that the viewport is divided into, and the pictures in them. */
import type { Rect } from '../../../imaging/image.ts';
import type { CompareLayer } from '../../../protocol/compare.ts';
import type { CompareView } from '../../../store/view.ts';
import { drawPicture, within } from '../surface.ts';
import { outputScale, type Size, toPane } from '../transform.ts';

/** A heat map of the two pictures, besides the pictures themselves. */
type ShownLayer = CompareLayer | 'difference';

export interface ComparePane extends Rect {
  /** From left to right, each with the part of the pane (0 … 1) where it ends. */
  readonly parts: readonly { readonly layer: ShownLayer; readonly end: number }[];
}

export interface PaneLayout {
  readonly columns: number;
  readonly rows: number;
  readonly panes: readonly ComparePane[];
}

/** Device pixels between panes. */
const gap = 2;

/** The grid in which each of so many pictures gets as large as it can. */
export function gridFor(
  count: number,
  image: Size,
  viewport: Size,
): { readonly columns: number; readonly rows: number } {
  let [columns, largest] = [1, 0];
  for (let c = 1; c <= count; c++) {
    const zoom = Math.min(viewport.width / c / image.width, viewport.height / Math.ceil(count / c) / image.height);
    if (zoom > largest) [columns, largest] = [c, zoom];
  }
  return { columns, rows: Math.ceil(count / columns) };
}

/** The parts of a single pane. B held down shows the right picture whole. */
function partsOf({ mode, slider, held }: CompareView, [left, right]: readonly [CompareLayer, CompareLayer]) {
  if (held) return [{ layer: right, end: 1 }];
  if (mode === 'difference') return [{ layer: 'difference' as const, end: 1 }];
  if (mode === 'blink') return [{ layer: left, end: 1 }];
  return [
    { layer: left, end: slider },
    { layer: right, end: 1 },
  ];
}

/** @param pair the two that are compared; several what is side by side; all panes are of one size */
export function layOut(
  view: CompareView,
  pair: readonly [CompareLayer, CompareLayer],
  several: readonly CompareLayer[],
  image: Size,
  viewport: Size,
): PaneLayout {
  if (view.mode !== 'side-by-side') {
    const { width, height } = viewport;
    return { columns: 1, rows: 1, panes: [{ x: 0, y: 0, width, height, parts: partsOf(view, pair) }] };
  }
  const { columns, rows } = gridFor(several.length, image, viewport);
  const width = Math.floor((viewport.width - gap * (columns - 1)) / columns);
  const height = Math.floor((viewport.height - gap * (rows - 1)) / rows);
  const panes = several.map((layer, i) => ({
    x: (i % columns) * (width + gap),
    y: Math.floor(i / columns) * (height + gap),
    width,
    height,
    parts: [{ layer, end: 1 }],
  }));
  return { columns, rows, panes };
}

export interface Scene {
  /** The LR picture's. */
  readonly image: Size;
  readonly view: CompareView;
  readonly layers: ReadonlyMap<CompareLayer, ImageBitmap>;
  /** Null: not known yet. */
  readonly difference: ImageBitmap | null;
}

/** Result pixels that the loupe shows on each side of its middle, and CSS pixels a side of each. */
const reach = 6;
const cell = 11;
const count = 2 * reach + 1;
/** Of the pane's shorter side. */
const largestShare = 0.6;

const isLow = (layer: ShownLayer) => layer === 'lr' || layer === 'reference';
const bitmapOf = ({ layers, difference }: Scene, layer: ShownLayer) =>
  layer === 'difference' ? difference : (layers.get(layer) ?? null);

function drawLayer(context: CanvasRenderingContext2D, scene: Scene, layer: ShownLayer, pane: Rect): void {
  const bitmap = bitmapOf(scene, layer);
  if (bitmap) drawPicture(context, bitmap, isLow(layer) ? 1 : outputScale, { ...scene, pane }, scene.view.smooth);
}

/** The pixels around the aim as squares of `size` with a grid, at a corner (device pixels). */
function drawLoupe(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layer: ShownLayer,
  x: number,
  y: number,
  size: number,
) {
  const bitmap = bitmapOf(scene, layer);
  if (!bitmap) return;
  const { aim } = scene.view;
  const side = count * size;
  const perLr = isLow(layer) ? 1 : outputScale;
  // In result pixels, whole; LR pixels are four of them wide.
  const [left, top] = [Math.floor(aim.x * outputScale) - reach, Math.floor(aim.y * outputScale) - reach];
  within(context, { x, y, width: side, height: side }, () => {
    context.fillStyle = '#000';
    context.fillRect(x, y, side, side);
    context.imageSmoothingEnabled = false;
    const scale = perLr / outputScale;
    context.drawImage(bitmap, left * scale, top * scale, count * scale, count * scale, x, y, side, side);
    context.strokeStyle = 'rgb(128 128 128 / 45%)';
    context.lineWidth = 1;
    context.beginPath();
    for (let i = 1; i < count; i++) {
      context.moveTo(x + i * size + 0.5, y);
      context.lineTo(x + i * size + 0.5, y + side);
      context.moveTo(x, y + i * size + 0.5);
      context.lineTo(x + side, y + i * size + 0.5);
    }
    context.stroke();
  });
  const outline = (at: number, length: number) => {
    for (const [colour, width] of [['#000', 4] as const, ['#fff', 2] as const]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(x + at, y + at, length, length);
    }
  };
  outline(0, side);
  outline(reach * size, size);
}

/** One loupe a picture of the pane: beside each other around the aim, within the pane. */
function drawLoupes(context: CanvasRenderingContext2D, scene: Scene, pane: ComparePane, ratio: number): void {
  const at = toPane(scene.view, pane, scene.view.aim);
  // Never much of a small pane.
  const room = (largestShare * Math.min(pane.width / pane.parts.length, pane.height)) / count;
  const size = Math.max(3, Math.round(Math.min(cell * ratio, room)));
  const side = count * size;
  const width = side * pane.parts.length;
  const clamp = (value: number, room: number) => Math.max(0, Math.min(room, value));
  const x = pane.x + Math.round(clamp(at.x - width / 2, pane.width - width));
  const y = pane.y + Math.round(clamp(at.y - side / 2, pane.height - side));
  for (const [i, { layer }] of pane.parts.entries()) drawLoupe(context, scene, layer, x + i * side, y, size);
}

/** @param ratio device pixels a CSS pixel */
export function paintComparison(
  context: CanvasRenderingContext2D,
  scene: Scene,
  panes: readonly ComparePane[],
  ratio: number,
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.imageSmoothingQuality = 'high';
  for (const pane of panes) {
    let start = 0;
    for (const { layer, end } of pane.parts) {
      const [left, right] = [Math.round(start * pane.width), Math.round(end * pane.width)];
      const part = { x: pane.x + left, y: pane.y, width: right - left, height: pane.height };
      within(context, part, () => drawLayer(context, scene, layer, pane));
      start = end;
    }
    if (scene.view.loupe) within(context, pane, () => drawLoupes(context, scene, pane, ratio));
  }
}
