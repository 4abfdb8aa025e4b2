/** The trainer's ablation (Table IV at equal student updates), as it writes it, and its part of the page. */
import { readFile } from 'node:fs/promises';
import type { DegradationKind } from '../../src/degradation/index.ts';
import { tableFour } from '../../src/report/paper-tables.ts';
import { markdownTable } from '../../src/report/write-table.ts';

interface Scores {
  readonly psnr_y: number;
  readonly ssim_y: number;
}

export interface Ablation {
  readonly teacher_steps?: number;
  readonly runs: readonly {
    readonly row: string;
    readonly seed: number;
    readonly updates: number;
    readonly metrics: Readonly<Partial<Record<DegradationKind, Scores>>>;
  }[];
}

/** Null where there is no such file. @throws one sentence when it is there and damaged */
export async function readAblation(path: string): Promise<Ablation | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const ablation = JSON.parse(text) as Ablation;
    if (Array.isArray(ablation.runs) && ablation.runs.length > 0) return ablation;
  } catch {
    // Told below.
  }
  throw new Error(`${path}: not what \`python -m trainer ablation\` writes (an object with a list of "runs").`);
}

/** Mean, and half the range over seeds where there are several. */
function spread(values: readonly number[], digits: number): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  return values.length > 1 ? `${mean.toFixed(digits)} ± ${half.toFixed(digits)}` : mean.toFixed(digits);
}

export function ablationPart({ runs, teacher_steps }: Ablation): string[] {
  const kinds = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))] as DegradationKind[];
  const rows = [...new Set(runs.map(({ row }) => row))];
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const updates = [...new Set(runs.map(({ updates }) => updates))]
    .map((count) => count.toLocaleString('en'))
    .join(', ');
  const cell = (row: string, kind: DegradationKind) => {
    const scores = runs.flatMap(({ row: own, metrics }) => (own === row && metrics[kind] ? [metrics[kind]] : []));
    if (scores.length === 0) return '—';
    const psnr = spread(
      scores.map(({ psnr_y }) => psnr_y),
      2,
    );
    const ssim = spread(
      scores.map(({ ssim_y }) => ssim_y),
      4,
    );
    return `${psnr} / ${ssim}`;
  };
  const teacher = teacher_steps ? ` from the teacher of ${teacher_steps.toLocaleString('en')} steps` : '';
  return [
    '## Ablation (Table IV)',
    '',
    `Students after ${updates} updates each${teacher}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}: PSNR-Y in dB and SSIM-Y, mean ± half`,
    'the range over seeds, measured by the trainer (`python -m trainer ablation`). The paper’s numbers are the no-reference scores',
    'CLIPIQA and MUSIQ on RealSR and RealSet65: both kinds of number order the rows, but by different things.',
    '',
    ...markdownTable(
      ['', ...kinds, 'paper: CLIPIQA / MUSIQ'],
      rows.map((row) => [row, ...kinds.map((kind) => cell(row, kind)), tableFour[row] ?? '—']),
    ),
    '',
    'The paper’s order is distill < +LR < +HR < both, conv < both, diff on RealSR’s CLIPIQA.',
    '',
  ];
}
