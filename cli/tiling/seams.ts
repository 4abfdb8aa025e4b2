/** The lines on which tiles meet, and how much a picture changes there. */
import type { Rgba8 } from '../../src/imaging/image.ts';
import type { TilePlan } from '../../src/imaging/tiling.ts';

/** Output columns or rows where a tile's used part begins or ends inside the picture. Of a square plan both axes have the same ones. */
export function tileBorders({ columns, width }: TilePlan, scale: number): ReadonlySet<number> {
  const places = columns.flatMap(({ from, to }) => [from, to]).filter((x) => x > 0 && x < width);
  return new Set(places.map((x) => x * scale));
}
/**
 * Of each line of a square picture: mean |Δ| between it and the line before, over columns and rows and the three colours.
 * @returns as many values as the picture has columns, the first 0; 8-bit steps
 */
export function steps({ width, height, data }: Rgba8): Float64Array {
  if (width !== height) throw new RangeError(`${width}×${height} is not square.`);
  const sums = new Float64Array(width);
  for (let line = 1; line < width; line++) {
    for (let along = 0; along < width; along++) {
      const [column, row] = [(along * width + line) * 4, (line * width + along) * 4];
      for (let c = 0; c < 3; c++) {
        sums[line] += Math.abs(data[column + c] - data[column - 4 + c]);
        sums[line] += Math.abs(data[row + c] - data[row - width * 4 + c]);
      }
    }
  }
  return sums.map((sum) => sum / (6 * width));
}

/** Mean over the lines that `has` picks. */
export function meanAt(values: Float64Array, has: (line: number) => boolean): number {
  const picked = values.filter((_, line) => line > 0 && has(line));
  return picked.reduce((sum, value) => sum + value, 0) / picked.length;
}
