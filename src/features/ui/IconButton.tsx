import { Tooltip } from '@base-ui/react/tooltip';
import type { LucideIcon } from 'lucide-react';
import styles from './IconButton.module.css';

interface IconButtonProps {
  readonly icon: LucideIcon;
  /** The accessible name, and what the tooltip says. */
  readonly label: string;
  /** Shown in the tooltip behind the label. */
  readonly keys?: string;
  /** For switches: whether it is on. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  /** Id of the element that says what the button is about. */
  readonly describedBy?: string;
  readonly onClick: () => void;
}

export function IconButton({ icon: Icon, label, keys, pressed, disabled, describedBy, onClick }: IconButtonProps) {
  return (
    <Tooltip.Root>
      {/* The trigger's own `disabled` would silence the tooltip alone. */}
      <Tooltip.Trigger
        render={<button type="button" disabled={disabled} />}
        className={styles.button}
        aria-label={label}
        aria-pressed={pressed}
        aria-describedby={describedBy}
        onClick={onClick}
      >
        <Icon size={16} aria-hidden="true" />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className={styles.tip}>
            {label}
            {keys && <kbd className={styles.keys}>{keys}</kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
