/** Keys, pointer and wheel on a viewer, as movements and zooms of its view in device pixels. */
import type { Point, Transform } from '../../store/view.ts';
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

/** Sliders and lists over the picture have a use of their own for arrows. */
export const takesArrows = ({ target }: { readonly target: EventTarget }): boolean =>
  target instanceof Element && target.closest('input, select') !== null;

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

const typing =
  'input:not([type="range"], [type="checkbox"], [type="radio"], [type="file"]), select, textarea, [contenteditable]';

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

interface GestureTarget {
  /** Device pixels since the last call. */
  pan(dx: number, dy: number): void;
  /** Zoom by a factor around a viewport position in device pixels. */
  zoom(factor: number, at: Point): void;
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** Pixels a notch of a wheel that counts in lines or pages. */
const wheelUnits: Readonly<Record<number, number>> = { 1: 33, 2: 400 };

/** Factor of one wheel event; pinching on a touchpad comes as a wheel with ctrl, in much smaller steps. */
function wheelFactor({ deltaY, deltaMode, ctrlKey }: Pick<WheelEvent, 'deltaY' | 'deltaMode' | 'ctrlKey'>): number {
  const pixels = Math.max(-300, Math.min(300, deltaY * (wheelUnits[deltaMode] ?? 1)));
  return Math.exp(-pixels * (ctrlKey ? 0.01 : 0.0025));
}

/** One pointer pans, two pinch, the wheel zooms. Ends when the signal aborts. */
export function listenGestures(element: HTMLElement, target: GestureTarget, signal: AbortSignal): void {
  const pointers = new Map<number, Point>();

  const position = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: (event.clientX - box.left) * devicePixelRatio, y: (event.clientY - box.top) * devicePixelRatio };
  };

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 && event.button !== 1) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, position(event));
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = position(event);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, now);
      if (!other) return target.pan(now.x - before.x, now.y - before.y);
      const from = middle(before, other);
      const to = middle(now, other);
      target.pan(to.x - from.x, to.y - from.y);
      target.zoom(distance(now, other) / Math.max(1, distance(before, other)), to);
    },
    { signal },
  );
  const end = (event: PointerEvent) => pointers.delete(event.pointerId);
  element.addEventListener('pointerup', end, { signal });
  element.addEventListener('pointercancel', end, { signal });
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      target.zoom(wheelFactor(event), position(event));
    },
    { signal, passive: false },
  );
}
