/** Colours of known primaries and transfer functions as 8-bit sRGB. */
import type { Light, Profile } from '../formats/icc.ts';

/** CIE xy of white, red, green and blue. */
export type Primaries = readonly [number, number, number, number, number, number, number, number];

const [d65x, d65y] = [0.3127, 0.329];
export const srgbPrimaries: Primaries = [d65x, d65y, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
export const displayP3Primaries: Primaries = [d65x, d65y, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06];
/** BT.601 of 625 and of 525 lines. */
export const palPrimaries: Primaries = [d65x, d65y, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06];
export const ntscPrimaries: Primaries = [d65x, d65y, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07];
export const rec2020Primaries: Primaries = [d65x, d65y, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046];

type Row = readonly [number, number, number];
type Matrix = readonly [Row, Row, Row];

const times = (m: Matrix, [x, y, z]: Row): Row => m.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Row;
const column = (m: Matrix, i: 0 | 1 | 2): Row => [m[0][i], m[1][i], m[2][i]];
const product = (a: Matrix, b: Matrix): Matrix => {
  const [p, q, r] = [times(a, column(b, 0)), times(a, column(b, 1)), times(a, column(b, 2))];
  return [
    [p[0], q[0], r[0]],
    [p[1], q[1], r[1]],
    [p[2], q[2], r[2]],
  ];
};

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const over = (value: number) => value / determinant;
  return [
    [over(e * i - f * h), over(c * h - b * i), over(b * f - c * e)],
    [over(f * g - d * i), over(a * i - c * g), over(c * d - a * f)],
    [over(d * h - e * g), over(b * g - a * h), over(a * e - b * d)],
  ];
}

const xyz = (x: number, y: number): Row => [x / y, 1, (1 - x - y) / y];

/** Linear RGB → XYZ, white at Y = 1. */
function toXyz([wx, wy, rx, ry, gx, gy, bx, by]: Primaries): Matrix {
  const [r, g, b] = [xyz(rx, ry), xyz(gx, gy), xyz(bx, by)];
  const basis: Matrix = [
    [r[0], g[0], b[0]],
    [r[1], g[1], b[1]],
    [r[2], g[2], b[2]],
  ];
  const [sr, sg, sb] = times(inverse(basis), xyz(wx, wy));
  return product(basis, [
    [sr, 0, 0],
    [0, sg, 0],
    [0, 0, sb],
  ]);
}

/** Whether red, green, blue and white lie apart: damaged tags may say otherwise, and have no colours. */
export const spansColours = (primaries: Primaries): boolean =>
  primaries.every((value, i) => i % 2 === 0 || value > 0) && toXyz(primaries).flat().every(Number.isFinite);

const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** Bradford adaptation of XYZ from one white to D65. */
function adaptation([wx, wy]: Primaries): Matrix {
  const [from, to] = [times(bradford, xyz(wx, wy)), times(bradford, xyz(d65x, d65y))];
  return product(
    inverse(bradford),
    product(
      [
        [to[0] / from[0], 0, 0],
        [0, to[1] / from[1], 0],
        [0, 0, to[2] / from[2]],
      ],
      bradford,
    ),
  );
}

const srgbCurve = (linear: number): number =>
  linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;

/** A picture's colour space: the transfer from sample values to light, and the light's primaries. */
export interface Colours {
  /** Light → linear sRGB. */
  readonly toLinear: Matrix;
  /** Of red, green and blue. */
  readonly light: readonly [Light, Light, Light];
}

/** Linear sRGB → XYZ of D65, white at Y = 1, and back. */
export const srgbToXyz: Matrix = toXyz(srgbPrimaries);
export const xyzToSrgb: Matrix = inverse(srgbToXyz);

/** Colours of one transfer function. */
export const coloursOf = (primaries: Primaries, light: Light): Colours => ({
  toLinear: product(xyzToSrgb, product(adaptation(primaries), toXyz(primaries))),
  light: [light, light, light],
});

/** White that ICC profiles refer to, D50. */
const profileWhite: Primaries = [0.3457, 0.3585, 0, 0, 0, 0, 0, 0];

export function coloursOfProfile({ colorants, light }: Profile): Colours {
  const [r, g = r, b = r] = light;
  if (!r || !g || !b) throw new RangeError('A profile has one curve or three.');
  const [red, green, blue] = colorants ?? [];
  if (!red || !green || !blue) return coloursOf(srgbPrimaries, r);
  const rows: Matrix = [
    [red[0], green[0], blue[0]],
    [red[1], green[1], blue[1]],
    [red[2], green[2], blue[2]],
  ];
  return { toLinear: product(xyzToSrgb, product(adaptation(profileWhite), rows)), light: [r, g, b] };
}

/**
 * @param samples RGBA of 16 bits, straight alpha
 * @param colours left out: the samples are sRGB
 * @returns RGBA of 8 bits, sRGB; colours outside of sRGB are clipped
 */
export function toSrgb8(samples: Uint16Array, colours: Colours | null): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(samples.length);
  if (!colours) {
    for (let at = 0; at < samples.length; at++) out[at] = (samples[at] ?? 0) / 257;
    return out;
  }
  const { toLinear, light } = colours;
  const table = (of: Light) => Float32Array.from({ length: 65_536 }, (_, i) => of(i / 65_535));
  const [ofRed, ofGreen, ofBlue] = light;
  const red = table(ofRed);
  const green = ofGreen === ofRed ? red : table(ofGreen);
  const blue = ofBlue === ofRed ? red : table(ofBlue);
  const rows = [...toLinear.entries()];
  for (let at = 0; at < samples.length; at += 4) {
    const [r, g, b] = [red[samples[at] ?? 0] ?? 0, green[samples[at + 1] ?? 0] ?? 0, blue[samples[at + 2] ?? 0] ?? 0];
    for (const [c, [fromR, fromG, fromB]] of rows) {
      out[at + c] = 255 * srgbCurve(Math.min(1, Math.max(0, fromR * r + fromG * g + fromB * b)));
    }
    out[at + 3] = (samples[at + 3] ?? 0) / 257;
  }
  return out;
}
