import type { ReactNode } from 'react';
import styles from './Field.module.css';

interface FieldProps {
  readonly label: string;
  /** Id of the control. */
  readonly id: string;
  /** One line on what it does; tied to the control by `${id}-hint`. */
  readonly hint: ReactNode;
  /** Shown at the right of the label. */
  readonly value?: string;
  readonly children: ReactNode;
}

export function Field({ label, id, hint, value, children }: FieldProps) {
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label htmlFor={id}>{label}</label>
        {value && <output htmlFor={id}>{value}</output>}
      </div>
      {children}
      <p className={styles.hint} id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
