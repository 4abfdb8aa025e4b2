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

/** Real and imaginary parts of the discrete Fourier transform of each row, for frequencies below the sampling rate. */
function transformRows(real: Float64Array, imaginary: Float64Array, side: number): [Float64Array, Float64Array] {
  const [outReal, outImaginary] = [new Float64Array(side * side), new Float64Array(side * side)];
  const cosine = Float64Array.from({ length: side }, (_, i) => Math.cos((2 * Math.PI * i) / side));
  const sine = Float64Array.from({ length: side }, (_, i) => Math.sin((2 * Math.PI * i) / side));
  for (let row = 0; row < side; row++) {
    for (let frequency = 0; frequency < side; frequency++) {
      let [a, b] = [0, 0];
      for (let x = 0; x < side; x++) {
        const at = (frequency * x) % side;
        const [c, s] = [cosine[at] ?? 0, sine[at] ?? 0];
        const [re, im] = [real[row * side + x] ?? 0, imaginary[row * side + x] ?? 0];
        a += re * c + im * s;
        b += im * c - re * s;
      }
      // Transposed: the second pass takes the columns as rows.
      outReal[frequency * side + row] = a;
      outImaginary[frequency * side + row] = b;
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
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  const hann = (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side);
  const windowed = luma.map((value, i) => (value - mean) * hann(Math.floor(i / side)) * hann(i % side));
  const [real, imaginary] = transformRows(...transformRows(windowed, new Float64Array(luma.length), side), side);
  const power = new Float64Array(side / 2);
  const counts = new Float64Array(side / 2);
  for (let i = 0; i < luma.length; i++) {
    const wrap = (frequency: number) => Math.min(frequency, side - frequency);
    const radius = Math.round(Math.hypot(wrap(Math.floor(i / side)), wrap(i % side)));
    if (radius < 1 || radius > side / 2) continue;
    power[radius - 1] = (power[radius - 1] ?? 0) + (real[i] ?? 0) ** 2 + (imaginary[i] ?? 0) ** 2;
    counts[radius - 1] = (counts[radius - 1] ?? 0) + 1;
  }
  return power.map((sum, i) => sum / (counts[i] || 1) / luma.length);
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
