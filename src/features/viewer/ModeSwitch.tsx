import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import type { LucideIcon } from 'lucide-react';
import styles from './ModeSwitch.module.css';

interface ModeSwitchProps<M extends string> {
  readonly modes: Readonly<Record<M, { readonly label: string; readonly icon: LucideIcon }>>;
  readonly mode: M;
  readonly onMode: (mode: M) => void;
}

/** How the pictures are compared: one of a few ways. Words show where there is room. */
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
          <Toggle key={value} value={value} className={styles.mode} aria-label={label} title={label}>
            <Icon size={16} aria-hidden="true" />
            <span className={styles.word}>{label}</span>
          </Toggle>
        );
      })}
    </ToggleGroup>
  );
}
