/** The part of a picture that comes back with every tile. */
import type { Rgba8 } from '../../src/imaging/image.ts';

/** Output pixels of a latent pixel: a pattern of this period is the network's own, wherever tiles lie. */
const lattice = 4;

export interface Period {
  /** Amplitude of the wave that has the tile's frequency, 8-bit steps: the larger of both axes. */
  readonly amplitude: number;
  /** The largest deviation from the mean along a tile, averaged over all tiles, without what comes back every 4 px. */
  readonly deviation: number;
}

/** Mean of each column, or each row, over the other axis and the three colours. */
function profile({ width, height, data }: Rgba8, axis: 'x' | 'y'): Float64Array {
  const sums = new Float64Array(axis === 'x' ? width : height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) sums[axis === 'x' ? x : y] += data[i] + data[i + 1] + data[i + 2];
  }
  return sums.map((sum) => sum / (3 * (axis === 'x' ? height : width)));
}

/** Mean of the values that lie a whole number of periods apart. */
function folded(values: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  values.forEach((value, i) => {
    sums[i % period] += value;
  });
  return sums.map((sum) => sum / (values.length / period));
}

/**
 * @param picture of a flat input
 * @param period of its tiles, output pixels; sides of the picture are multiples of it
 */
export function tilePeriod(picture: Rgba8, period: number): Period {
  const of = (axis: 'x' | 'y'): Period => {
    const values = profile(picture, axis);
    const along = folded(values, period);
    const own = folded(values, lattice);
    const wave = along.reduce(
      ([re, im], value, i) => {
        const angle = (2 * Math.PI * i) / period;
        return [re + value * Math.cos(angle), im + value * Math.sin(angle)] as const;
      },
      [0, 0] as readonly [number, number],
    );
    return {
      amplitude: (2 * Math.hypot(...wave)) / period,
      deviation: along.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i % lattice])), 0),
    };
  };
  const [x, y] = [of('x'), of('y')];
  return { amplitude: Math.max(x.amplitude, y.amplitude), deviation: Math.max(x.deviation, y.deviation) };
}
