/** The metrics of results, as the columns of their table. */
import {
  type CompareResult,
  type CompareScores,
  type CompareSettings,
  hasCurrentScores,
  isCurrent,
  type SweepRow,
} from '../../../protocol/compare.ts';
import { lpipsColumn, msSsimColumn, niqeColumn } from '../../../report/columns.ts';
import { formatBytes, formatInteger, formatMilliseconds, formatTwoDigits } from '../../ui/format.ts';

interface CompareMetric {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
  /** The condition on pictures, of metrics that not every picture can be measured in. */
  readonly needs?: string;
  readonly of: (scores: CompareScores) => number | null;
}

/** Why a result does not stand beside those of these settings; empty: it does. */
export function noteOf(result: CompareResult, options: CompareSettings): string {
  if (isCurrent(result, options)) return '';
  return hasCurrentScores(result)
    ? ` seed ${result.settings.seed}, other settings`
    : ' measured with other metrics: run it again';
}

/** The columns of what a run took. */
export const workTitles = ['Time', 'MP/s', 'Memory', 'Parameters'] as const;

/** Cost of a run, in the order of `workTitles`. */
export const workCells = ({ ms, megapixelsPerSecond, peakBytes, parameters }: CompareResult): readonly string[] => [
  formatMilliseconds(ms),
  formatTwoDigits(megapixelsPerSecond),
  peakBytes === null ? '—' : formatBytes(peakBytes),
  parameters === null ? '—' : formatInteger(parameters),
];

const higher = { better: 'higher' } as const;
const lower = { better: 'lower', unit: '' } as const;
const againstTruth: readonly CompareMetric[] = [
  { id: 'psnrRgb', label: 'PSNR RGB', unit: 'dB', digits: 3, of: ({ psnrRgb }) => psnrRgb ?? null, ...higher },
  { id: 'psnrY', label: 'PSNR Y', unit: 'dB', digits: 3, of: ({ psnrY }) => psnrY ?? null, ...higher },
  { id: 'ssimY', label: 'SSIM Y', unit: '', digits: 4, of: ({ ssimY }) => ssimY ?? null, ...higher },
  {
    id: 'msSsim',
    label: 'MS-SSIM',
    unit: '',
    digits: 4,
    needs: msSsimColumn.needs,
    of: ({ msSsim }) => msSsim ?? null,
    ...higher,
  },
  {
    id: 'lpips',
    label: lpipsColumn.title,
    digits: lpipsColumn.digits,
    needs: lpipsColumn.needs,
    of: ({ lpips }) => lpips ?? null,
    ...lower,
  },
];
const alone: CompareMetric = {
  id: 'niqe',
  label: niqeColumn.title,
  digits: niqeColumn.digits,
  needs: niqeColumn.needs,
  of: ({ niqe }) => niqe ?? null,
  ...lower,
};

/** Every metric that was measured. */
export function metricsOf(results: readonly { readonly scores: CompareScores | null }[]): readonly CompareMetric[] {
  const withTruth = results.some(({ scores }) => scores?.psnrY !== undefined);
  return [...(withTruth ? againstTruth : []), alone];
}

/** Smallest, mean and largest value of a metric over seeds. */
interface SeedRange {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** Null where nothing was measured. */
export function seedRange({ of }: Pick<CompareMetric, 'of'>, rows: readonly SweepRow[]): SeedRange | null {
  const values = rows.flatMap(({ scores }) => {
    const value = of(scores);
    return value === null ? [] : [value];
  });
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { least: Math.min(...values), mean, most: Math.max(...values) };
}
