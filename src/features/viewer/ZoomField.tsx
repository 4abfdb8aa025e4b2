import { type KeyboardEvent, useState } from 'react';
import { parsePercent, percentText } from './transform.ts';
import styles from './ZoomField.module.css';

/** The exact zoom: 100 % shows one output pixel on one pixel of the screen. Typing sets it; Escape takes it back. */
export function ZoomField({ zoom, onZoom }: { readonly zoom: number; readonly onZoom: (zoom: number) => void }) {
  const [draft, setDraft] = useState<string | null>(null);

  const commit = () => {
    const value = draft === null ? null : parsePercent(draft);
    if (value !== null) onZoom(value);
    setDraft(null);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter') commit();
    else if (event.key === 'Escape') setDraft(null);
  };

  return (
    <span className={styles.field}>
      <input
        type="text"
        inputMode="decimal"
        aria-label="Zoom in percent"
        value={draft ?? percentText(zoom)}
        onChange={(event) => setDraft(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={commit}
        onKeyDown={press}
      />
      <span className={styles.unit} aria-hidden="true">
        %
      </span>
    </span>
  );
}
