/**
 * The perception–distortion plane (Blau and Michaeli, CVPR 2018): methods by their fidelity and by how natural they look. No method can be
 * best at both beyond a bound, so a claim for one of the two alone says little. Pure geometry, for the page and for the file in docs.
 */
import type { Better, Column, MethodResult } from './columns.ts';
import { type EvaluationMethod, isNetwork, isTeacher, shortMethodTitle } from './methods.ts';

/** A method, or a student of an experiment, by its two values. */
export interface PlaneEntry {
  readonly label: string;
  readonly group: 'teacher' | 'student' | 'other';
  /** On the horizontal and the vertical axis. */
  readonly values: readonly [number, number];
}

/** Pixels from the left and the top. */
interface Place {
  readonly x: number;
  readonly y: number;
  /** Where the label stands: right of the point, moved from it where another label is. */
  readonly labelY: number;
}

export interface Plane<Entry extends PlaneEntry = PlaneEntry> {
  readonly points: readonly (Entry & Place)[];
  /** Joined in this order. */
  readonly line: readonly (Entry & Place)[];
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

const groupOf = (method: EvaluationMethod): PlaneEntry['group'] =>
  isTeacher(method) ? 'teacher' : isNetwork(method) ? 'student' : 'other';

/** Pixels within which points lie side by side. */
const sideBySide = 4;

/** Labels of one neighbourhood under each other, in the order of their points; of those side by side the last has its own to the right of it. */
function spaced<Point extends Place>(points: readonly Point[], reach: number): Point[] {
  const placed: Point[] = [];
  const row = ({ y }: Point) => Math.round(y / sideBySide);
  for (const point of [...points].sort((a, b) => row(a) - row(b) || b.x - a.x)) {
    const near = placed.filter(({ x }) => Math.abs(x - point.x) < reach);
    const lowest = Math.max(...near.map(({ labelY }) => labelY + lineHeight), Number.NEGATIVE_INFINITY);
    placed.push({ ...point, labelY: Math.max(point.y, lowest) });
  }
  return placed;
}

/**
 * Better is right and up.
 * @param joined the entries on the line, in its order @param better each axis's direction
 * @param width @param height of the whole, pixels
 * @returns null with fewer than two entries
 */
export function planeOf<Entry extends PlaneEntry>(
  entries: readonly Entry[],
  joined: readonly Entry[],
  [fidelity, perception]: readonly [Better, Better],
  width: number,
  height: number,
): Plane<Entry> | null {
  if (entries.length < 2) return null;
  const [left, top, right, bottom] = [64, 14, width - 130, height - 46];
  const along = scale(
    entries.map(({ values }) => values[0]),
    ...(fidelity === 'higher' ? ([left, right] as const) : ([right, left] as const)),
  );
  const up = scale(
    entries.map(({ values }) => values[1]),
    ...(perception === 'higher' ? ([bottom, top] as const) : ([top, bottom] as const)),
  );
  const placed = (entry: Entry): Entry & Place => {
    const [x, y] = [along.at(entry.values[0]), up.at(entry.values[1])];
    return { ...entry, x, y, labelY: y };
  };
  return {
    points: spaced(entries.map(placed), 130),
    line: joined.map(placed),
    xTicks: along.ticks,
    yTicks: up.ticks,
    left,
    top,
    right,
    bottom,
  };
}

/** The methods of a set that have a value on both axes, the teacher's joined by their steps; the round trip of the truth is no method. */
export function planeOfMethods(
  results: readonly MethodResult[],
  fidelity: Column,
  perception: Column,
  width: number,
  height: number,
): Plane<PlaneEntry & { readonly method: EvaluationMethod }> | null {
  const entries = results.flatMap((result) => {
    const { method, steps } = result;
    const [a, b] = [fidelity.ofMethod(result), perception.ofMethod(result)];
    if (method === 'autoencoder' || !Number.isFinite(a) || !Number.isFinite(b)) return [];
    const values = [a as number, b as number] as const;
    return [{ method, label: shortMethodTitle(method, steps), group: groupOf(method), values }];
  });
  const teacher = entries
    .filter(({ group, method }) => group === 'teacher' && method !== 'resshift-det')
    // PSNR falls as steps are added: from right to left.
    .sort((p, q) => q.values[0] - p.values[0]);
  return planeOf(entries, teacher, [fidelity.better, perception.better], width, height);
}
