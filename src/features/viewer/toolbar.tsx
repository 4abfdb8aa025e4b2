import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { Tooltip } from '@base-ui/react/tooltip';
import { type LucideIcon, Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { IconButton, Tipped } from '../ui/buttons.tsx';
import { parsePercent, percentText, zoomStep } from './transform.ts';
import styles from './viewer.module.css';

interface ModeSwitchProps<M extends string> {
  readonly modes: Readonly<Record<M, { readonly label: string; readonly icon: LucideIcon }>>;
  readonly mode: M;
  readonly onMode: (mode: M) => void;
}

/** One of several ways to compare the pictures. Words show where there is room. */
export function ModeSwitch<M extends string>({ modes, mode, onMode }: ModeSwitchProps<M>) {
  return (
    <ToggleGroup
      className={styles.modes}
      aria-label="Compare by"
      value={[mode]}
      // Pressing the current mode again would leave none: it stays.
      onValueChange={([next]) => next && onMode(next as M)}
    >
      {(Object.keys(modes) as M[]).map((value) => {
        const { label, icon: Icon } = modes[value];
        return (
          <Tipped key={value} tip={label}>
            <Tooltip.Trigger render={<Toggle value={value} />} className={styles.mode} aria-label={label}>
              <Icon size={16} aria-hidden="true" />
              <span className={styles.word}>{label}</span>
            </Tooltip.Trigger>
          </Tipped>
        );
      })}
    </ToggleGroup>
  );
}

/** The exact zoom: 100 % shows one output pixel on one pixel of the screen. Typing sets it; Escape takes it back. */
function ZoomField({ zoom, onZoom }: { readonly zoom: number; readonly onZoom: (zoom: number) => void }) {
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

interface ZoomGroupProps {
  readonly zoom: number;
  readonly fit: boolean;
  readonly onZoom: (zoom: number) => void;
  readonly onFit: () => void;
}

export function ZoomGroup({ zoom, fit, onZoom, onFit }: ZoomGroupProps) {
  return (
    <div className={styles.group}>
      <IconButton icon={ZoomOut} label="Zoom out" keys="−" onClick={() => onZoom(zoomStep(zoom, -1))} />
      <ZoomField zoom={zoom} onZoom={onZoom} />
      <IconButton icon={ZoomIn} label="Zoom in" keys="+" onClick={() => onZoom(zoomStep(zoom, 1))} />
      <IconButton icon={Maximize} label="Fit" keys="0" pressed={fit} onClick={onFit} />
      <button
        type="button"
        className={styles.exact}
        aria-label="100 %"
        title="100 %: pixel for pixel (1)"
        onClick={() => onZoom(1)}
      >
        1:1
      </button>
    </div>
  );
}
