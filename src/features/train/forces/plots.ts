/**
 * Geometry of two plots of a run: the shares that the terms of the student's loss have in its gradient, one upon the other over the
 * run; and the student's way over the perception–distortion plane (report/plane.ts), as differences from bicubic of the same crops.
 */
import { type TermName, termNames } from '../../../paper/names.ts';
import { ticks } from '../../../report/plane.ts';
import type { CurveName } from '../../../store/curves/curves.ts';

/** A run's numbers by column (store/curves); NaN where a number was not measured. */
export interface Columns {
  readonly first: number;
  readonly end: number;
  readonly get: (name: CurveName) => { at(index: number): number };
}

export interface Band {
  readonly term: TermName;
  /** Of each bucket, from 0 to 1: where the term's share begins, and where it ends. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Of the newest bucket. */
  readonly share: number;
}

/** Rows that a bucket looks at: a mean of these tells as much as one of all. */
const mostRows = 8;

/** The mean shares of a bucket's rows, together 1; all 0 where none was measured. */
function meansOf(columns: Columns, from: number, to: number): number[] {
  const by = Math.max(1, Math.ceil((to - from) / mostRows));
  const sums = termNames.map(() => 0);
  for (let index = from; index < to; index += by) {
    termNames.forEach((term, i) => {
      sums[i] = (sums[i] ?? 0) + (columns.get(`termShares.${term}`).at(index) || 0);
    });
  }
  const all = sums.reduce((total, sum) => total + sum, 0);
  return sums.map((sum) => (all > 0 ? sum / all : 0));
}

/**
 * A band for each term that has any share, in the order of `termNames`, from the bottom up.
 * @param most buckets at most, of equally many iterations each
 */
export function stackedShares(columns: Columns, most: number): Band[] {
  const { first, end } = columns;
  const buckets = Math.min(most, end - first);
  const edge = (bucket: number) => first + Math.floor(((end - first) * bucket) / buckets);
  const means = Array.from({ length: buckets }, (_, bucket) => meansOf(columns, edge(bucket), edge(bucket + 1)));
  const below = means.map(() => 0);
  return termNames.flatMap((term, i) => {
    const shares = means.map((bucket) => bucket[i] ?? 0);
    if (shares.every((share) => share === 0)) return [];
    const low = [...below];
    shares.forEach((share, bucket) => {
      below[bucket] = (below[bucket] ?? 0) + share;
    });
    return [{ term, low, high: [...below], share: shares.at(-1) ?? 0 }];
  });
}

/** Corners of an SVG polygon, `width` wide and 100 high: along the top to the right, and back along the bottom. */
export function bandPoints({ low, high }: Band, width: number): string {
  const x = (bucket: number) => ((high.length > 1 ? bucket / (high.length - 1) : 0) * width).toFixed(1);
  const y = (share: number) => (100 * (1 - share)).toFixed(2);
  // A single bucket is as wide as the whole.
  if (high.length === 1)
    return `0,${y(high[0] ?? 0)} ${width},${y(high[0] ?? 0)} ${width},${y(low[0] ?? 0)} 0,${y(low[0] ?? 0)}`;
  const top = high.map((share, bucket) => `${x(bucket)},${y(share)}`);
  const bottom = low.map((share, bucket) => `${x(bucket)},${y(share)}`).reverse();
  return [...top, ...bottom].join(' ');
}

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

/** Of a label's letters; they are as wide as this at the most, on average. */
const [ascent, descent, letterWidth] = [10, 3, 5.9];
/** Beside a point, and half of what its mark takes. */
const [gap, markSize] = [7, 5];

export interface Label<T> {
  readonly item: T;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Beside the point, moved down from it where another label or point is. */
  readonly labelX: number;
  readonly labelY: number;
  readonly anchor: 'start' | 'end';
}

/**
 * Labels that cover neither each other nor a point, to the left of points that have no room at the right.
 * @param right edge of the drawing, pixels
 */
export function labelled<T extends PlanePlace>(
  items: readonly T[],
  textOf: (item: T) => string,
  scale: PlaneScale,
  right: number,
): Label<T>[] {
  const found = items.map((item) => ({ item, text: textOf(item), x: scale.x(item.psnrY), y: scale.y(item.lpips) }));
  const taken = found.map(({ x, y }) => ({
    left: x - markSize,
    right: x + markSize,
    top: y - markSize,
    bottom: y + markSize,
  }));
  return found
    .sort((a, b) => a.y - b.y)
    .map((point) => {
      const width = letterWidth * point.text.length;
      const isInside = point.x + gap + width <= right || point.x + point.x < right;
      const anchor = isInside ? 'start' : 'end';
      const labelX = anchor === 'end' ? point.x - gap : point.x + gap;
      const left = anchor === 'end' ? labelX - width : labelX;
      let labelY = point.y + 4;
      const covered = () =>
        taken.find(
          (box) =>
            box.left < left + width && box.right > left && box.top < labelY + descent && box.bottom > labelY - ascent,
        );
      // A pixel beyond the box: a rounding error would leave the label in it for ever.
      for (let box = covered(); box; box = covered()) labelY = box.bottom + ascent + 1;
      taken.push({ left, right: left + width, top: labelY - ascent, bottom: labelY + descent });
      return { ...point, labelX, labelY, anchor };
    });
}
