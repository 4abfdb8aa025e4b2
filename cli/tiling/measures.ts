/** The figures of docs/tiling.md, a line each. */

import { cropRgba8, type Rgba8 } from '../../src/imaging/image.ts';
import { psnrRgb } from '../../src/imaging/metrics/fidelity.ts';
import { enlarge } from '../../src/imaging/resize.ts';
import type { TilePlan } from '../../src/imaging/tiling.ts';
import { upscaleFactor } from '../../src/presets/architecture.ts';
import { measureFlatColours } from '../results/flat.ts';
import { differences, edgeDifference } from './differences.ts';
import { tilePeriod } from './period.ts';
import { meanAt, steps, tileBorders } from './seams.ts';

export interface Upscaled {
  readonly out: Rgba8;
  readonly plan: TilePlan;
}

/** A picture by tiles of this side, LR pixels, at its place in a larger whole. */
export type Upscale = (
  image: Rgba8,
  tile: number,
  origin?: { readonly x: number; readonly y: number },
) => Promise<Upscaled>;

const row = (what: string, figure: string) => `${what.padEnd(64)} ${figure}`;
const ratio = (a: number, b: number) => (a / b).toFixed(4);

/** One way of cutting a picture against another: mean |Δ| and its 99.9th percentile, of 255, and PSNR. */
export function between(what: string, a: Rgba8, b: Rgba8): string {
  const { mean, most } = differences(a, b);
  return row(what, `mean ${mean.toFixed(3)}, 99.9 % ≤ ${most}, of 255; ${psnrRgb(a, b).toFixed(2)} dB`);
}

/** A crop of half the side, from the middle, against the same place of the whole. */
export async function cropLines(upscale: Upscale, whole: Rgba8, { out, plan }: Upscaled): Promise<string[]> {
  const half = whole.width >> 1;
  const at = (whole.width - half) >> 1;
  const crop = await upscale(cropRgba8(whole, at, at, half, half), plan.tile, { x: at, y: at });
  const same = cropRgba8(out, at * upscaleFactor, at * upscaleFactor, half * upscaleFactor, half * upscaleFactor);
  const lines = [between('a crop against the same place of the whole', crop.out, same)];
  const margin = Math.max(...plan.columns.map(({ length }) => length)) * upscaleFactor;
  const inner = half * upscaleFactor - 2 * margin;
  if (inner <= 0) return lines;
  const interior = (image: Rgba8) => cropRgba8(image, margin, margin, inner, inner);
  return [...lines, between('  a tile or more from the crop’s edge', interior(crop.out), interior(same))];
}

/**
 * Mean |Δ| between neighbouring pixels across the lines where tiles meet.
 * @param align of windows, LR pixels: their borders are left out of what lies inside
 */
export function seamLines(low: Rgba8, align: number, small: Upscaled, large: Upscaled): string[] {
  const borders = tileBorders(small.plan, upscaleFactor);
  const largeBorders = tileBorders(large.plan, upscaleFactor);
  const isBorder = (line: number) => borders.has(line);
  const isInside = (line: number) => line % (align * upscaleFactor) !== 0;
  const alone = (line: number) => isBorder(line) && !largeBorders.has(line);
  const [ours, theirs, bicubic] = [steps(small.out), steps(large.out), steps(enlarge(low, upscaleFactor, 'bicubic'))];
  return [
    row('mean |Δ| of neighbouring pixels inside', meanAt(ours, isInside).toFixed(4)),
    row('  across tile borders', `${ratio(meanAt(ours, isBorder), meanAt(ours, isInside))} of inside`),
    row(
      '  across the same lines of bicubic',
      `${ratio(meanAt(bicubic, isBorder), meanAt(bicubic, isInside))} of inside`,
    ),
    row(
      `across tile borders, against the same lines inside tiles of ${large.plan.tile}`,
      ratio(meanAt(ours, alone), meanAt(theirs, alone)),
    ),
  ];
}

const levels = [32, 128, 224];
/** Of a flat picture. */
const tilesAcross = 4;

/** Flat grey pictures of four by four tiles: what comes back with every tile. */
export async function flatLines(upscale: Upscale, tile: number): Promise<string[]> {
  const { colours, shift, largestShift, pattern, largestPattern } = await measureFlatColours({
    run: async ({ lr }) => (await upscale(lr, tile)).out,
  });
  const means = (mean: number, most: number) => `${mean.toFixed(2)}, at most ${most.toFixed(2)}`;
  const lines = [
    row(`${colours} flat colours: of a patch's mean, in CIEDE2000`, means(shift, largestShift)),
    row('of its pixels from that mean', means(pattern, largestPattern)),
  ];
  for (const level of levels) {
    const size = tile * tilesAcross;
    const data = new Uint8ClampedArray(size * size * 4).fill(level);
    for (let i = 3; i < data.length; i += 4) data[i] = 255;
    const { out, plan } = await upscale({ width: size, height: size, data }, tile);
    // Blended tiles lie closer than their side.
    const period = plan.stride * upscaleFactor;
    const side = out.width - (out.width % period);
    const { amplitude, deviation } = tilePeriod(cropRgba8(out, 0, 0, side, side), period);
    lines.push(
      row(
        `flat ${level}: at the tile’s frequency; along a tile at most, of 255`,
        `${amplitude.toFixed(3)}; ${deviation.toFixed(3)}`,
      ),
    );
  }
  return lines;
}

/** Mean |ours − bicubic| over the outermost 4 px against the inside, over pictures. */
export async function borderLines(
  upscale: Upscale,
  tile: number,
  pictures: readonly { readonly name: string; load(): Promise<{ readonly lr: Rgba8 }> }[],
): Promise<string[]> {
  let [border, inside] = [0, 0];
  for (const { load } of pictures) {
    const { lr } = await load();
    const { out } = await upscale(lr, tile);
    const found = edgeDifference(out, enlarge(lr, upscaleFactor, 'bicubic'));
    border += found.border / pictures.length;
    inside += found.inside / pictures.length;
  }
  return [
    row(
      `mean |Δ| to bicubic over ${pictures.length} pictures, outermost 4 px and inside, of 255`,
      `${border.toFixed(3)}; ${inside.toFixed(3)}: ${ratio(border, inside)}`,
    ),
  ];
}
