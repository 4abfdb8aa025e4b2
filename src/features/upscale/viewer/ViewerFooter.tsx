/**
 * The viewer's words on the image on screen: before a run that takes long, the ways that take less; at its foot, how the result
 * was made, and its file.
 */
import { Download } from 'lucide-react';
import { useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import type { Rect } from '../../../imaging/image.ts';
import type { EngineReady, ExportFormat, JobResult, UpscaleOptions } from '../../../protocol/upscale.ts';
import { isDetailed, isEsrgan, isTeacher, methodTitle, type UpscaleMethod } from '../../../report/methods.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { chosenMethod } from '../../../store/engine.ts';
import { isActive, type QueueItem, shownState, stateOf } from '../../../store/queue.ts';
import { formats } from '../../../store/settings.ts';
import { promptSeconds, secondsLeft } from '../../../store/starts.ts';
import { Button } from '../../ui/buttons.tsx';
import {
  backendTitles,
  formatBytes,
  formatMegapixels,
  formatSeconds,
  formatShare,
  formatSize,
  memoryMeaning,
} from '../../ui/format.ts';
import { docked } from '../../ui/regions.tsx';
import { pageHref } from '../../ui/router.ts';
import { downloadOne } from '../download.ts';
import { memoryText } from '../queue/QueueRow.tsx';
import styles from './stage.module.css';

/** @param decibels infinite where there is no difference */
const agreementText = (decibels: number) => (Number.isFinite(decibels) ? ` to ${decibels.toFixed(1)} dB` : '');

export function resultText({ seconds, megapixels, options, backend, tile, peakBytes, agreement }: JobResult): string {
  return [
    methodTitle(options.method),
    ...(isEsrgan(options.method) ? [] : [`seed ${options.seed}`]),
    ...(agreement === undefined ? [] : [`agrees with the input${agreementText(agreement)}`]),
    `tile ${tile}`,
    backendTitles[backend],
    `${formatMegapixels(megapixels)} in ${formatSeconds(seconds)}`,
    ...(peakBytes === undefined ? [] : [`${formatBytes(peakBytes)} of memory`]),
  ].join(' · ');
}

/** The choices that change the picture: tile and memory only change how it is computed. */
const shaping = ['preset', 'method', 'seed', 'colourLock', 'agree'] as const;

/** @param options with the method that runs now; 'auto', where that isn't known yet, differs from none */
export const madeOtherwise = (result: JobResult, options: UpscaleOptions): boolean =>
  shaping.some((key) => {
    if (key === 'agree') return (result.options.agree ?? false) !== (options.agree ?? false);
    // Models from elsewhere draw no noise and know nothing of weights and colours.
    if (key !== 'method' && isEsrgan(options.method)) return false;
    return result.options[key] !== options[key] && options[key] !== 'auto';
  });

const names: Readonly<Record<ExportFormat, string>> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP' };

/** The result of the selected image as a file. */
function ExportBar() {
  const { engine, actions } = useApp();
  const id = useAppState(({ queue }) => queue.selected);
  const done = useAppState(({ queue }) => stateOf(queue, queue.selected ?? '') === 'done' && queue.selected !== null);
  const format = useAppState(({ settings }) => settings.format);
  const quality = useAppState(({ settings }) => settings.quality);
  const [busy, setBusy] = useState(false);

  const download = async () => {
    if (id === null) return;
    setBusy(true);
    try {
      await downloadOne(engine, id, { format, quality });
    } catch (error) {
      actions.notify('warning', errorMessage(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={styles.bar}>
      <select
        aria-label="File format"
        value={format}
        onChange={(event) =>
          actions.setSettings({ format: formats.find((name) => name === event.target.value) ?? 'png' })
        }
      >
        {formats.map((name) => (
          <option key={name} value={name}>
            {names[name]}
          </option>
        ))}
      </select>
      {format !== 'png' && (
        <label className={styles.quality}>
          Quality
          <input
            type="range"
            min={0.1}
            max={1}
            step={0.01}
            value={quality}
            aria-valuetext={`${Math.round(quality * 100)} %`}
            onChange={(event) => actions.setSettings({ quality: event.target.valueAsNumber })}
          />
          <output>{Math.round(quality * 100)}</output>
        </label>
      )}
      <Button look="primary" disabled={!done || busy} onClick={download}>
        <Download size={16} aria-hidden="true" />
        Download
      </Button>
    </div>
  );
}

/** Where the settings would give another picture than the result. */
export function RedoButton({ item: { image, result } }: { readonly item: QueueItem }) {
  const options = useAppState(({ settings }) => settings.options);
  const ready = useAppState(({ engine }) => engine.ready);
  const { run } = useActions();
  const current = { ...options, method: chosenMethod(options.method, ready) };
  if (!result || !madeOtherwise(result, current)) return null;
  return <Button onClick={() => run([image.id])}>Redo with the current settings</Button>;
}

export function ViewerFooter() {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  if (!item) return null;
  const { image, prediction, protectedShare, result } = item;

  return (
    <div ref={docked} className={styles.footer}>
      <div className={styles.facts}>
        <p className={styles.name} title={image.name}>
          {image.name}
        </p>
        <p className={styles.detail} title={result?.peakBytes === undefined ? undefined : memoryMeaning}>
          {formatSize(image.width, image.height)} → {formatSize(prediction.outWidth, prediction.outHeight)}
          {result && isDetailed(result.options.method) && protectedShare > 0
            ? ` · ${formatShare(protectedShare)} protected`
            : ''}
          {result && ` · ${resultText(result)}`}
        </p>
      </div>
      <RedoButton item={item} />
      <ExportBar />
    </div>
  );
}

interface LongWorkProps {
  /** LR pixels on screen. */
  readonly visible: Rect | null;
  /** A frame that was drawn, LR pixels. */
  readonly framed: Rect | null;
  /** Adds a part of the picture, reduced by a factor, as one of its own. */
  readonly onPart: (rect: Rect, scale: number) => void;
}

/**
 * A method that takes less than the one in use: one step instead of many, then the smallest ESRGAN, which is one layer after the other
 * without attention (on WebAssembly measured 17 times as fast as the students).
 */
export function fasterMethod(ready: Pick<EngineReady, 'method' | 'methods'> | null): UpscaleMethod | null {
  if (!ready || ready.method === 'esrgan-slim') return null;
  const student = ready.methods.find((method) => !isTeacher(method));
  return isTeacher(ready.method) && student ? student : 'esrgan-slim';
}

/** Asks before a picture takes long, and offers the ways that take less; for a drawn frame, runs that. */
export function LongWork({ visible, framed, onPart }: LongWorkProps) {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  const ready = useAppState(({ engine }) => engine.ready);
  const { run, setView, setOptions } = useActions();
  if (!item) return null;
  const { width, height, id } = item.image;
  const seconds = secondsLeft(item);
  const whole = item.prediction.run?.seconds ?? 0;
  const time = (rect: Rect, scale = 1) =>
    whole > 0 ? `, about ${formatSeconds((whole * scale ** 2 * rect.width * rect.height) / (width * height))}` : '';

  if (framed) {
    return (
      <div className={`${styles.floating} ${styles.ask}`}>
        <p>
          {formatSize(framed.width, framed.height)} pixels framed{time(framed)}.
        </p>
        <Button look="primary" onClick={() => onPart(framed, 1)}>
          Upscale this part
        </Button>
        <Button onClick={() => setView({ framing: false })}>Cancel</Button>
      </div>
    );
  }
  const state = shownState(item);
  const memory = memoryText(item);
  const isLong = seconds !== null && seconds > promptSeconds;
  if (isActive(state) || state === 'done' || (!isLong && !memory)) return null;
  const all = { x: 0, y: 0, width, height };
  const faster = fasterMethod(ready);
  const isPart = visible !== null && visible.width * visible.height < 0.8 * width * height;
  return (
    <div className={`${styles.floating} ${styles.ask}`}>
      <p>
        {memory}{' '}
        {isLong && `${state === 'paused' ? 'The rest' : 'All of it'} takes about ${formatSeconds(seconds)} here.`}{' '}
        {isLong && ready?.backend !== 'webgpu' && <a href={pageHref('diagnosis')}>Faster with a GPU</a>}
      </p>
      <Button look="primary" onClick={() => run([id])}>
        {state === 'paused' ? 'Go on' : 'Upscale it all'}
      </Button>
      {isPart && <Button onClick={() => onPart(visible, 1)}>The part in view{time(visible)}</Button>}
      <Button onClick={() => setView({ framing: true })}>Frame a part</Button>
      <Button onClick={() => onPart(all, 0.5)}>At half the size{time(all, 0.5)}</Button>
      {faster && <Button onClick={() => setOptions({ method: faster })}>By {methodTitle(faster)}, faster</Button>}
    </div>
  );
}
