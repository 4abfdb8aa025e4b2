/** What is measured of results, as the columns of their table. */
import type { CompareResult, CompareScores } from '../../../engine/compare-protocol.ts';
import { formatBytes, formatInteger, formatMilliseconds } from '../../ui/format.ts';

export interface Metric {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
  readonly of: (scores: CompareScores) => number | null;
}

/** The columns of what a run took. */
export const workTitles = ['Time', 'MP/s', 'Peak tensors', 'Parameters'] as const;

/** What a run took, in the order of `workTitles`. */
export const workCells = ({ ms, megapixelsPerSecond, peakBytes, parameters }: CompareResult): readonly string[] => [
  formatMilliseconds(ms),
  megapixelsPerSecond.toPrecision(2),
  peakBytes === null ? '—' : formatBytes(peakBytes),
  parameters === null ? '—' : formatInteger(parameters),
];

const higher = { better: 'higher' } as const;
const own: readonly Metric[] = [
  { id: 'psnrRgb', label: 'PSNR RGB', unit: 'dB', digits: 3, of: ({ psnrRgb }) => psnrRgb ?? null, ...higher },
  { id: 'psnrY', label: 'PSNR Y', unit: 'dB', digits: 3, of: ({ psnrY }) => psnrY ?? null, ...higher },
  { id: 'ssimY', label: 'SSIM Y', unit: '', digits: 4, of: ({ ssimY }) => ssimY ?? null, ...higher },
  { id: 'msSsim', label: 'MS-SSIM', unit: '', digits: 4, of: ({ msSsim }) => msSsim ?? null, ...higher },
];

/** Named metrics of one group, smaller is better. */
function named(all: readonly (CompareScores | null)[], group: 'perceptual' | 'noReference'): Metric[] {
  const names = new Set(all.flatMap((scores) => Object.keys(scores?.[group] ?? {})));
  return [...names].map((name) => ({
    id: name,
    label: name,
    unit: '',
    better: 'lower',
    digits: group === 'perceptual' ? 4 : 2,
    of: (scores) => scores[group]?.[name] ?? null,
  }));
}

/** Every metric that was measured; those with networks or models of their own by their names. */
export function metricsOf(results: readonly { readonly scores: CompareScores | null }[]): readonly Metric[] {
  const all = results.map(({ scores }) => scores);
  const withTruth = all.some((scores) => scores?.psnrY !== undefined);
  return [...(withTruth ? own : []), ...named(all, 'perceptual'), ...named(all, 'noReference')];
}
