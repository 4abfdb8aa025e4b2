/**
 * Cuts an image into tiles. All tiles lie on one grid that starts at the whole image's top left, and where the last
 * ones reach beyond the image reflection fills them: so a tile's place never depends on the image's size, and a crop is cut
 * exactly like the same part of the whole. A plan says of each tile what is computed and what of that is used; where the used
 * parts of neighbours overlap, they are blended (accumulator.ts).
 */
import type { Rect } from './image.ts';

/**
 * For networks whose output depends on all that they see, as GroupNorm's statistics do: every tile is a square of one size,
 * the whole of it is used, and neighbours overlap.
 */
export interface BlendedTiling {
  readonly join: 'blend';
  /** Sides of tiles are multiples of this: window size × down-sampling of the network. LR pixels. */
  readonly align: number;
  /**
   * Distances between tiles are multiples of this; one of the network's down-sampling keeps the phase of strided convolutions
   * equal between tiles.
   */
  readonly strideAlign: number;
  /** Least part of a tile shared with its neighbour, [0, 1). */
  readonly overlap: number;
}

/**
 * For networks whose output depends on what is near: every tile is computed with its surroundings, which are the
 * neighbours' or a reflection, and its inside alone is used. The computed rectangle begins and ends on multiples of `align` of
 * the whole image, so that windows and the phase of strided convolutions are those of an image computed in one piece; at the
 * right and below no more is computed than is there.
 */
export interface ContextTiling {
  readonly join: 'context';
  readonly align: number;
  /** Least distance of a used pixel from the edge of what is computed, LR pixels. */
  readonly context: number;
}

export type Tiling = BlendedTiling | ContextTiling;

/**
 * A quarter of overlap, on strides of a quarter of `align`: twice the down-sampling for windows of 8, and the coarsest that
 * leaves exactly 25 % at every tile size.
 */
export const blended = (align: number): BlendedTiling => ({
  join: 'blend',
  align,
  strideAlign: align % 4 === 0 ? align / 4 : 1,
  overlap: 0.25,
});

/** A stretch of one axis, LR pixels of the image: what is computed, which may begin before 0 and end beyond the image. */
export interface Span {
  readonly start: number;
  readonly length: number;
  /** Of it, what is used: from `from` up to, not with, `to`. */
  readonly from: number;
  readonly to: number;
}

/** The rectangle that is computed. */
export interface Tile extends Rect {
  /** Row · columns + column. */
  readonly index: number;
  /** The part of the image that it gives, or has a part in. */
  readonly used: Rect;
}

export interface TilePlan {
  readonly width: number;
  readonly height: number;
  /** The side asked for, LR pixels: of every tile where they are blended, else of the largest used part. */
  readonly tile: number;
  /** Distance between neighbouring tiles, LR pixels. */
  readonly stride: number;
  readonly columns: readonly Span[];
  readonly rows: readonly Span[];
  /** By rows, top left first. */
  readonly tiles: readonly Tile[];
}

const floorTo = (value: number, step: number) => Math.floor(value / step) * step;
const ceilTo = (value: number, step: number) => Math.ceil(value / step) * step;

/** The longest side that is computed for tiles of this size. */
export const computedSide = (tiling: Tiling, tile: number): number =>
  tiling.join === 'blend' ? tile : tile + 2 * ceilTo(tiling.context, tiling.align);

/** For the pixels from `from` to `to` of an axis. */
function spanOf(tiling: Tiling, tile: number, from: number, to: number, length: number, origin: number): Span {
  const used = { from: Math.max(0, from), to: Math.min(length, to) };
  if (tiling.join === 'blend') return { start: from, length: tile, ...used };
  const { align, context } = tiling;
  const start = floorTo(origin + used.from - context, align) - origin;
  return { start, length: ceilTo(origin + used.to + context, align) - origin - start, ...used };
}

/** From the last grid line at or before `origin` until the image is covered. */
function spansOf(tiling: Tiling, tile: number, stride: number, length: number, origin: number): Span[] {
  const first = floorTo(origin, stride) - origin;
  const count = 1 + Math.max(0, Math.ceil((length - first - tile) / stride));
  return Array.from({ length: count }, (_, i) => {
    const from = first + i * stride;
    return spanOf(tiling, tile, from, from + tile, length, origin);
  });
}

const cross = (column: Span, row: Span, index: number): Tile => ({
  index,
  x: column.start,
  y: row.start,
  width: column.length,
  height: row.length,
  used: { x: column.from, y: row.from, width: column.to - column.from, height: row.to - row.from },
});

function strideOf(tiling: Tiling, tile: number): number {
  if (tiling.join === 'context') {
    if (!(Number.isInteger(tiling.context) && tiling.context >= 0))
      throw new RangeError(`A context of ${tiling.context} is not a whole number of pixels.`);
    return tile;
  }
  const { strideAlign, overlap } = tiling;
  if (!(overlap >= 0 && overlap < 1)) throw new RangeError(`An overlap of ${overlap} is not in [0, 1).`);
  const stride = floorTo(tile * (1 - overlap), strideAlign);
  if (stride >= 1) return stride;
  throw new RangeError(
    `A tile of ${tile} px has no stride that is a multiple of ${strideAlign} px and leaves the overlap.`,
  );
}

/**
 * The tiles that cover an image. One smaller than a tile, at the origin, is one tile.
 * @param tile side of what a tile gives, LR pixels
 * @param origin absolute position of the image's top left in the whole that it was cropped from, LR pixels
 * @throws RangeError for sizes that are not positive whole numbers or a tile that is no multiple of `align`
 */
export function planTiles(
  size: { readonly width: number; readonly height: number },
  tile: number,
  tiling: Tiling,
  origin: { readonly x: number; readonly y: number } = { x: 0, y: 0 },
): TilePlan {
  const { width, height } = size;
  const { align } = tiling;
  for (const length of [width, height, tile, align]) {
    if (!Number.isInteger(length) || length < 1)
      throw new RangeError(`${length} is not a positive whole number of pixels.`);
  }
  if (!Number.isInteger(origin.x) || !Number.isInteger(origin.y))
    throw new RangeError('The origin is not a whole pixel.');
  if (tile % align !== 0) throw new RangeError(`A tile of ${tile} px is not a multiple of ${align} px.`);
  const stride = strideOf(tiling, tile);
  const columns = spansOf(tiling, tile, stride, width, origin.x);
  const rows = spansOf(tiling, tile, stride, height, origin.y);
  const tiles = rows.flatMap((row, r) => columns.map((column, c) => cross(column, row, r * columns.length + c)));
  return { width, height, tile, stride, columns, rows, tiles };
}

/** One tile around a place, for those who want no more: what is used is centred there, as far as the image's edges let it. */
export function tileAround(
  size: { readonly width: number; readonly height: number },
  at: { readonly x: number; readonly y: number },
  tile: number,
  tiling: Tiling,
): Tile {
  const span = (centre: number, length: number) => {
    const from = Math.max(0, Math.min(length - tile, Math.round(centre - tile / 2)));
    return spanOf(tiling, tile, from, from + tile, length, 0);
  };
  return cross(span(at.x, size.width), span(at.y, size.height), 0);
}

/** LR pixels that are computed for these tiles. */
export const computedPixels = (tiles: readonly Pick<Rect, 'width' | 'height'>[]): number =>
  tiles.reduce((sum, { width, height }) => sum + width * height, 0);

/**
 * The order to run tiles in: those that show in `visible` (LR pixels of the image) from its centre outwards, then the
 * rest by scan lines, which keeps the blocks that wait for a neighbour to about one row of tiles.
 */
export function orderTiles(plan: TilePlan, visible: Rect | null = null): readonly Tile[] {
  if (!visible) return plan.tiles;
  const { x, y, width, height } = visible;
  const shows = ({ used }: Tile) =>
    used.x < x + width && used.x + used.width > x && used.y < y + height && used.y + used.height > y;
  const distance = ({ used }: Tile) =>
    Math.hypot(used.x + (used.width - width) / 2 - x, used.y + (used.height - height) / 2 - y);
  const near = plan.tiles.filter(shows).sort((a, b) => distance(a) - distance(b) || a.index - b.index);
  return [...near, ...plan.tiles.filter((tile) => !shows(tile))];
}
