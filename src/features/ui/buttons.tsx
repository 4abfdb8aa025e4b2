import { Tooltip } from '@base-ui/react/tooltip';
import { Check, Copy, type LucideIcon } from 'lucide-react';
import { type ButtonHTMLAttributes, type ChangeEvent, type ReactNode, type Ref, useState } from 'react';
import { useActions } from '../../store/context.ts';
import type { Actions } from '../../store/store.ts';
import styles from './buttons.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'primary' | 'quiet';
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'plain', className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={`${styles.button} ${styles[look]} ${className ?? ''}`} />;
}

interface TippedProps {
  readonly tip: string;
  readonly keys?: string;
  /** A `Tooltip.Trigger`. */
  readonly children: ReactNode;
}

/** A control without words: the pointer and the focus tell its name. */
export const Tipped = ({ tip, keys, children }: TippedProps) => (
  <Tooltip.Root>
    {children}
    <Tooltip.Portal>
      <Tooltip.Positioner sideOffset={6}>
        <Tooltip.Popup className={styles.tip}>
          {tip}
          {keys && <kbd className={styles.keys}>{keys}</kbd>}
        </Tooltip.Popup>
      </Tooltip.Positioner>
    </Tooltip.Portal>
  </Tooltip.Root>
);

interface IconButtonProps {
  readonly icon: LucideIcon;
  /** The accessible name, and what the tooltip says. */
  readonly label: string;
  /** Shown in the tooltip behind the label. */
  readonly keys?: string;
  /** For switches: whether it is on. */
  readonly pressed?: boolean;
  /** A dot on it: something is set there. */
  readonly marked?: boolean;
  readonly disabled?: boolean;
  /** Id of the element that says what the button is about. */
  readonly describedBy?: string;
  readonly onClick: () => void;
}

export function IconButton({
  icon: Icon,
  label,
  keys,
  pressed,
  marked,
  disabled,
  describedBy,
  onClick,
}: IconButtonProps) {
  return (
    <Tipped tip={label} keys={keys}>
      {/* The trigger's own `disabled` would silence the tooltip alone. */}
      <Tooltip.Trigger
        render={<button type="button" disabled={disabled} />}
        className={styles.iconButton}
        aria-label={label}
        aria-pressed={pressed}
        data-marked={marked || undefined}
        aria-describedby={describedBy}
        onClick={onClick}
      >
        <Icon size={16} aria-hidden="true" />
      </Tooltip.Trigger>
    </Tipped>
  );
}

interface FileButtonProps {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Types or endings, as for a native input. */
  readonly accept: string;
  readonly multiple?: boolean;
  readonly disabled?: boolean;
  readonly prominent?: boolean;
  /** Id of the element that says which files. */
  readonly describedBy?: string;
  /** At least one file. */
  readonly onFiles: (files: readonly File[]) => void;
}

/** Chooses files: a native input over a label that looks like a button, so every browser, keyboard and assistive tool knows it. */
export function FileButton(props: FileButtonProps) {
  const { icon: Icon, label, accept, multiple, disabled, prominent, describedBy, onFiles } = props;
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    // Cleared, so that choosing the same file again is a change too.
    event.target.value = '';
    if (files.length > 0) onFiles(files);
  };
  return (
    <label className={styles.label} data-prominent={prominent || undefined} data-disabled={disabled || undefined}>
      <Icon size={16} aria-hidden="true" />
      {label}
      <input
        className={styles.input}
        type="file"
        accept={accept}
        multiple={multiple}
        disabled={disabled}
        aria-describedby={describedBy}
        onChange={take}
      />
    </label>
  );
}

/** Says how it went. @returns whether it is copied */
export async function copyText(text: string, notify: Actions['notify']): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    notify('info', 'Copied.');
    return true;
  } catch {
    notify('warning', 'The browser did not allow copying: select the text on the page instead.');
    return false;
  }
}

interface CopyButtonProps {
  readonly label: string;
  readonly text: () => string;
  /** Stands for the label where there is little room. */
  readonly icon?: LucideIcon;
}

export function CopyButton({ label, text, icon }: CopyButtonProps) {
  const { notify } = useActions();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text(), notify))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  if (icon) return <IconButton icon={copied ? Check : icon} label={label} onClick={() => void copy()} />;
  const Icon = copied ? Check : Copy;
  return (
    <Button onClick={() => void copy()}>
      <Icon size={16} aria-hidden="true" />
      {label}
    </Button>
  );
}
