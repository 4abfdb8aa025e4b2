/** Results on a terminal. */
import {
  type Column,
  columnsOf,
  type Directions,
  formatValue,
  msSsimColumn,
} from '../../src/engine/evaluation/columns.ts';
import type { EvaluationProgress } from '../../src/engine/evaluation/evaluate.ts';
import type { MethodResult } from '../../src/engine/evaluation/results.ts';
import { shortName } from '../../src/engine/evaluation/write-table.ts';
import { FeatureDistance } from '../../src/engine/feature-distance.ts';
import { msSsimSmallestSide, niqeLabel, niqeSmallestSide } from '../../src/imaging/metrics/index.ts';

/** The project's own metrics in a word; the foot says which they are. */
const shortTitles: Readonly<Record<string, string>> = {
  [FeatureDistance.label]: 'perceptual',
  [niqeLabel]: 'NIQE',
};
const titleOf = ({ title }: Column) => shortTitles[title] ?? title;
const nameWidth = 16;
const widthOf = (column: Column) => Math.max(8, titleOf(column).length + 1);

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
      const heads = this.#columns.map((column) => titleOf(column).padStart(widthOf(column)));
      lines.push(['method'.padEnd(nameWidth), ...heads].join(''));
    }
    const cells = this.#columns.map((column) => cellOf(result, column).padStart(widthOf(column)));
    return [...lines, [shortName(result.method).padEnd(nameWidth), ...cells].join('')];
  }

  /** What the columns say, and of how many pictures where not of all. */
  foot(results: readonly MethodResult[]): string[] {
    const [first] = results;
    if (!first) return [];
    const lines: string[] = [];
    const total = first.images.length;
    const measured = (column: Column) => first.images.filter((row) => typeof column.ofPicture(row) === 'number').length;
    const few = (column: Column, side: number) => {
      if (this.#columns.includes(column) && measured(column) < total)
        lines.push(
          `${titleOf(column)} of ${measured(column)} of ${total} pictures: the others have less than ${side} px a side`,
        );
    };
    const named = (name: string) => this.#columns.find(({ title }) => title === name);
    const [distance, niqe] = [named(FeatureDistance.label), named(niqeLabel)];
    if (distance)
      lines.push(
        `perceptual: ${distance.title}, smaller is better; PSNR in dB, SSIM and MS-SSIM of luma, larger is better`,
      );
    if (niqe) lines.push(`NIQE: ${niqe.title}, of the output alone, smaller is better`);
    few(msSsimColumn, msSsimSmallestSide);
    if (niqe) few(niqe, niqeSmallestSide);
    const others = this.#columns.filter((column) => column.title in this.#directions);
    for (const column of others) {
      const of =
        measured(column) < total && measured(column) > 0 ? `, of ${measured(column)} of ${total} pictures` : '';
      lines.push(
        `${column.title}: of an ONNX file, ${column.better === 'higher' ? 'larger' : 'smaller'} is better${of}`,
      );
    }
    return lines;
  }
}

export function progressText({ method, done, total, etaSeconds }: EvaluationProgress): string {
  const left = etaSeconds === null || done === total ? '' : `, ${etaSeconds.toFixed(0)} s left`;
  return `${method}: ${done} of ${total}${left}`;
}
