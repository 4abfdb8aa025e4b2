/** The detail dial: from a faithful picture of regression to the detailed one of a co-trained student, by blending both. */
import { grey, type Rgba8 } from './image.ts';

/** Per cent of the detailed picture. */
export const fullDetail = 100;

/** Places that stay faithful wherever the dial stands: 0 (as the dial says) … 255 (faithful), a value for each LR pixel. */
export interface ProtectMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * A mask from a picture, white where to protect: as large as the LR picture, or larger by the upscaling factor.
 *
 * @throws one sentence where it has another size
 */
export function protectMask(
  picture: Rgba8,
  { width, height }: Pick<Rgba8, 'width' | 'height'>,
  factor: number,
): ProtectMask {
  const scale = picture.width / width;
  if ((scale !== 1 && scale !== factor) || picture.height !== height * scale)
    throw new Error(
      `The mask is ${picture.width} × ${picture.height} px; it has to be ${width} × ${height} or ${width * factor} × ${height * factor} px.`,
    );
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const [left, top] = [(i % width) * scale, Math.floor(i / width) * scale];
    let sum = 0;
    for (let k = 0; k < scale * scale; k++)
      sum += grey(picture, (top + Math.floor(k / scale)) * picture.width + left + (k % scale));
    data[i] = Math.round(sum / scale ** 2);
  }
  return { width, height, data };
}

/** Part of a picture that is protected, 0 … 1. */
export function protectedShare({ data }: ProtectMask): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum / 255 / data.length;
}

/** For each HR pixel of a line the two LR pixels around its middle, and how far it is from the first of them to the second. */
function places(length: number, lowLength: number) {
  const scale = length / lowLength;
  return Array.from({ length }, (_, i) => {
    const at = Math.min(lowLength - 1, Math.max(0, (i + 0.5) / scale - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(lowLength - 1, first + 1), part: at - first };
  });
}

/**
 * faithful + w · (detailed − faithful) in 8 bit, with w = detail/100 · (1 − protect): exactly the one at 0 and exactly the other
 * at 100 where nothing is protected. The mask is enlarged bilinearly.
 *
 * @param detail 0 … 100
 * @returns a new picture with the alpha of the detailed one
 * @throws where the pictures differ in size
 */
export function blendDetail(faithful: Rgba8, detailed: Rgba8, detail: number, protect?: ProtectMask | null): Rgba8 {
  const { width, height } = detailed;
  if (faithful.width !== width || faithful.height !== height)
    throw new Error(
      `The faithful picture is ${faithful.width} × ${faithful.height} px, the detailed one ${width} × ${height} px.`,
    );
  const data = new Uint8ClampedArray(detailed.data);
  const [columns, rows] = protect ? [places(width, protect.width), places(height, protect.height)] : [];
  const protectedAt = (x: number, y: number): number => {
    const [column, row] = [columns?.[x], rows?.[y]];
    if (!protect || !column || !row) return 0;
    const line = (from: number) => {
      const [a, b] = [protect.data[from + column.first] ?? 0, protect.data[from + column.second] ?? 0];
      return a + column.part * (b - a);
    };
    const [above, below] = [line(row.first * protect.width), line(row.second * protect.width)];
    return (above + row.part * (below - above)) / 255;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const part = (detail / fullDetail) * (1 - protectedAt(x, y));
      for (let channel = i; channel < i + 3; channel++) {
        const from = faithful.data[channel] ?? 0;
        data[channel] = from + part * ((detailed.data[channel] ?? 0) - from);
      }
    }
  }
  return { width, height, data };
}
