/**
 * Peak signal-to-noise ratio on 8-bit images, as BasicSR and pyiqa compute it (§7.2), larger is better; and
 * structural similarity (Wang et al. 2004) on 8-bit images, as BasicSR computes it (§7.2): 11 × 11 Gaussian window of
 * σ 1.5 where it fits entirely. And on several scales (Wang, Simoncelli, Bovik 2003), of luma: contrast and structure on
 * five of them, luminance on the coarsest; in the details that the paper leaves open it equals the PyTorch programs that
 * papers use. Larger is better.
 */

import type { Rgba8 } from '../image.ts';
import {
  checkedArea,
  luma,
  msSsimSmallestSide,
  type Plane,
  type PlanePair,
  planePair,
  range,
  rgb,
  ssimWindow,
} from './planes.ts';

function psnr(planes: readonly Plane[], a: Rgba8, b: Rgba8, crop: number): number {
  const { width, height } = checkedArea(a, b, crop, 1);
  let sum = 0;
  for (let y = crop; y < crop + height; y++) {
    for (let i = (y * a.width + crop) * 4; i < (y * a.width + crop + width) * 4; i += 4) {
      for (const plane of planes) sum += (plane(a.data, i) - plane(b.data, i)) ** 2;
    }
  }
  return 10 * Math.log10(range ** 2 / (sum / (width * height * planes.length)));
}

/**
 * PSNR of luma in dB, the field's habit; infinite for equal images.
 * @param crop pixels left out along every border
 * @throws RangeError when the images differ in size or nothing is left after the crop
 */
export function psnrY(a: Rgba8, b: Rgba8, crop = 0): number {
  return psnr(luma, a, b, crop);
}

/** As `psnrY`, on the common error of red, green and blue. */
export function psnrRgb(a: Rgba8, b: Rgba8, crop = 0): number {
  return psnr(rgb, a, b, crop);
}

const windowSigma = 1.5;
// K₁ = 0.01, K₂ = 0.03.
const c1 = (0.01 * range) ** 2;
const c2 = (0.03 * range) ** 2;

/** Means of the map. */
interface Similarity {
  /** Of luminance, contrast and structure together. */
  readonly ssim: number;
  /** Of contrast and structure alone: what MS-SSIM takes of all scales but the last. */
  readonly contrastStructure: number;
}

const gaussian = (() => {
  const raw = Array.from({ length: ssimWindow }, (_, i) =>
    Math.exp(-0.5 * ((i - (ssimWindow - 1) / 2) / windowSigma) ** 2),
  );
  const total = raw.reduce((sum, value) => sum + value, 0);
  return Float64Array.from(raw, (value) => value / total);
})();

/** A line of the five local moments (a, b, a², b², ab), each filtered along the line. */
type Moments = readonly [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

const emptyMoments = (length: number): Moments => {
  const line = () => new Float64Array(length);
  return [line(), line(), line(), line(), line()];
};

function filterLine(a: Float64Array, b: Float64Array, [ma, mb, maa, mbb, mab]: Moments): void {
  for (let x = 0; x < ma.length; x++) {
    let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
    for (let k = 0; k < ssimWindow; k++) {
      const weight = gaussian[k];
      const [va, vb] = [a[x + k], b[x + k]];
      sa += weight * va;
      sb += weight * vb;
      saa += weight * va * va;
      sbb += weight * vb * vb;
      sab += weight * va * vb;
    }
    ma[x] = sa;
    mb[x] = sb;
    maa[x] = saa;
    mbb[x] = sbb;
    mab[x] = sab;
  }
}

/** Sums of the maps over one line, from the filtered lines of its window. */
function sumLine(lines: readonly Moments[], first: number, length: number): Similarity {
  let [ssim, contrastStructure] = [0, 0];
  for (let x = 0; x < length; x++) {
    let [ma, mb, maa, mbb, mab] = [0, 0, 0, 0, 0];
    for (let k = 0; k < ssimWindow; k++) {
      const weight = gaussian[k];
      const line = lines[(first + k) % ssimWindow];
      ma += weight * line[0][x];
      mb += weight * line[1][x];
      maa += weight * line[2][x];
      mbb += weight * line[3][x];
      mab += weight * line[4][x];
    }
    const [variances, covariance] = [maa - ma * ma + mbb - mb * mb, mab - ma * mb];
    const here = (2 * covariance + c2) / (variances + c2);
    contrastStructure += here;
    ssim += ((2 * ma * mb + c1) / (ma * ma + mb * mb + c1)) * here;
  }
  return { ssim, contrastStructure };
}

/** @param planes at least one window wide and high */
function similarity(planes: PlanePair): Similarity {
  const { width, height } = planes;
  const length = width - ssimWindow + 1;
  // The window's filtered lines in a ring: memory grows with the width alone.
  const lines = Array.from({ length: ssimWindow }, () => emptyMoments(length));
  const [lineA, lineB] = [new Float64Array(width), new Float64Array(width)];
  let [ssim, contrastStructure] = [0, 0];
  for (let y = 0; y < height; y++) {
    planes.read(y, lineA, lineB);
    filterLine(lineA, lineB, lines[y % ssimWindow]);
    if (y < ssimWindow - 1) continue;
    const sums = sumLine(lines, y + 1 - ssimWindow, length);
    ssim += sums.ssim;
    contrastStructure += sums.contrastStructure;
  }
  const count = length * (height - ssimWindow + 1);
  return { ssim: ssim / count, contrastStructure: contrastStructure / count };
}

function meanSsim(planes: readonly Plane[], a: Rgba8, b: Rgba8, crop: number): number {
  checkedArea(a, b, crop, ssimWindow);
  return planes.reduce((sum, plane) => sum + similarity(planePair(plane, a, b, crop)).ssim, 0) / planes.length;
}

/**
 * SSIM of luma, mean of the map.
 * @param crop pixels left out along every border
 * @throws RangeError when the images differ in size or have less than 11 px a side after the crop
 */
export function ssimY(a: Rgba8, b: Rgba8, crop = 0): number {
  return meanSsim(luma, a, b, crop);
}

/** As `ssimY`, the mean over red, green and blue. */
export function ssimRgb(a: Rgba8, b: Rgba8, crop = 0): number {
  return meanSsim(rgb, a, b, crop);
}

/** Exponents of MS-SSIM's scales, finest first. */
const scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** Means of 2 × 2 pixels. An odd side gets a zero before its first pixel, as in the PyTorch programs. */
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
  return scaleWeights.reduce((product, weight, scale) => {
    if (scale > 0) planes = halved(planes);
    const { ssim, contrastStructure } = similarity(planes);
    return product * Math.max(0, scale < scaleWeights.length - 1 ? contrastStructure : ssim) ** weight;
  }, 1);
}
