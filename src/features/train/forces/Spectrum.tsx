/** Radial power spectra: how much of each fineness of detail a picture has, whatever its direction. */
import type { PanelName } from '../../../paper/names.ts';
import type { Frame } from '../../../protocol/train.ts';
import shared from '../panels.module.css';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './forces.module.css';

/** Larger parts would tell no more, and take longer than a frame. */
const largestSide = 64;

/** The luma (BT.601) of the middle square of an RGBA picture, the largest power of two that fits, 64 at most; row by row. */
export function middleLuma(data: ArrayLike<number>, width: number, height: number): Float64Array {
  const side = Math.min(largestSide, 2 ** Math.floor(Math.log2(Math.min(width, height))));
  const [left, top] = [(width - side) >> 1, (height - side) >> 1];
  return Float64Array.from({ length: side * side }, (_, i) => {
    const at = 4 * ((top + Math.floor(i / side)) * width + left + (i % side));
    return (0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)) / 255;
  });
}

/** For a side: factors of the transform, a window, and the distance from 0 of each frequency, beyond side / 2 and 0 none. */
interface Tables {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
  readonly hann: Float64Array;
  /** Each index with its bits in reverse. */
  readonly reversed: Uint8Array;
  /** 1 … side / 2, or 0. */
  readonly radius: Uint8Array;
}

const tables = new Map<number, Tables>();

function tablesOf(side: number): Tables {
  const kept = tables.get(side);
  if (kept) return kept;
  const each = (of: (i: number) => number) => Float64Array.from({ length: side }, (_, i) => of(i));
  const wrap = (frequency: number) => Math.min(frequency, side - frequency);
  const bits = Math.log2(side);
  const made: Tables = {
    cosine: each((i) => Math.cos((2 * Math.PI * i) / side)),
    sine: each((i) => Math.sin((2 * Math.PI * i) / side)),
    hann: each((i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side)),
    reversed: Uint8Array.from({ length: side }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) reversed |= side >> (bit + 1);
      return reversed;
    }),
    radius: Uint8Array.from({ length: side * side }, (_, i) => {
      const radius = Math.round(Math.hypot(wrap(Math.floor(i / side)), wrap(i % side)));
      return radius <= side / 2 ? radius : 0;
    }),
  };
  tables.set(side, made);
  return made;
}

/**
 * Real and imaginary parts of the discrete Fourier transform of each row, for frequencies below the sampling rate, by halves (radix 2).
 * @param side a power of two
 */
function transformRows(real: Float64Array, imaginary: Float64Array, side: number): [Float64Array, Float64Array] {
  const { cosine, sine, reversed } = tablesOf(side);
  const [outReal, outImaginary] = [new Float64Array(side * side), new Float64Array(side * side)];
  const [re, im] = [new Float64Array(side), new Float64Array(side)];
  for (let row = 0; row < side; row++) {
    for (let x = 0; x < side; x++) {
      const at = row * side + (reversed[x] as number);
      re[x] = real[at] as number;
      im[x] = imaginary[at] as number;
    }
    for (let half = 1; half < side; half *= 2) {
      for (let x = 0; x < side; x++) {
        if (x & half) continue;
        const angle = (x & (half - 1)) * (side / 2 / half);
        const [c, s] = [cosine[angle] as number, sine[angle] as number];
        const [a, b] = [re[x + half] as number, im[x + half] as number];
        const [oddReal, oddImaginary] = [a * c + b * s, b * c - a * s];
        const [evenReal, evenImaginary] = [re[x] as number, im[x] as number];
        re[x] = evenReal + oddReal;
        im[x] = evenImaginary + oddImaginary;
        re[x + half] = evenReal - oddReal;
        im[x + half] = evenImaginary - oddImaginary;
      }
    }
    // Transposed: the second pass takes the columns as rows.
    for (let frequency = 0; frequency < side; frequency++) {
      outReal[frequency * side + row] = re[frequency] as number;
      outImaginary[frequency * side + row] = im[frequency] as number;
    }
  }
  return [outReal, outImaginary];
}

/**
 * Mean power by the frequency's distance from 0, in cycles a picture: of 1 … side / 2. A Hann window keeps the picture's border out of it.
 * @param luma a square, row by row
 */
export function radialPower(luma: Float64Array): Float64Array {
  const side = Math.sqrt(luma.length);
  const { hann, radius } = tablesOf(side);
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  const weight = (i: number) => (hann[Math.floor(i / side)] as number) * (hann[i % side] as number);
  const windowed = luma.map((value, i) => (value - mean) * weight(i));
  const [real, imaginary] = transformRows(...transformRows(windowed, new Float64Array(luma.length), side), side);
  const [power, counts] = [new Float64Array(side / 2 + 1), new Float64Array(side / 2 + 1)];
  radius.forEach((distance, i) => {
    power[distance] = (power[distance] as number) + (real[i] as number) ** 2 + (imaginary[i] as number) ** 2;
    counts[distance] = (counts[distance] as number) + 1;
  });
  return power.map((sum, i) => sum / (counts[i] || 1) / luma.length).subarray(1);
}

/** The mean of spectra of one length, in dB; empty without any. */
export function meanDecibels(spectra: readonly Float64Array[]): number[] {
  const [first] = spectra;
  if (!first) return [];
  return Array.from(first, (_, i) => {
    const mean = spectra.reduce((sum, spectrum) => sum + (spectrum[i] ?? 0), 0) / spectra.length;
    // 8-bit pictures have nothing below.
    return 10 * Math.log10(Math.max(mean, 1e-7));
  });
}

/** Frames that a spectrum is the mean of: one crop's own says little. */
const mostFrames = 16;
const panels = ['lr', 'yHat'] as const satisfies readonly PanelName[];

type Spectra = Partial<Record<(typeof panels)[number], Float64Array>>;
const known = new WeakMap<Frame, Spectra>();

function spectrumOf({ atlas, places }: Frame, panel: PanelName, context: OffscreenCanvasRenderingContext2D) {
  const place = places.find(({ name }) => name === panel);
  if (!place || atlas.width === 0 || Math.min(place.width, place.height) < 2) return undefined;
  const { y, width, height } = place;
  Object.assign(context.canvas, { width, height });
  context.drawImage(atlas, 0, y, width, height, 0, 0, width, height);
  return radialPower(middleLuma(context.getImageData(0, 0, width, height).data, width, height));
}

/** Each frame is looked at once. */
function spectraOf(frame: Frame, context: OffscreenCanvasRenderingContext2D): Spectra {
  const kept = known.get(frame);
  if (kept) return kept;
  const found = Object.fromEntries(panels.map((panel) => [panel, spectrumOf(frame, panel, context)]));
  known.set(frame, found);
  return found;
}

/** Mean spectra of the frames that have both pictures, in dB. */
function meansOf(frames: readonly Frame[]): Record<(typeof panels)[number], number[]> {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const all = context ? frames.map((frame) => spectraOf(frame, context)) : [];
  const both = all.flatMap(({ lr, yHat }) => (lr && yHat ? [{ lr, yHat }] : []));
  return { lr: meanDecibels(both.map(({ lr }) => lr)), yHat: meanDecibels(both.map(({ yHat }) => yHat)) };
}

const [width, height] = [400, 200];

/** ŷ should have as much of every fineness as y: what G blurs or invents, D_L tells it by. */
export function Spectrum() {
  const figure = useFeed<HTMLElement>(['panels', 'view'], (element, { images }, { now }) => {
    const { iteration } = now;
    const shown = images.frames.filter(({ step }) => iteration === null || step < iteration).slice(-mostFrames);
    const means = meansOf(shown);
    const values = [...means.lr, ...means.yHat];
    const [least, most] = [Math.min(...values), Math.max(...values)];
    for (const panel of panels) {
      const line = means[panel].map((value, i) => {
        const x = (i / Math.max(1, means[panel].length - 1)) * width;
        return `${x.toFixed(1)},${(8 + ((most - value) / (most - least || 1)) * (height - 16)).toFixed(1)}`;
      });
      element.querySelector(`[data-panel-spectrum="${panel}"]`)?.setAttribute('points', line.join(' '));
    }
    const finest = (means.yHat.at(-1) ?? Number.NaN) - (means.lr.at(-1) ?? Number.NaN);
    const note = element.querySelector('[data-finest]');
    if (!note) return;
    const text = Number.isNaN(finest)
      ? 'no pictures of ŷ yet'
      : `finest detail of ŷ: ${finest < 0 ? '−' : '+'}${Math.abs(finest).toFixed(1)} dB against y`;
    writeText(note, text);
  });
  return (
    <figure ref={figure} className={`${shared.figure} ${styles.figure}`}>
      <figcaption>
        <h3 className={shared.title}>Spectrum of ŷ against y</h3>
        <span className={shared.hint} data-finest />
      </figcaption>
      <p className={shared.hint}>Power by fineness, coarse to fine, mean of the last {mostFrames} pictures at most.</p>
      <svg
        className={styles.spectrum}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Radial power spectra of y and of ŷ in dB, from coarse to fine"
      >
        <polyline data-panel-spectrum="lr" />
        <polyline data-panel-spectrum="yHat" />
      </svg>
      <p className={styles.ends} aria-hidden="true">
        <span>coarse</span>
        <span>fine</span>
      </p>
      <ul className={styles.legend}>
        <li>
          <span className={styles.swatch} data-line="lr" aria-hidden="true" />
          y, the true LR crop
        </li>
        <li>
          <span className={styles.swatch} data-line="yHat" aria-hidden="true" />
          ŷ, made by G
        </li>
      </ul>
    </figure>
  );
}
