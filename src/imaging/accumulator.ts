/**
 * Puts tile outputs together to the final picture, block by block. The used parts of tiles are weighted by a Gaussian that
 * peaks in the tile's middle (as InvSR does, §7.1) and the weights are divided by their exact sum over all tiles at each
 * pixel, so a pixel that only one tile is used for is that tile's value itself: nothing is amplified, and tiles whose used
 * parts don't overlap are set side by side.
 *
 * The grid is regular, so the sum of weights is a product of one sum per axis and is divided out beforehand: a block
 * needs three floats a pixel, no weight plane. Blocks are the cells between the used parts' starts; each is held from its
 * first tile to its last and then handed out as 8-bit pixels, so in scan order about one row of cells is in memory.
 */
import { type FloatImage, floatImage, floatToRgba8, type Rect, type Rgba8 } from './image.ts';
import type { Span, Tile, TilePlan } from './tiling.ts';

interface Axis {
  /** HR pixels. */
  readonly spans: readonly Span[];
  /** Per span: normalised weight of each of its pixels, of those that are used. */
  readonly weights: readonly Float32Array[];
  /** First pixel of each block, HR, and at the end the image's length. */
  readonly blockStarts: readonly number[];
  /** Per block: how many spans are used in it. */
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

function layOut(lowSpans: readonly Span[], scale: number, lowLength: number): Axis {
  const length = lowLength * scale;
  const spans = lowSpans.map(({ start, length, from, to }) => ({
    start: start * scale,
    length: length * scale,
    from: from * scale,
    to: to * scale,
  }));
  const total = new Float64Array(length);
  const profiles = spans.map((span) => gaussian(span.length));
  spans.forEach(({ start, from, to }, i) => {
    const profile = profiles[i];
    for (let at = from; at < to; at++) total[at] += profile[at - start];
  });
  const weights = spans.map(({ start }, i) =>
    Float32Array.from(profiles[i], (weight, at) => weight / (total[start + at] ?? 1)),
  );
  const blockStarts = [...spans.map(({ from }) => from), length];
  const tilesOfBlock = spans.map((_, block) => {
    const [begin, end] = [blockStarts[block], blockStarts[block + 1]];
    return spans.filter(({ from, to }) => from < end && to > begin).length;
  });
  return { spans, weights, blockStarts, tilesOfBlock };
}

export class BlockAccumulator {
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
    this.#onBlock = onBlock;
    this.#columns = layOut(plan.columns, scale, plan.width);
    this.#rows = layOut(plan.rows, scale, plan.height);
  }

  /** Bytes of all blocks that wait for more tiles. */
  get bytes(): number {
    let bytes = 0;
    for (const { sum } of this.#blocks.values()) bytes += sum.data.byteLength;
    return bytes;
  }

  /**
   * Adds a tile's output and hands out the blocks that it completes. Order doesn't matter, except to memory.
   * @param pixels of all that was computed: height · width · 3 values (HWC) of `scale` times the tile's size, RGB in [−1, 1]
   * @throws RangeError when the output has another size, or the tile is not of the plan or was added before
   */
  add(tile: Tile, pixels: Float32Array): void {
    const columns = this.#columns.spans.length;
    const rows = this.#rows.spans.length;
    const [column, row] = [tile.index % columns, Math.floor(tile.index / columns)];
    if (!(row >= 0 && row < rows) || this.#added.has(tile.index)) {
      throw new RangeError(`Tile ${tile.index} is not of this plan or was added before.`);
    }
    const [across, down] = [this.#columns.spans[column], this.#rows.spans[row]];
    if (pixels.length !== across.length * down.length * 3) {
      throw new RangeError(`A tile of ${across.length} × ${down.length} px can't have ${pixels.length} values.`);
    }
    this.#added.add(tile.index);
    // A tile reaches into its own block and on until the end of its used part.
    for (let r = row; r < rows && this.#rows.blockStarts[r] < down.to; r++) {
      for (let c = column; c < columns && this.#columns.blockStarts[c] < across.to; c++) {
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
    const key = row * this.#columns.spans.length + column;
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
    const across = this.#columns.spans[column];
    const down = this.#rows.spans[row];
    const acrossWeights = this.#columns.weights[column];
    const downWeights = this.#rows.weights[row];
    const endX = Math.min(rect.x + rect.width, across.to) - across.start;
    const endY = Math.min(rect.y + rect.height, down.to) - down.start;
    for (let y = rect.y - down.start; y < endY; y++) {
      const weightY = downWeights[y];
      let from = (y * across.length + rect.x - across.start) * 3;
      let to = (down.start + y - rect.y) * rect.width * 3;
      for (let x = rect.x - across.start; x < endX; x++, from += 3, to += 3) {
        const weight = weightY * acrossWeights[x];
        sum.data[to] += weight * pixels[from];
        sum.data[to + 1] += weight * pixels[from + 1];
        sum.data[to + 2] += weight * pixels[from + 2];
      }
    }
  }
}
