/** Distance of two pictures of one size: over all pixels, and by how far those lie from the edge. */
import type { Rgba8 } from '../../src/imaging/image.ts';

export interface Differences {
  /** Mean |Δ| over pixels and the three colours, 8-bit steps. */
  readonly mean: number;
  /** The 99.9th percentile. */
  readonly most: number;
}

/** @throws RangeError when the sizes differ */
export function differences(a: Rgba8, b: Rgba8): Differences {
  if (a.width !== b.width || a.height !== b.height) throw new RangeError('Two pictures of different sizes.');
  const counts = new Float64Array(256);
  for (let i = 0; i < a.data.length; i++) if (i % 4 !== 3) counts[Math.abs(a.data[i] - b.data[i])]++;
  const values = a.width * a.height * 3;
  let [sum, most, left] = [0, 0, values * 0.999];
  counts.forEach((count, step) => {
    sum += count * step;
    if (left > 0) most = step;
    left -= count;
  });
  return { mean: sum / values, most };
}

/** Output pixels along the edge whose convolutions see past it most. */
const outermost = 4;
/** Further from the edge than this nothing is its own: output pixels. */
const inside = 32;

export interface EdgeDifference {
  /** Mean |Δ| over the outermost 4 px, 8-bit steps. */
  readonly border: number;
  /** The same 32 px or more from the edge. */
  readonly inside: number;
}

/**
 * Mean |Δ| of two pictures at the border and inside: a network that sees zeros past the edge draws a frame there.
 * @throws RangeError when the sizes differ or nothing lies inside
 */
export function edgeDifference(a: Rgba8, b: Rgba8): EdgeDifference {
  const { width, height } = a;
  if (width !== b.width || height !== b.height) throw new RangeError('Two pictures of different sizes.');
  if (Math.min(width, height) <= 2 * inside) throw new RangeError(`${width}×${height} px have no inside.`);
  const sums = { border: 0, inside: 0 };
  const counts = { border: 0, inside: 0 };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const distance = Math.min(x, y, width - 1 - x, height - 1 - y);
      const part = distance < outermost ? 'border' : distance >= inside ? 'inside' : null;
      if (!part) continue;
      for (let c = 0; c < 3; c++) sums[part] += Math.abs(a.data[i + c] - b.data[i + c]);
      counts[part] += 3;
    }
  }
  return { border: sums.border / counts.border, inside: sums.inside / counts.inside };
}
