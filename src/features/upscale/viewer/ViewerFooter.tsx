import { Download } from 'lucide-react';
import { useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import type { ExportFormat, JobResult, UpscaleOptions } from '../../../protocol/upscale.ts';
import { isEsrgan, methodTitle } from '../../../report/methods.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { chosenMethod } from '../../../store/engine.ts';
import { stateOf } from '../../../store/queue.ts';
import { formats } from '../../../store/settings.ts';
import { Button } from '../../ui/buttons.tsx';
import {
  backendTitles,
  formatBytes,
  formatMegapixels,
  formatSeconds,
  formatSize,
  memoryMeaning,
} from '../../ui/format.ts';
import { downloadOne } from '../download.ts';
import styles from './stage.module.css';

export function resultText({ seconds, megapixels, options, backend, tile, peakBytes, agreement }: JobResult): string {
  return [
    methodTitle(options.method),
    ...(isEsrgan(options.method) ? [] : [`seed ${options.seed}`]),
    ...(agreement === undefined ? [] : [`agrees with the input to ${agreement.toFixed(1)} dB`]),
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

export function ViewerFooter() {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  const options = useAppState(({ settings }) => settings.options);
  const ready = useAppState(({ engine }) => engine.ready);
  const { run } = useActions();
  if (!item) return null;
  const { image, prediction, result } = item;
  const current = { ...options, method: chosenMethod(options.method, ready) };

  return (
    <div className={styles.footer}>
      <div className={styles.facts}>
        <p className={styles.name} title={image.name}>
          {image.name}
        </p>
        <p className={styles.detail} title={result?.peakBytes === undefined ? undefined : memoryMeaning}>
          {formatSize(image.width, image.height)} → {formatSize(prediction.outWidth, prediction.outHeight)}
          {result && ` · ${resultText(result)}`}
        </p>
      </div>
      {result && madeOtherwise(result, current) && (
        <Button onClick={() => run([image.id])}>Redo with the current settings</Button>
      )}
      <ExportBar />
    </div>
  );
}
