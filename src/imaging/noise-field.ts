/**
 * The ε of one-step upscaling as a field over the plane: a pure function of seed, absolute latent coordinates and
 * channel (docs/decisions/014). Neighbouring tiles share their ε where they overlap, and a crop gets the ε of its place in the
 * whole. Negative coordinates, which padding asks for, are as good as any.
 */
import { boxMuller, checkSeed, counterDomain, philox } from './random.ts';

/** One counter yields four normals: four neighbouring channels of one place. */
const channelsPerBlock = 4;
/** Counters of a place that a draw has for itself: more than channels of any latent ask for. */
const blocksPerDraw = 2 ** 16;

/**
 * Fills a window of the field, rows then columns then channels (NHWC, N = 1), with N(0, 1) values.
 * @param out height · width · channels values
 * @param originY absolute row of the window's first row, in latent pixels; likewise `originX`
 * @param draw number of the field: 0 is the ε of x_T, an ancestral chain takes one more for each of its steps
 * @throws RangeError when `out` has another length or an argument is not a whole number
 */
export function fillNoise(
  out: Float32Array,
  seed: number,
  originY: number,
  originX: number,
  height: number,
  width: number,
  channels: number,
  draw = 0,
): void {
  checkSeed(seed);
  if (![originY, originX, height, width, channels, draw].every(Number.isInteger)) {
    throw new RangeError('The noise window must have whole coordinates and sizes.');
  }
  if (out.length !== height * width * channels) {
    throw new RangeError(`${out.length} values can't hold noise of ${height} × ${width} × ${channels}.`);
  }
  const words = new Uint32Array(4);
  const normals = new Float64Array(4);
  let at = 0;
  for (let y = originY; y < originY + height; y++) {
    for (let x = originX; x < originX + width; x++) {
      for (let first = 0; first < channels; first += channelsPerBlock) {
        philox(words, [x, y, draw * blocksPerDraw + first / channelsPerBlock, counterDomain.noiseField], seed);
        boxMuller(normals, words);
        const count = Math.min(channelsPerBlock, channels - first);
        for (let i = 0; i < count; i++) out[at++] = normals[i];
      }
    }
  }
}

/** One value of the field: what `fillNoise` writes there. */
export function normalAt(seed: number, y: number, x: number, channel: number): number {
  const values = new Float32Array(channel + 1);
  fillNoise(values, seed, y, x, 1, 1, channel + 1);
  return values[channel];
}
