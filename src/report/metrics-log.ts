/**
 * The numbers of a run's iterations, packed, so that its curves outlive a reload. When there are too many, every second one of
 * the older half goes; so the whole run stays, the more coarsely the longer ago.
 */

import type { HeldOutName, IterationRow } from '../paper/names.ts';
import { type Annotation, currentColumn, isAnnotation, type MetricsColumn, metricsColumns } from './run-metrics.ts';

const width = metricsColumns.length;

/** A row without its times. */
export type Measured = Omit<IterationRow, 'timing'> & {
  readonly heldOut?: Readonly<Partial<Record<HeldOutName, number>>>;
};

/** One iteration's numbers in the order of `columns`. @param timing milliseconds by phase */
export function packRow(row: Measured, timing: Readonly<Record<string, number>>): Float64Array {
  const groups: Readonly<Record<string, Readonly<Record<string, number>>>> = { ...grouped(row), timing };
  return Float64Array.from(metricsColumns, (column) => {
    if (column === 'step') return row.step;
    const [group = '', name = ''] = column.split('.');
    return groups[group]?.[name] ?? Number.NaN;
  });
}

const grouped = ({
  losses,
  scores,
  accuracies,
  pixelStd,
  termGrads,
  termShares,
  gradNorms,
  heldOut = {},
}: Measured) => ({
  losses,
  scores,
  accuracies,
  pixelStd,
  termGrads,
  termShares,
  gradNorms,
  heldOut,
});

interface Header {
  readonly columns: readonly string[];
  readonly annotations: readonly Annotation[];
}

export class MetricsLog {
  #rows: Float64Array[] = [];
  #annotations: Annotation[] = [];

  get annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  push(row: Float64Array): void {
    this.#rows.push(row);
    if (this.#rows.length > mostRows) this.#thin();
  }

  /** Numbers that only the dropped row has go to the row after it. */
  #thin(): void {
    const half = 2 * Math.floor(this.#rows.length / 4);
    const older: Float64Array[] = [];
    for (let at = 0; at < half; at += 2) {
      const [gone, kept] = [this.#rows[at], this.#rows[at + 1]];
      older.push(kept.map((value, column) => (Number.isNaN(value) ? gone[column] : value)));
    }
    this.#rows = [...older, ...this.#rows.slice(half)];
  }

  note(annotation: Annotation): void {
    this.#annotations.push(annotation);
  }

  /** Forgets what came after a checkpoint. @param step iterations that it has; @returns how many rows went */
  cut(step: number): number {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => row[0] < step);
    this.#annotations = this.#annotations.filter((annotation) => annotation.step <= step);
    return before - this.#rows.length;
  }

  /** The last numbers of a column, oldest first; iterations that didn't measure it are left out. */
  last(column: MetricsColumn, count: number): number[] {
    const index = metricsColumns.indexOf(column);
    const rows = count > 0 ? this.#rows.slice(-count) : [];
    return rows.map((row) => row[index]).filter((value) => !Number.isNaN(value));
  }

  /** The last number of a column, and the iterations that were done then; null: it was never measured. */
  latest(column: MetricsColumn): { readonly step: number; readonly value: number } | null {
    const index = metricsColumns.indexOf(column);
    const row = this.#rows.findLast((each) => !Number.isNaN(each[index]));
    return row ? { step: row[0] + 1, value: row[index] } : null;
  }

  /** Takes over the rows of another run up to a step. */
  copy(other: MetricsLog, step: number): void {
    this.#rows = [...other.#rows];
    this.#annotations = [...other.#annotations];
    this.cut(step);
  }

  /** Oldest first. */
  each(): Iterable<Float64Array> {
    return this.#rows;
  }

  /** All rows, one after the other. */
  values(): Float64Array<ArrayBuffer> {
    const values = new Float64Array(this.#rows.length * width);
    this.#rows.forEach((row, index) => {
      values.set(row, index * width);
    });
    return values;
  }

  /** Names of the columns and the annotations, one line of JSON, then the rows in single precision, which they have anyway. */
  file(): Blob {
    const header: Header = { columns: metricsColumns, annotations: this.#annotations };
    return new Blob([`${JSON.stringify(header)}\n`, new Float32Array(this.values())]);
  }

  /**
   * By the columns' names: those that a file of another version has not are empty, those that are unknown are left out. A
   * damaged file has no rows.
   */
  static async read(file: Blob | null): Promise<MetricsLog> {
    const history = new MetricsLog();
    const bytes = new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0));
    const end = bytes.indexOf('\n'.charCodeAt(0));
    const header = end < 0 ? null : readHeader(new TextDecoder().decode(bytes.subarray(0, end)));
    if (!header) return history;
    const data = bytes.slice(end + 1);
    const theirs = header.columns.length;
    if (data.length % (theirs * 4) !== 0) return history;
    const values = new Float32Array(data.buffer);
    const places = metricsColumns.map((name) => header.columns.indexOf(name));
    for (let at = 0; at < values.length; at += theirs) {
      history.push(Float64Array.from(places, (place) => (place < 0 ? Number.NaN : values[at + place])));
    }
    for (const annotation of header.annotations) history.note(annotation);
    return history;
  }
}

function readHeader(line: string): Header | null {
  try {
    const { columns: names, annotations } = JSON.parse(line);
    const known = Array.isArray(names) && names.includes('step') && Array.isArray(annotations);
    return known ? { columns: names.map(currentColumn), annotations: annotations.filter(isAnnotation) } : null;
  } catch {
    return null;
  }
}

/** Rows that a run keeps at most; of older iterations ever fewer stay. */
export const mostRows = 20_000;
