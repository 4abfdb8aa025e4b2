/**
 * Multi-scale structural similarity (Wang, Simoncelli, Bovik 2003) of luma: SSIM's contrast and structure on five scales, its
 * luminance on the coarsest. In the details that the paper leaves open it equals the PyTorch programs that papers use.
 */
import type { Rgba8 } from '../image.ts';
import { checkedArea, luma, type PlanePair, planePair } from './planes.ts';
import { msSsimSmallestSide } from './sizes.ts';
import { similarity } from './ssim.ts';

/** Exponents of the scales, finest first. */
const weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** Means of 2 × 2 pixels. An odd side gets a zero before its first pixel, as in those programs. */
function halved(planes: PlanePair): PlanePair {
  const { width, height } = planes;
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const [padX, padY] = [width % 2, height % 2];
  const [a, b] = [new Float64Array(halfWidth * halfHeight), new Float64Array(halfWidth * halfHeight)];
  const [lineA, lineB] = [new Float64Array(width), new Float64Array(width)];
  for (let y = 0; y < height; y++) {
    planes.read(y, lineA, lineB);
    const row = ((y + padY) >> 1) * halfWidth;
    for (let x = 0; x < width; x++) {
      const to = row + ((x + padX) >> 1);
      a[to] += lineA[x] / 4;
      b[to] += lineB[x] / 4;
    }
  }
  return {
    width: halfWidth,
    height: halfHeight,
    read(y, rowA, rowB) {
      rowA.set(a.subarray(y * halfWidth, (y + 1) * halfWidth));
      rowB.set(b.subarray(y * halfWidth, (y + 1) * halfWidth));
    },
  };
}

/**
 * MS-SSIM of luma, 0 … 1; larger is better. A scale whose mean is negative counts as 0.
 * @param crop pixels left out along every border
 * @throws RangeError when the images differ in size or have less than 161 px a side after the crop
 */
export function msSsimY(a: Rgba8, b: Rgba8, crop = 0): number {
  checkedArea(a, b, crop, msSsimSmallestSide);
  let planes = planePair(luma[0], a, b, crop);
  return weights.reduce((product, weight, scale) => {
    if (scale > 0) planes = halved(planes);
    const { ssim, contrastStructure } = similarity(planes);
    return product * Math.max(0, scale < weights.length - 1 ? contrastStructure : ssim) ** weight;
  }, 1);
}
