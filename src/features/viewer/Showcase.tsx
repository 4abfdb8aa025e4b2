import { type PointerEvent, useState } from 'react';
import type { PresetName } from '../../presets/presets.ts';
import type { BackendKind } from '../../protocol/upscale.ts';
import { type Method, methodTitle } from '../../report/methods.ts';
import { creditOf, samples } from '../intake/samples.ts';
import { backendTitles, formatSeconds, formatSize } from '../ui/format.ts';
import made from './showcase.json' with { type: 'json' };
import styles from './showcase.module.css';
import { SplitLine } from './sliders.tsx';

/** The making of the pair: `npm run screenshots -- --showcase` writes it. */
interface Made {
  /** File of the sample. */
  readonly sample: string;
  /** Of the result. */
  readonly width: number;
  readonly height: number;
  readonly preset: PresetName;
  readonly method: Method;
  readonly backend: BackendKind;
  readonly seconds: number;
  /** Of the machine. */
  readonly cores: number;
}

/** A result of the shipped network beside smooth enlargement, drawn with the first paint. */
export function Showcase() {
  const [slider, setSlider] = useState(0.5);
  const { sample, width, height, preset, method, backend, seconds, cores } = made as Made;
  const source = samples.find(({ file }) => file === sample);
  const title = methodTitle(method);

  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.getBoundingClientRect();
    setSlider(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };

  return (
    <figure className={styles.showcase} aria-label="Before and after">
      <div className={styles.pair} onPointerDown={move} onPointerMove={move}>
        <img
          className={styles.picture}
          src="showcase/after.webp"
          alt={`${source?.title ?? 'A sample'}, upscaled by ${title}`}
          width={width}
          height={height}
          fetchPriority="high"
          draggable={false}
        />
        <img
          className={styles.picture}
          style={{ clipPath: `inset(0 ${100 * (1 - slider)}% 0 0)` }}
          src="showcase/before.webp"
          alt="The same, enlarged by bicubic interpolation"
          width={width}
          height={height}
          draggable={false}
        />
        <span className={styles.label} aria-hidden="true">
          bicubic
        </span>
        <span className={styles.label} data-side="right" aria-hidden="true">
          {title} ×4
        </span>
        <SplitLine slider={slider} before="bicubic" after={title} onMove={setSlider} />
      </div>
      <figcaption className={styles.caption}>
        {formatSize(width / 4, height / 4)} → {formatSize(width, height)}, made by this page’s network ({title},{' '}
        {preset}) in {formatSeconds(seconds)} on {backendTitles[backend]}, {cores} {cores === 1 ? 'core' : 'cores'}.
        Photo: {source ? creditOf(source) : sample}
      </figcaption>
    </figure>
  );
}
