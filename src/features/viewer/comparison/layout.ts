/** Divides the viewport among the pictures that are compared. */

import type { Rect } from '../../../imaging/image.ts';
import type { CompareLayer } from '../../../protocol/compare.ts';
import type { CompareView } from '../../../store/view.ts';
import type { Size } from '../transform.ts';

/** A heat map of the two pictures, besides the pictures themselves. */
export type ShownLayer = CompareLayer | 'difference';

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
