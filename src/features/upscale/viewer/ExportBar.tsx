import { Download } from 'lucide-react';
import { useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import type { ExportFormat } from '../../../protocol/upscale.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import { formats } from '../../../store/settings.ts';
import { Button } from '../../ui/Button.tsx';
import { downloadOne } from '../download.ts';
import styles from './ExportBar.module.css';

const names: Readonly<Record<ExportFormat, string>> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP' };

/** The result of the selected image as a file. */
export function ExportBar() {
  const { engine, actions } = useApp();
  const id = useAppState(({ queue }) => queue.selected);
  const done = useAppState(({ queue }) => queue.items[queue.selected ?? '']?.state === 'done');
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
