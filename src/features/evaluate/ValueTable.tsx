import type { ReactNode } from 'react';
import { ScrollRegion } from '../ui/ScrollRegion.tsx';
import styles from './Evaluate.module.css';

interface ValueTableProps {
  /** For screen readers. */
  readonly label: string;
  /** Head of the column of names. */
  readonly name: string;
  /** Heads of the columns of values. */
  readonly heads: readonly string[];
  /** The rows of the body. */
  readonly children: ReactNode;
}

/** A table of names and values that scrolls sideways. */
export function ValueTable({ label, name, heads, children }: ValueTableProps) {
  return (
    <ScrollRegion label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {heads.map((head) => (
              <th key={head} scope="col" className={styles.number}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollRegion>
  );
}
