/**
 * Blends overlapping tile outputs into the final picture, block by block. Tiles are weighted by a Gaussian that peaks in
 * their middle (as InvSR does, §7.1) and the weights are divided by their exact sum over all tiles at each pixel, so a
 * pixel that only one tile covers, at the image's border above all, is that tile's value itself: nothing is amplified.
 *
 * The grid is regular, so the sum of weights is a product of one sum per axis and is divided out beforehand: a block
 * needs three floats a pixel, no weight plane. Blocks are the cells between the tiles' starts; each is held from its
 * first tile to its last and then handed out as 8-bit pixels, so in scan order about one row of cells is in memory.
 */
import { type FloatImage, floatImage, floatToRgba8, type Rect, type Rgba8 } from './image.ts';
import type { Tile, TilePlan } from './tiling.ts';

interface Axis {
  /** Per tile position: normalised weight of each of its pixels. */
  readonly weights: readonly Float32Array[];
  /** First pixel of each tile position, HR, may be negative. */
  readonly tileStarts: readonly number[];
  /** First pixel of each block, HR, and at the end the image's length. */
  readonly blockStarts: readonly number[];
  /** Per block: how many tile positions reach into it. */
  readonly tilesOfBlock: readonly number[];
}

interface Block {
  readonly rect: Rect;
  readonly sum: FloatImage;
  tilesLeft: number;
}

/** Un-normalised weights along a side of k pixels: σ = 0.3·((k − 1)/2 − 1) + 0.8 as in InvSR, centred on the tile. */
function gaussian(k: number): Float64Array {
  const sigma = 0.3 * ((k - 1) / 2 - 1) + 0.8;
  return Float64Array.from({ length: k }, (_, i) => Math.exp(-0.5 * ((i - (k - 1) / 2) / sigma) ** 2));
}

function layOut(starts: readonly number[], tile: number, length: number): Axis {
  const profile = gaussian(tile);
  const total = new Float64Array(length);
  for (const start of starts) {
    for (let i = Math.max(0, -start); i < tile && start + i < length; i++) {
      total[start + i] += profile[i];
    }
  }
  const weights = starts.map((start) => Float32Array.from(profile, (weight, i) => weight / (total[start + i] ?? 1)));
  const blockStarts = [...starts.map((start) => Math.max(0, start)), length];
  const tilesOfBlock = starts.map((_, block) => {
    const [begin, end] = [blockStarts[block], blockStarts[block + 1]];
    return starts.filter((start) => start < end && start + tile > begin).length;
  });
  return { weights, tileStarts: starts, blockStarts, tilesOfBlock };
}

export class BlockAccumulator {
  readonly #plan: TilePlan;
  readonly #side: number;
  readonly #columns: Axis;
  readonly #rows: Axis;
  readonly #onBlock: (rect: Rect, pixels: Rgba8) => void;
  readonly #blocks = new Map<number, Block>();
  readonly #added = new Set<number>();

  /**
   * @param plan where the tiles lie, LR pixels
   * @param scale HR pixels per LR pixel
   * @param onBlock gets each finished block once: its rectangle in HR pixels of the image and its opaque pixels. Blocks
   *   cover the image (width · scale × height · scale) without gap or overlap.
   */
  constructor(plan: TilePlan, scale: number, onBlock: (rect: Rect, pixels: Rgba8) => void) {
    const { tiles, columns, rows } = plan;
    this.#plan = plan;
    this.#side = plan.tile * scale;
    this.#onBlock = onBlock;
    const xs = tiles.slice(0, columns).map(({ x }) => x * scale);
    const ys = tiles.filter((_, i) => i % columns === 0).map(({ y }) => y * scale);
    if (xs.length !== columns || ys.length !== rows) throw new RangeError('The tile plan is not a full grid.');
    this.#columns = layOut(xs, this.#side, plan.width * scale);
    this.#rows = layOut(ys, this.#side, plan.height * scale);
  }

  /** Bytes of all blocks that wait for more tiles. */
  get bytes(): number {
    let bytes = 0;
    for (const { sum } of this.#blocks.values()) bytes += sum.data.byteLength;
    return bytes;
  }

  /**
   * Adds a tile's output and hands out the blocks that it completes. Order doesn't matter, except to memory.
   * @param pixels side · side · 3 values (HWC), RGB in [−1, 1], side = tile · scale
   * @throws RangeError when the output has another size, or the tile is not of the plan or was added before
   */
  add(tile: Tile, pixels: Float32Array): void {
    const { columns, rows } = this.#plan;
    const [column, row] = [tile.index % columns, Math.floor(tile.index / columns)];
    if (!(row >= 0 && row < rows) || this.#added.has(tile.index)) {
      throw new RangeError(`Tile ${tile.index} is not of this plan or was added before.`);
    }
    if (pixels.length !== this.#side ** 2 * 3) {
      throw new RangeError(`A tile of ${this.#side} × ${this.#side} px can't have ${pixels.length} values.`);
    }
    this.#added.add(tile.index);
    // A tile reaches into its own block and on until its end.
    const right = this.#columns.tileStarts[column] + this.#side;
    const bottom = this.#rows.tileStarts[row] + this.#side;
    for (let r = row; r < rows && this.#rows.blockStarts[r] < bottom; r++) {
      for (let c = column; c < columns && this.#columns.blockStarts[c] < right; c++) {
        const block = this.#block(c, r);
        this.#blend(block, column, row, pixels);
        block.tilesLeft--;
        if (block.tilesLeft > 0) continue;
        this.#blocks.delete(r * columns + c);
        this.#onBlock(block.rect, floatToRgba8(block.sum));
      }
    }
  }

  #block(column: number, row: number): Block {
    const key = row * this.#plan.columns + column;
    const known = this.#blocks.get(key);
    if (known) return known;
    const [x, right] = this.#columns.blockStarts.slice(column, column + 2);
    const [y, bottom] = this.#rows.blockStarts.slice(row, row + 2);
    const rect = { x, y, width: right - x, height: bottom - y };
    const tilesLeft = this.#columns.tilesOfBlock[column] * this.#rows.tilesOfBlock[row];
    const block: Block = { rect, sum: floatImage(rect.width, rect.height, 3), tilesLeft };
    this.#blocks.set(key, block);
    return block;
  }

  #blend({ rect, sum }: Block, column: number, row: number, pixels: Float32Array): void {
    const side = this.#side;
    const left = this.#columns.tileStarts[column];
    const top = this.#rows.tileStarts[row];
    const across = this.#columns.weights[column];
    const down = this.#rows.weights[row];
    const endX = Math.min(rect.x + rect.width, left + side) - left;
    const endY = Math.min(rect.y + rect.height, top + side) - top;
    for (let y = rect.y - top; y < endY; y++) {
      const weightY = down[y];
      let from = (y * side + rect.x - left) * 3;
      let to = (top + y - rect.y) * rect.width * 3;
      for (let x = rect.x - left; x < endX; x++, from += 3, to += 3) {
        const weight = weightY * across[x];
        sum.data[to] += weight * pixels[from];
        sum.data[to + 1] += weight * pixels[from + 1];
        sum.data[to + 2] += weight * pixels[from + 2];
      }
    }
  }
}
