/**
 * The perception–distortion plane (Blau and Michaeli, CVPR 2018): methods by their fidelity and by how natural they look. No method can be
 * best at both beyond a bound, so a claim for one of the two alone says little. Pure geometry, for the page and for the file in docs.
 */
import type { Column, MethodResult } from './columns.ts';
import { type EvaluationMethod, isNetwork, isTeacher, shortMethodTitle } from './methods.ts';

export interface PlanePoint {
  readonly method: EvaluationMethod;
  readonly label: string;
  /** Pixels from the left and the top. */
  readonly x: number;
  readonly y: number;
  /** Where the label stands: right of the point, moved from it where another label is. */
  readonly labelY: number;
  readonly group: 'teacher' | 'student' | 'other';
}

export interface Plane {
  readonly points: readonly PlanePoint[];
  /** The teacher from its fewest steps to all of them, as one line. */
  readonly teacher: readonly PlanePoint[];
  readonly xTicks: readonly { readonly value: number; readonly at: number }[];
  readonly yTicks: readonly { readonly value: number; readonly at: number }[];
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const lineHeight = 15;

/** Round distances of at most about `most` lines over a span. */
function spacing(span: number, most: number): number {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= most) ?? 10);
}

/** Multiples of a round distance within [low, high], about `most` of them. */
export function ticks(low: number, high: number, most: number): number[] {
  const by = spacing(high - low, most);
  const first = Math.ceil(low / by);
  return Array.from({ length: Math.floor(high / by) - first + 1 }, (_, i) =>
    Number(((first + i) * by).toPrecision(12)),
  );
}

function scale(values: readonly number[], from: number, to: number) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (most - least) || 1;
  const [low, high] = [least - room, most + room];
  const at = (value: number) => from + ((value - low) / (high - low)) * (to - from);
  return { at, ticks: ticks(low, high, 6).map((value) => ({ value, at: at(value) })) };
}

const groupOf = (method: EvaluationMethod): PlanePoint['group'] =>
  isTeacher(method) ? 'teacher' : isNetwork(method) ? 'student' : 'other';

/** Labels of one neighbourhood under each other, in the order of their points. */
function spaced(points: readonly PlanePoint[], reach: number): PlanePoint[] {
  const placed: PlanePoint[] = [];
  for (const point of [...points].sort((a, b) => a.y - b.y)) {
    const near = placed.filter(({ x }) => Math.abs(x - point.x) < reach);
    const lowest = Math.max(...near.map(({ labelY }) => labelY + lineHeight), Number.NEGATIVE_INFINITY);
    placed.push({ ...point, labelY: Math.max(point.y, lowest) });
  }
  return placed;
}

/**
 * The methods of a set that have a value on both axes; the round trip of the truth is no method. Better is right and up.
 * @param fidelity the horizontal axis @param perception the vertical one
 * @param width @param height of the whole, pixels
 * @returns null with fewer than two such methods
 */
export function planeOf(
  results: readonly MethodResult[],
  fidelity: Column,
  perception: Column,
  width: number,
  height: number,
): Plane | null {
  const measured = results.flatMap((result) => {
    const [a, b] = [fidelity.ofMethod(result), perception.ofMethod(result)];
    const counts = result.method !== 'autoencoder' && Number.isFinite(a) && Number.isFinite(b);
    return counts ? [{ result, a: a as number, b: b as number }] : [];
  });
  if (measured.length < 2) return null;
  const [left, top, right, bottom] = [64, 14, width - 130, height - 46];
  const along = scale(
    measured.map(({ a }) => a),
    ...(fidelity.better === 'higher' ? ([left, right] as const) : ([right, left] as const)),
  );
  const up = scale(
    measured.map(({ b }) => b),
    ...(perception.better === 'higher' ? ([bottom, top] as const) : ([top, bottom] as const)),
  );
  const points = measured.map(({ result: { method, steps }, a, b }): PlanePoint => {
    const [x, y] = [along.at(a), up.at(b)];
    return { method, label: shortMethodTitle(method, steps), x, y, labelY: y, group: groupOf(method) };
  });
  return {
    points: spaced(points, 130),
    // PSNR falls as steps are added: from right to left.
    teacher: points
      .filter(({ group, method }) => group === 'teacher' && method !== 'resshift-det')
      .sort((p, q) => q.x - p.x),
    xTicks: along.ticks,
    yTicks: up.ticks,
    left,
    top,
    right,
    bottom,
  };
}
