/** A profile's programs as rows: the slowest of ours, and the rest together. */
import type { TileProfile } from '../../../protocol/diagnosis.ts';

const shown = 12;
/** A build names tfjs's programs by letters: they are told together. */
const stockName = 'TensorFlow.js’s own programs';

export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export interface ProgramRow {
  readonly name: string;
  readonly runs: number;
  readonly ms: number;
  /** Of all programs' time. */
  readonly ofAll: string;
  readonly rate: string;
  readonly ofPeak: string;
}

export function programRows({ programs }: TileProfile): ProgramRow[] {
  const total = programs.reduce((sum, { ms }) => sum + ms, 0) || 1;
  const own = programs.filter(({ isOwn }) => isOwn);
  const together = (name: string, rest: typeof programs): ProgramRow[] => {
    if (rest.length === 0) return [];
    const ms = rest.reduce((sum, program) => sum + program.ms, 0);
    const runs = rest.reduce((sum, { count }) => sum + count, 0);
    return [{ name, runs, ms, ofAll: percent(ms / total), rate: '', ofPeak: '' }];
  };
  const rows = own.slice(0, shown).map(({ name, count, ms, flops, bytes, share }) => ({
    name,
    runs: count,
    ms,
    ofAll: percent(ms / total),
    rate:
      ms > 0 ? (flops > 0 ? `${(flops / ms / 1e6).toFixed(1)} GFLOP/s` : `${(bytes / ms / 1e6).toFixed(1)} GB/s`) : '',
    ofPeak: share === null ? '' : percent(share),
  }));
  const stock = programs.filter(({ isOwn }) => !isOwn);
  return [...rows, ...together('Our other programs', own.slice(shown)), ...together(stockName, stock)];
}
