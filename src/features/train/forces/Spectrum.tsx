import type { PanelName } from '../../../paper/names.ts';
import type { Frame } from '../../../protocol/train.ts';
import shared from '../panels.module.css';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './forces.module.css';
import { meanDecibels, middleLuma, radialPower } from './spectrum.ts';

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
