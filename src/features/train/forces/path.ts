/** The student's way over the perception–distortion plane (report/plane.ts), as differences from bicubic of the same crops. */
import { ticks } from '../../../report/plane.ts';
import type { Columns } from './shares.ts';

export interface PlanePlace {
  /** dB more than bicubic; more is closer to the truth. */
  readonly psnrY: number;
  /** LPIPS less than bicubic's; more is closer to the truth as people see it. */
  readonly lpips: number;
}

export interface PathPoint extends PlanePlace {
  /** Iterations done. */
  readonly step: number;
}

/** A method's place by its scores and bicubic's on the same pictures. */
export const placeOf = (
  scores: { readonly psnrY: number; readonly lpips: number },
  bicubic: { readonly psnrY: number; readonly lpips: number },
): PlanePlace => ({ psnrY: scores.psnrY - bicubic.psnrY, lpips: bicubic.lpips - scores.lpips });

/**
 * The held-out measurements of a run that have both numbers, in order.
 * @param until iterations that are shown; null: all
 */
export function pathOf(columns: Columns, until: number | null): PathPoint[] {
  const names = ['psnrY', 'lpips', 'bicubicPsnrY', 'bicubicLpips'] as const;
  const [psnrY, lpips, bicubicPsnrY, bicubicLpips] = names.map((name) => columns.get(`heldOut.${name}`));
  const steps = columns.get('iteration');
  const path: PathPoint[] = [];
  for (let index = columns.first; index < columns.end; index++) {
    const step = steps.at(index);
    if (until !== null && step > until) break;
    const place = placeOf(
      { psnrY: psnrY?.at(index) ?? Number.NaN, lpips: lpips?.at(index) ?? Number.NaN },
      { psnrY: bicubicPsnrY?.at(index) ?? Number.NaN, lpips: bicubicLpips?.at(index) ?? Number.NaN },
    );
    if (Number.isFinite(place.psnrY) && Number.isFinite(place.lpips)) path.push({ step, ...place });
  }
  return path;
}

export interface PlaneScale {
  /** Pixels from the left and the top. */
  readonly x: (psnrY: number) => number;
  readonly y: (lpips: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/**
 * Holds all places and bicubic's, with some room; right and up is better.
 * @param box edges in pixels
 */
export function planeScale(
  places: readonly PlanePlace[],
  box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
): PlaneScale {
  const range = (values: readonly number[]): readonly [number, number] => {
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
    const room = 0.12 * (most - least) || 0.1;
    return [least - room, most + room];
  };
  const [left, right] = range(places.map(({ psnrY }) => psnrY));
  const [low, high] = range(places.map(({ lpips }) => lpips));
  return {
    x: (value) => box.left + ((value - left) / (right - left)) * (box.right - box.left),
    y: (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top),
    xTicks: ticks(left, right, 5),
    yTicks: ticks(low, high, 5),
  };
}

const [lineHeight, labelRoom] = [13, 120];

export interface Label<T> {
  readonly item: T;
  readonly x: number;
  readonly y: number;
  /** Beside the point, moved down from it where another label is. */
  readonly labelX: number;
  readonly labelY: number;
  readonly anchor: 'start' | 'end';
}

/** Labels that don't cover each other, to the left of points that have no room at the right. @param right edge of the drawing, pixels */
export function labelled<T extends PlanePlace>(items: readonly T[], scale: PlaneScale, right: number): Label<T>[] {
  const placed: Label<T>[] = [];
  const found = items.map((item) => ({ item, x: scale.x(item.psnrY), y: scale.y(item.lpips) }));
  for (const { item, x, y } of found.sort((a, b) => a.y - b.y)) {
    const near = placed.filter((other) => Math.abs(other.x - x) < labelRoom).map(({ labelY }) => labelY + lineHeight);
    const anchor = x + labelRoom > right ? 'end' : 'start';
    placed.push({ item, x, y, labelX: anchor === 'end' ? x - 7 : x + 7, labelY: Math.max(y + 4, ...near), anchor });
  }
  return placed;
}
