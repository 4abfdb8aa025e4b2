/** The numbers of a run's iterations, packed, so that its curves outlive a reload. The oldest go when there are too many. */

import type { Row } from '../../training/measurements.ts';
import { columns } from '../training-protocol.ts';

const width = columns.length;
const most = 20_000;

/** One iteration's numbers in the order of `columns`. @param timing milliseconds by phase */
export function packRow(row: Omit<Row, 'timing'>, timing: Readonly<Record<string, number>>): Float64Array {
  const groups: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    losses: row.losses,
    scores: row.scores,
    gradNorms: row.gradNorms,
    timing,
  };
  return Float64Array.from(columns, (column) => {
    if (column === 'step') return row.step;
    const [group = '', name = ''] = column.split('.');
    return groups[group]?.[name] ?? Number.NaN;
  });
}

export class RowHistory {
  #rows: Float64Array[] = [];

  push(row: Float64Array): void {
    this.#rows.push(row);
    if (this.#rows.length > most) this.#rows.splice(0, this.#rows.length - most);
  }

  /** Forgets what came after a checkpoint. @param step iterations that it has; @returns how many rows went */
  cut(step: number): number {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => (row[0] as number) < step);
    return before - this.#rows.length;
  }

  pack(): Float64Array<ArrayBuffer> {
    const values = new Float64Array(this.#rows.length * width);
    this.#rows.forEach((row, index) => {
      values.set(row, index * width);
    });
    return values;
  }

  /** A file of another version's columns, or a damaged one, has no rows. */
  static async read(file: Blob | null): Promise<RowHistory> {
    const history = new RowHistory();
    const bytes = (await file?.arrayBuffer()) ?? new ArrayBuffer(0);
    if (bytes.byteLength % (width * 8) !== 0) return history;
    const values = new Float64Array(bytes);
    for (let at = 0; at < values.length; at += width) history.push(values.slice(at, at + width));
    return history;
  }
}
