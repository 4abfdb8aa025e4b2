/**
 * The metrics' input: luma or colours of two 8-bit images, row by row, without alpha; and the least sizes that each metric takes,
 * which tables tell without measuring.
 */
import type { Rgba8 } from '../image.ts';

/** Side of SSIM's window: the least that an image can have. */
export const ssimWindow = 11;

/** The coarsest of MS-SSIM's five scales must hold a window: 161 px become 81, 41, 21, 11. */
export const msSsimSmallestSide = (ssimWindow - 1) * 2 ** 4 + 1;

/** Side of NIQE's patches in pixels of the full scale. */
export const niqePatch = 96;

/** For NIQE: a covariance takes two patches, and a flat one has no statistics. */
export const niqeNeeds = `two patches of ${niqePatch} × ${niqePatch} px that are not flat`;

/** Least side of a picture: both max-poolings need a whole window. */
export const lpipsSmallestSide = 31;

/** Largest value of the data: PSNR's peak, and SSIM's L. */
export const range = 255;

/** A plane's value at byte i of an RGBA image. */
export type Plane = (data: Uint8ClampedArray, i: number) => number;

const component =
  (offset: number): Plane =>
  (data, i) =>
    data[i + offset];
/** BT.601 studio range (16–235), not rounded, as BasicSR and pyiqa compute it (§7.2). */
export const studioLuma: Plane = (data, i) =>
  16 + (65.481 * data[i] + 128.553 * data[i + 1] + 24.966 * data[i + 2]) / 255;

export const luma: readonly Plane[] = [studioLuma];
export const rgb: readonly Plane[] = [component(0), component(1), component(2)];

/** Two planes of one size, read a row at a time: nobody needs to hold them whole. */
export interface PlanePair {
  readonly width: number;
  readonly height: number;
  read(y: number, a: Float64Array, b: Float64Array): void;
}

/**
 * The size of what is compared.
 * @param crop pixels left out along every border
 * @param least smallest side that the metric can work with
 * @throws RangeError when the images differ in size or too little is left after the crop
 */
export function checkedArea(a: Rgba8, b: Rgba8, crop: number, least: number): { width: number; height: number } {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`Images of ${a.width} × ${a.height} and ${b.width} × ${b.height} px can't be compared.`);
  }
  if (!Number.isInteger(crop) || crop < 0) throw new RangeError(`A border of ${crop} px can't be left out.`);
  const [width, height] = [a.width - 2 * crop, a.height - 2 * crop];
  if (width < least || height < least) {
    throw new RangeError(
      `Images of ${a.width} × ${a.height} px are too small to compare with a border of ${crop} px left out.`,
    );
  }
  return { width, height };
}

/** One plane of each image, without the border. The images are of one size. */
export function planePair(plane: Plane, a: Rgba8, b: Rgba8, crop: number): PlanePair {
  const [width, height] = [a.width - 2 * crop, a.height - 2 * crop];
  return {
    width,
    height,
    read(y, lineA, lineB) {
      for (let x = 0; x < width; x++) {
        const i = ((y + crop) * a.width + x + crop) * 4;
        lineA[x] = plane(a.data, i);
        lineB[x] = plane(b.data, i);
      }
    },
  };
}
