/** Results on a terminal. */

import type { EvaluationProgress } from '../../src/engine/evaluation/evaluate.ts';
import {
  type Column,
  columnsOf,
  type Directions,
  faultsOf,
  formatValue,
  lpipsColumn,
  type MethodResult,
  namedTitle,
  niqeColumn,
  psnrColumn,
  shortfalls,
  statistics,
} from '../../src/report/columns.ts';
import { shortName } from '../../src/report/write-table.ts';

const nameWidth = 16;
const widthOf = (column: Column) => Math.max(8, column.title.length + 1);

/** One digit more than in print: the table is the quickest way to see whether anything changed. */
const cellOf = (result: MethodResult, column: Column) =>
  formatValue(column.ofMethod(result), { digits: column.digits === 2 ? 3 : column.digits }).replaceAll(',', '');

export class TextTable {
  readonly #directions: Directions;
  #columns: readonly Column[] = [];

  constructor(directions: Directions = {}) {
    this.#directions = directions;
  }

  /** The lines that a result adds: the first one brings the head. */
  add(result: MethodResult): string[] {
    const lines: string[] = [];
    if (this.#columns.length === 0) {
      this.#columns = columnsOf([result], this.#directions);
      const heads = this.#columns.map((column) => column.title.padStart(widthOf(column)));
      lines.push(['method'.padEnd(nameWidth), ...heads].join(''));
    }
    const cells = this.#columns.map((column) => cellOf(result, column).padStart(widthOf(column)));
    return [...lines, [shortName(result.method).padEnd(nameWidth), ...cells].join('')];
  }

  /** The columns' meaning, and the number of pictures where it is not all. */
  foot(results: readonly MethodResult[]): string[] {
    const [first] = results;
    if (!first) return [];
    const has = (column: Column) => this.#columns.includes(column);
    const lines: string[] = [];
    if (has(psnrColumn)) lines.push('PSNR in dB, SSIM and MS-SSIM of luma: larger is better');
    if (has(lpipsColumn)) lines.push('LPIPS: AlexNet, v0.1; smaller is better');
    if (has(niqeColumn)) lines.push('NIQE: of the output alone, as BasicSR computes it; smaller is better');
    lines.push(...shortfalls(results, this.#columns), ...faultsOf(results));
    const total = first.images.length;
    for (const [name, better] of Object.entries(this.#directions)) {
      const column = this.#columns.find(({ title }) => title === namedTitle(name));
      const { count } = column ? statistics(first, column) : { count: 0 };
      const of = count < total && count > 0 ? `, of ${count} of ${total} pictures` : '';
      lines.push(`${namedTitle(name)}: of an ONNX file, ${better === 'higher' ? 'larger' : 'smaller'} is better${of}`);
    }
    return lines;
  }
}

export function progressText({ method, done, total, etaSeconds }: EvaluationProgress): string {
  const left = etaSeconds === null || done === total ? '' : `, ${etaSeconds.toFixed(0)} s left`;
  return `${method}: ${done} of ${total}${left}`;
}
