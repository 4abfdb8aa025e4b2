/**
 * Full-reference metrics on 8-bit images, as BasicSR and pyiqa compute them (§7.2). Alpha is ignored. Larger is better.
 * The Y channel is BT.601 studio range (16–235), not rounded.
 */
import type { Rgba8 } from './image.ts';

const range = 255;
const windowSize = 11;
const windowSigma = 1.5;
// Wang et al. 2004: K₁ = 0.01, K₂ = 0.03.
const c1 = (0.01 * range) ** 2;
const c2 = (0.03 * range) ** 2;

type Plane = (data: Uint8ClampedArray, i: number) => number;

const component =
  (offset: number): Plane =>
  (data, i) =>
    data[i + offset];
const studioLuma: Plane = (data, i) => 16 + (65.481 * data[i] + 128.553 * data[i + 1] + 24.966 * data[i + 2]) / 255;

const luma: readonly Plane[] = [studioLuma];
const rgb: readonly Plane[] = [component(0), component(1), component(2)];

function checkedArea(a: Rgba8, b: Rgba8, crop: number, least: number): { width: number; height: number } {
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
 * Peak signal-to-noise ratio of luma in dB, the field's habit; infinite for equal images.
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

const gaussian = (() => {
  const raw = Array.from({ length: windowSize }, (_, i) =>
    Math.exp(-0.5 * ((i - (windowSize - 1) / 2) / windowSigma) ** 2),
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
    for (let k = 0; k < windowSize; k++) {
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

/** Sum of the SSIM map over one line, from the filtered lines of its window. */
function sumLine(lines: readonly Moments[], first: number, length: number): number {
  let sum = 0;
  for (let x = 0; x < length; x++) {
    let [ma, mb, maa, mbb, mab] = [0, 0, 0, 0, 0];
    for (let k = 0; k < windowSize; k++) {
      const weight = gaussian[k];
      const line = lines[(first + k) % windowSize];
      ma += weight * line[0][x];
      mb += weight * line[1][x];
      maa += weight * line[2][x];
      mbb += weight * line[3][x];
      mab += weight * line[4][x];
    }
    const [variances, covariance] = [maa - ma * ma + mbb - mb * mb, mab - ma * mb];
    sum += ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (variances + c2));
  }
  return sum;
}

function ssimOf(plane: Plane, a: Rgba8, b: Rgba8, crop: number, width: number, height: number): number {
  const length = width - windowSize + 1;
  // The window's filtered lines in a ring: memory grows with the width alone.
  const lines = Array.from({ length: windowSize }, () => emptyMoments(length));
  const [lineA, lineB] = [new Float64Array(width), new Float64Array(width)];
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = ((y + crop) * a.width + x + crop) * 4;
      lineA[x] = plane(a.data, i);
      lineB[x] = plane(b.data, i);
    }
    filterLine(lineA, lineB, lines[y % windowSize]);
    if (y >= windowSize - 1) sum += sumLine(lines, y + 1 - windowSize, length);
  }
  return sum / (length * (height - windowSize + 1));
}

function ssim(planes: readonly Plane[], a: Rgba8, b: Rgba8, crop: number): number {
  const { width, height } = checkedArea(a, b, crop, windowSize);
  return planes.reduce((sum, plane) => sum + ssimOf(plane, a, b, crop, width, height), 0) / planes.length;
}

/**
 * Structural similarity (Wang et al. 2004) of luma, mean of the map: 11 × 11 Gaussian window of σ 1.5 where it fits entirely.
 * @param crop pixels left out along every border
 * @throws RangeError when the images differ in size or have less than 11 px a side after the crop
 */
export function ssimY(a: Rgba8, b: Rgba8, crop = 0): number {
  return ssim(luma, a, b, crop);
}

/** As `ssimY`, the mean over red, green and blue. */
export function ssimRgb(a: Rgba8, b: Rgba8, crop = 0): number {
  return ssim(rgb, a, b, crop);
}
