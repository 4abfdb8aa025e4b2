import type { LucideIcon } from 'lucide-react';
import type { ChangeEvent } from 'react';
import styles from './FileButton.module.css';

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
