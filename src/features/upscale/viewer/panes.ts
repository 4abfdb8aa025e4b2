/** How the viewport is divided: what each pane shows and where. */
import type { Rect } from '../../../imaging/image.ts';
import type { CompareMode, Point } from '../../../store/view.ts';
import type { Size } from '../../viewer/transform.ts';

export type Layer = 'input' | 'output';

export interface Pane extends Rect {
  /** Layers from left to right, each with the part of the pane (0 … 1) where it ends. */
  readonly parts: readonly { readonly layer: Layer; readonly end: number }[];
}

/** Device pixels between two panes. */
const gap = 2;

const whole = (layer: Layer): Pane['parts'] => [{ layer, end: 1 }];

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
