/**
 * How an image is cut into tiles of one fixed size. All tiles lie on one grid that starts at the whole image's top left,
 * and the last ones reach beyond the image (reflection fills them) instead of being shifted inwards: so a tile's place
 * never depends on the image's size, and a crop is cut exactly like the same part of the whole.
 */
import type { Rect } from './image.ts';

/** A square of the image, LR pixels from the image's top left; x and y may be negative where a crop starts off the grid. */
export interface Tile {
  /** Row · columns + column. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

export interface TilePlan {
  readonly width: number;
  readonly height: number;
  /** Side of every tile, LR pixels. */
  readonly tile: number;
  /** Distance between neighbouring tiles' starts, LR pixels. */
  readonly stride: number;
  readonly columns: number;
  readonly rows: number;
  /** By rows, top left first. */
  readonly tiles: readonly Tile[];
}

export interface TileOptions {
  /** The tile's side is a multiple of this: window size × down-sampling of the network (64 for four levels). */
  readonly align: number;
  /**
   * Strides are a multiple of this. A multiple of the network's down-sampling keeps the phase of strided convolutions
   * equal between tiles, one of `align` the window partition too. Default: a quarter of `align`, twice the down-sampling
   * for windows of 8, the coarsest that leaves exactly 25 % overlap at every tile size.
   */
  readonly strideAlign?: number;
  /** Least part of a tile shared with its neighbour, [0, 1). Default 0.25. */
  readonly overlapFraction?: number;
  /** Absolute position of the image's top left in the whole that it was cropped from, LR pixels. Default (0, 0). */
  readonly origin?: { readonly x: number; readonly y: number };
}

/** Starts along one axis: from the last grid line at or before `origin` until the image is covered. */
function axisStarts(length: number, tile: number, stride: number, origin: number): number[] {
  const first = Math.floor(origin / stride) * stride - origin;
  const count = 1 + Math.max(0, Math.ceil((length - first - tile) / stride));
  return Array.from({ length: count }, (_, i) => first + i * stride);
}

/**
 * The tiles that cover an image. One smaller than a tile, at the origin, is one tile.
 * @throws RangeError for sizes that are not positive whole numbers or a tile that is no multiple of `align`
 */
export function planTiles(
  size: { readonly width: number; readonly height: number },
  tile: number,
  options: TileOptions,
): TilePlan {
  const { width, height } = size;
  const { align, overlapFraction = 0.25, origin = { x: 0, y: 0 } } = options;
  const strideAlign = options.strideAlign ?? (align % 4 === 0 ? align / 4 : 1);
  for (const length of [width, height, tile, align, strideAlign]) {
    if (!Number.isInteger(length) || length < 1)
      throw new RangeError(`${length} is not a positive whole number of pixels.`);
  }
  if (!Number.isInteger(origin.x) || !Number.isInteger(origin.y))
    throw new RangeError('The origin is not a whole pixel.');
  if (tile % align !== 0) throw new RangeError(`A tile of ${tile} px is not a multiple of ${align} px.`);
  if (!(overlapFraction >= 0 && overlapFraction < 1))
    throw new RangeError(`An overlap of ${overlapFraction} is not in [0, 1).`);
  const stride = Math.floor((tile * (1 - overlapFraction)) / strideAlign) * strideAlign;
  if (stride < 1) {
    throw new RangeError(
      `A tile of ${tile} px has no stride that is a multiple of ${strideAlign} px and leaves the overlap.`,
    );
  }
  const xs = axisStarts(width, tile, stride, origin.x);
  const ys = axisStarts(height, tile, stride, origin.y);
  const tiles = ys.flatMap((y, row) => xs.map((x, column): Tile => ({ index: row * xs.length + column, x, y })));
  return { width, height, tile, stride, columns: xs.length, rows: ys.length, tiles };
}

/**
 * The order to run tiles in: those that show in `visible` (LR pixels of the image) from its centre outwards, then the
 * rest by scan lines, which keeps the blocks that wait for a neighbour to about one row of tiles.
 */
export function orderTiles(plan: TilePlan, visible: Rect | null = null): readonly Tile[] {
  if (!visible) return plan.tiles;
  const { x, y, width, height } = visible;
  const shows = (tile: Tile) =>
    tile.x < x + width && tile.x + plan.tile > x && tile.y < y + height && tile.y + plan.tile > y;
  const half = plan.tile / 2;
  const distance = (tile: Tile) => Math.hypot(tile.x + half - x - width / 2, tile.y + half - y - height / 2);
  const near = plan.tiles.filter(shows).sort((a, b) => distance(a) - distance(b) || a.index - b.index);
  return [...near, ...plan.tiles.filter((tile) => !shows(tile))];
}
