/** The comparison's keys, as changes of its view. */
import type { CompareLayer } from '../../../protocol/compare.ts';
import { type CompareView, nextComparison } from '../../../store/compare-view.ts';
import { clampCentre, outputScale, type Size } from '../../viewer/transform.ts';
import { zoomChange } from '../../viewer/view-keys.ts';

/** Result pixels that the loupe moves with a press. */
const step = 1 / outputScale;
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

/** Moves the loupe by a result pixel; null for other keys, and without it. */
export function aimChange(key: string, { loupe, aim }: CompareView, image: Size): Partial<CompareView> | null {
  const move = arrows[key];
  return loupe && move ? { aim: clampCentre({ x: aim.x + move[0], y: aim.y + move[1] }, image) } : null;
}

/**
 * What a character key does; null when it means nothing here.
 * @param pair what is on screen; layers what could be
 */
export function comparisonChange(
  key: string,
  view: CompareView,
  [left, right]: readonly [CompareLayer, CompareLayer],
  layers: readonly CompareLayer[],
): Partial<CompareView> | null {
  const others = layers.filter((layer) => layer !== left);
  const other = (by: number) => others[(others.indexOf(right) + by + others.length) % others.length] ?? right;
  switch (key.toLowerCase()) {
    case 'm':
      return { mode: nextComparison(view.mode), held: false };
    case 'x':
      return { left: right, right: left };
    case '[':
      return { right: other(-1) };
    case ']':
      return { right: other(1) };
    case 'l':
      return { loupe: !view.loupe };
    default:
      return zoomChange(key, view);
  }
}
