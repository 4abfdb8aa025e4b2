/** The viewer's keys, as changes of the view. */
import { nextMode, type Point, type ViewState } from '../../../store/view.ts';
import { panBy, type Size, zoomStep } from './transform.ts';

/** Device pixels a press of an arrow moves the picture. */
const panStep = 60;
const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: panStep, y: 0 },
  ArrowRight: { x: -panStep, y: 0 },
  ArrowUp: { x: 0, y: panStep },
  ArrowDown: { x: 0, y: -panStep },
};

export type ViewChange = Partial<ViewState>;

const zoomTo = (zoom: number): ViewChange => ({ zoom, fit: false });

/** What a character key does to the view; null when it means nothing here. */
export function characterChange(key: string, view: ViewState): ViewChange | null {
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
    case 'm':
    case 'M':
      return { mode: nextMode(view.mode) };
    default:
      return null;
  }
}

/** Arrows move the picture; null for other keys. */
export function arrowChange(key: string, view: ViewState, image: Size): ViewChange | null {
  const step = arrows[key];
  return step ? { ...panBy(view, image, step.x, step.y), fit: false } : null;
}

/** Where the comparison line goes from `slider`; null when the key doesn't move it. */
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
