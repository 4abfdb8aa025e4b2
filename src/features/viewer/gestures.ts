/** Pointer and wheel on the viewer, as movements and zooms in device pixels. */
import type { Point } from '../../store/view.ts';

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
