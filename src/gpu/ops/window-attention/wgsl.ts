/** WGSL that the programs of window attention share: the workgroup's window and head, a token's values, the score of a pair. */
import type { ShiftMask } from './reference.ts';

export interface Kind {
  /** Side of a window. */
  readonly window: number;
  /** Channels of a head. */
  readonly depth: number;
  readonly mask: ShiftMask;
}

const apart: Readonly<Record<ShiftMask, string>> = {
  published: 'p.lastRow & parted(a % window, b % window)',
  standard: '((p.lastRow & parted(a / window, b / window)) | (p.lastColumn & parted(a % window, b % window)))',
};

export const list = (count: number, text: (i: number) => string, between = '\n') =>
  Array.from({ length: count }, (_, i) => text(i)).join(between);

export const common = ({ window, depth, mask }: Kind) => {
  const fours = depth / 4;
  return `
struct Sizes { height: u32, width: u32, heads: u32, shift: u32 }
const window = ${window}u;
const tokens = ${window * window}u;
const fours = ${fours}u;
const scale = f32(${depth ** -0.5});
struct Place { batch: u32, row: u32, column: u32, head: u32, lastRow: bool, lastColumn: bool }
fn placeOf(g: vec3<u32>) -> Place {
  let columns = s.width / window;
  let rows = s.height / window;
  let row = g.x / columns % rows;
  let column = g.x % columns;
  return Place(g.x / (rows * columns), row, column, g.y, row == rows - 1u, column == columns - 1u);
}
/** A token's pixel: windows lie on the map moved up and to the left. */
fn pixelOf(p: Place, token: u32) -> u32 {
  let row = (p.row * window + token / window + s.shift) % s.height;
  let column = (p.column * window + token % window + s.shift) % s.width;
  return (p.batch * s.height + row) * s.width + column;
}
/** Where queries (0), keys (1) or values (2) of a token begin. */
fn partOf(p: Place, token: u32, part: u32) -> u32 {
  return ((pixelOf(p, token) * 3u + part) * s.heads + p.head) * fours;
}
fn outOf(p: Place, token: u32) -> u32 { return (pixelOf(p, token) * s.heads + p.head) * fours; }
fn entryOf(a: u32, b: u32) -> u32 {
  return (a / window + window - 1u - b / window) * (2u * window - 1u) + a % window + window - 1u - b % window;
}
/** On either side of the edge of a shifted map? */
fn parted(a: u32, b: u32) -> bool { return (a < window - s.shift) != (b < window - s.shift); }
/** Bias and mask (reference.ts). */
fn offsetOf(p: Place, a: u32, b: u32) -> f32 {
  let apart = (s.shift > 0u) & ${apart[mask]};
  return bias[entryOf(a, b) * s.heads + p.head] - select(0.0, 100.0, apart);
}`;
};
