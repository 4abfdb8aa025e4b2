/**
 * LDR-FLIP, the error that a viewer sees when two pictures alternate in one place: Andersson et al., "FLIP: A Difference Evaluator
 * for Alternating Images", 2020 (§4). Colours and features are compared as the eye resolves them from a given distance.
 */
import type { Rgba8 } from '../image.ts';
import { srgbToXyz, xyzToSrgb } from '../to-srgb.ts';
import { checkedArea } from './planes.ts';

/** Three planes of one size, row by row. */
type Planes = readonly [Float32Array, Float32Array, Float32Array];
type Triple = readonly [number, number, number];

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of the paper's desk: 0.7 m before a screen of 3840 pixels on 0.7 m. */
const flipPixelsPerDegree = (0.7 * 3840 * Math.PI) / 0.7 / 180;

/** Exponents of the colour and feature differences (eqs. 8, 13). */
const [colourExponent, featureExponent] = [0.7, 0.5];
/** Differences up to this share of the largest fill that share of the scale (eq. 9). */
const [linearShare, linearEnd] = [0.4, 0.95];
/** Width of the features that count, degrees. */
const featureWidth = 0.082;
/** The contrast sensitivities' Gaussians as amplitude and width a channel: luminance, red–green, blue–yellow (Table 1). */
const sensitivities: readonly (readonly (readonly [number, number])[])[] = [
  [[1, 0.0047]],
  [[1, 0.0053]],
  [
    [34.1, 0.04],
    [13.5, 0.025],
  ],
];
const widest = 0.04;

const toLight = Float32Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

const times = ([p, q, r]: readonly Triple[], x: number, y: number, z: number): Triple => {
  const dot = (row: Triple | undefined) => (row ? row[0] * x + row[1] * y + row[2] * z : 0);
  return [dot(p), dot(q), dot(r)];
};

const white = times(srgbToXyz, 1, 1, 1);

/** XYZ → CIELAB; a* and b* less visible in the dark, as Hunt found (eq. 6). */
function huntLab(x: number, y: number, z: number): Triple {
  const [third, bend] = [6 / 29, 3 * (6 / 29) ** 2];
  const root = (t: number) => (t > third ** 3 ? Math.cbrt(t) : t / bend + 4 / 29);
  const [fx, fy, fz] = [root(x / white[0]), root(y / white[1]), root(z / white[2])];
  const light = 116 * fy - 16;
  return [light, 0.01 * light * 500 * (fx - fy), 0.01 * light * 200 * (fy - fz)];
}

const hyab = (a: Triple, b: Triple) => Math.abs(a[0] - b[0]) + Math.hypot(a[1] - b[1], a[2] - b[2]);

/** The largest difference that is told apart, between green and blue. */
const largest = hyab(huntLab(...times(srgbToXyz, 0, 1, 0)), huntLab(...times(srgbToXyz, 0, 0, 1))) ** colourExponent;

/** sRGB → YCxCz, a linear opponent space. */
function opponent({ data }: Rgba8, { width, height }: Size): Planes {
  const planes: Planes = [
    new Float32Array(width * height),
    new Float32Array(width * height),
    new Float32Array(width * height),
  ];
  for (let i = 0, at = 0; i < width * height; i++, at += 4) {
    const [r, g, b] = [toLight[data[at] ?? 0] ?? 0, toLight[data[at + 1] ?? 0] ?? 0, toLight[data[at + 2] ?? 0] ?? 0];
    const [x, y, z] = times(srgbToXyz, r, g, b);
    planes[0][i] = 116 * (y / white[1]) - 16;
    planes[1][i] = 500 * (x / white[0] - y / white[1]);
    planes[2][i] = 200 * (y / white[1] - z / white[2]);
  }
  return planes;
}

/** Samples of a function at −radius … radius. */
const sampled = (radius: number, value: (x: number) => number) =>
  Float64Array.from({ length: 2 * radius + 1 }, (_, i) => value(i - radius));
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Correlation with a row and a column; the border's pixels go on outside. */
function filtered(plane: Float32Array, { width, height }: Size, row: Float64Array, column: Float64Array): Float32Array {
  const radius = row.length >> 1;
  const [line, between, out] = [
    new Float64Array(width + 2 * radius),
    new Float32Array(plane.length),
    new Float32Array(plane.length),
  ];
  for (let from = 0; from < plane.length; from += width) {
    line.fill(plane[from] ?? 0, 0, radius);
    line.set(plane.subarray(from, from + width), radius);
    line.fill(plane[from + width - 1] ?? 0, width + radius);
    for (let x = 0; x < width; x++) {
      let total = 0;
      for (let k = 0; k < row.length; k++) total += row[k] * line[x + k];
      between[from + x] = total;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < column.length; k++) {
      const from = Math.min(height - 1, Math.max(0, y + k - radius)) * width;
      const weight = column[k];
      for (let x = 0; x < width; x++) out[y * width + x] += weight * between[from + x];
    }
  }
  return out;
}

/** Detail that the eye resolves of each channel at that distance (eq. 4); Gaussians are separable, a sum of two is filtered twice. */
function resolved(planes: Planes, size: Size, perDegree: number): Planes {
  const radius = Math.ceil(3 * Math.sqrt(widest / (2 * Math.PI ** 2)) * perDegree);
  const channels = planes.map((plane, channel) => {
    const gaussians = (sensitivities[channel] ?? []).map(([amplitude, width]) => {
      const line = sampled(radius, (x) => Math.exp((-(Math.PI ** 2) * (x / perDegree) ** 2) / width));
      return { line, share: amplitude * Math.sqrt(Math.PI / width) * sum(line) ** 2 };
    });
    const all = gaussians.reduce((total, { share }) => total + share, 0);
    const out = new Float32Array(plane.length);
    for (const { line, share } of gaussians) {
      const unit = line.map((value) => value / sum(line));
      filtered(plane, size, unit, unit).forEach((value, i) => {
        out[i] += (share / all) * value;
      });
    }
    return out;
  });
  return channels as unknown as Planes;
}

/** Colour at a pixel of filtered YCxCz, within what the screen can show (eq. 5). */
function labAt([luma, redGreen, blueYellow]: Planes, i: number): Triple {
  const y = (luma[i] + 16) / 116;
  const [x, z] = [white[0] * (y + redGreen[i] / 500), white[2] * (y - blueYellow[i] / 200)];
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  const [r, g, b] = times(xyzToSrgb, x, y * white[1], z);
  return huntLab(...times(srgbToXyz, clamp(r), clamp(g), clamp(b)));
}

/** Strength of edges and of points at each pixel (eqs. 10, 11). */
function features([luma]: Planes, size: Size, perDegree: number): readonly [Float32Array, Float32Array] {
  const deviation = 0.5 * featureWidth * perDegree;
  const radius = Math.ceil(3 * deviation);
  const bell = (x: number) => Math.exp(-(x ** 2) / (2 * deviation ** 2));
  const line = sampled(radius, bell);
  const smooth = line.map((value) => value / sum(line));
  const light = luma.map((value) => (value + 16) / 116);
  const strength = (shape: (x: number) => number) => {
    const raw = sampled(radius, (x) => shape(x) * bell(x));
    const [above, below] = [sum(raw.filter((value) => value > 0)), -sum(raw.filter((value) => value < 0))];
    const unit = raw.map((value) => value / (value > 0 ? above : below));
    const [along, across] = [filtered(light, size, unit, smooth), filtered(light, size, smooth, unit)];
    return along.map((value, i) => Math.hypot(value, across[i]));
  };
  return [strength((x) => -x), strength((x) => (x / deviation) ** 2 - 1)];
}

export interface Flip {
  /** One value a pixel, 0 … 1, row by row. */
  readonly map: Float32Array;
  /** Over the map: the figure that is usually given. */
  readonly mean: number;
}

/**
 * @param perDegree pixels a degree of the viewer's sight
 * @throws RangeError when the pictures differ in size
 */
export function flip(reference: Rgba8, test: Rgba8, perDegree = flipPixelsPerDegree): Flip {
  const size = checkedArea(reference, test, 0, 1);
  const [a, b] = [opponent(reference, size), opponent(test, size)];
  const [colourA, colourB] = [resolved(a, size, perDegree), resolved(b, size, perDegree)];
  const [[edgesA, pointsA], [edgesB, pointsB]] = [features(a, size, perDegree), features(b, size, perDegree)];
  const knee = linearShare * largest;
  let total = 0;
  const map = Float32Array.from(edgesA, (edge, i) => {
    const apart = hyab(labAt(colourA, i), labAt(colourB, i)) ** colourExponent;
    const colour =
      apart < knee ? (linearEnd / knee) * apart : linearEnd + ((apart - knee) / (largest - knee)) * (1 - linearEnd);
    const feature = Math.max(Math.abs(edge - edgesB[i]), Math.abs(pointsA[i] - pointsB[i]));
    const value = colour ** (1 - (feature / Math.SQRT2) ** featureExponent);
    total += value;
    return value;
  });
  return { map, mean: total / map.length };
}
