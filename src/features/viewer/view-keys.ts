/** Keys that every viewer has, as changes of its view. */
import type { Transform } from '../../store/view.ts';
import { panBy, type Size, zoomStep } from './transform.ts';

/** Device pixels a press of an arrow moves the picture. */
const panStep = 60;
const arrows: Readonly<Record<string, { readonly x: number; readonly y: number }>> = {
  ArrowLeft: { x: panStep, y: 0 },
  ArrowRight: { x: -panStep, y: 0 },
  ArrowUp: { x: 0, y: panStep },
  ArrowDown: { x: 0, y: -panStep },
};

type TransformChange = Partial<Transform & { readonly fit: boolean; readonly smooth: boolean }>;

const zoomTo = (zoom: number): TransformChange => ({ zoom, fit: false });

/** Zoom and smoothing by characters; null for other keys. */
export function zoomChange(
  key: string,
  view: Pick<Transform, 'zoom'> & { readonly smooth: boolean },
): TransformChange | null {
  switch (key) {
    case '+':
    case '=':
      return zoomTo(zoomStep(view.zoom, 1));
    case '-':
    case '_':
      return zoomTo(zoomStep(view.zoom, -1));
    case '0':
      return { fit: true };
    case '1':
      return zoomTo(1);
    case '2':
      return zoomTo(2);
    case 's':
    case 'S':
      return { smooth: !view.smooth };
    default:
      return null;
  }
}

/** Arrows move the picture; null for other keys. */
export function arrowChange(key: string, view: Transform, image: Size): TransformChange | null {
  const step = arrows[key];
  if (!step) return null;
  const { centre, zoom } = panBy(view, image, step.x, step.y);
  return { centre, zoom, fit: false };
}

/** The dividing line's next position from `slider`; null when the key doesn't move it. */
export function sliderChange(key: string, slider: number): number | null {
  const moved = (by: number) => Math.min(1, Math.max(0, Math.round((slider + by) * 100) / 100));
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return moved(-0.02);
    case 'ArrowRight':
    case 'ArrowUp':
      return moved(0.02);
    case 'PageDown':
      return moved(-0.1);
    case 'PageUp':
      return moved(0.1);
    case 'Home':
      return 0;
    case 'End':
      return 1;
    default:
      return null;
  }
}

const typing = 'input:not([type="range"], [type="checkbox"], [type="file"]), select, textarea, [contenteditable]';

/**
 * Tells a shortcut from other key presses: not while the user types or in a dialog, not with a modifier, and with `letterKeys`
 * off in the viewer alone.
 */
export function isShortcut(event: KeyboardEvent, letterKeys: boolean): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target?.closest(typing) || target?.closest('[role="dialog"]')) return false;
  return letterKeys || Boolean(target?.closest('[data-viewer]'));
}
