/** The trainer's ablation (Table IV at equal student updates), as it writes it, and its part of the page. */
import { readFile } from 'node:fs/promises';
import { type DegradationKind, degradationTitles } from '../../src/degradation/index.ts';
import { bootstrap } from '../../src/report/bootstrap.ts';
import type { Better } from '../../src/report/columns.ts';
import { type TableFourRow, tableFour, tableFourClaims, tableFourRows } from '../../src/report/paper-tables.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import { judgement } from './tables.ts';

/** The metrics of the table, by the trainer's names. */
const metrics = {
  psnr_y: { title: 'PSNR-Y', digits: 2, unit: ' dB', better: 'higher' },
  ssim_y: { title: 'SSIM-Y', digits: 4, unit: '', better: 'higher' },
  lpips_alex: { title: 'LPIPS', digits: 4, unit: '', better: 'lower' },
  dists: { title: 'DISTS', digits: 4, unit: '', better: 'lower' },
} as const satisfies Record<string, { title: string; digits: number; unit: string; better: Better }>;
type Metric = keyof typeof metrics;
const metricNames = Object.keys(metrics) as Metric[];

interface Run {
  readonly row: TableFourRow;
  readonly seed: number;
  /** Of the student. */
  readonly updates: number;
  readonly metrics: Readonly<Partial<Record<DegradationKind, Readonly<Partial<Record<Metric, number>>>>>>;
  /** A value a picture of the validation set, in one order. */
  readonly each?: Readonly<Partial<Record<DegradationKind, Readonly<Partial<Record<Metric, readonly number[]>>>>>>;
}

export interface Ablation {
  readonly teacher_steps?: number;
  readonly runs: readonly Run[];
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
  if (values.length === 0) return '—';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  return values.length > 1 ? `${mean.toFixed(digits)} ± ${half.toFixed(digits)}` : mean.toFixed(digits);
}

function scoreTable(runs: readonly Run[], kind: DegradationKind): string[] {
  const measured = metricNames.filter((name) => runs.some(({ metrics }) => metrics[kind]?.[name] !== undefined));
  const rows = tableFourRows.filter((row) => runs.some((run) => run.row === row));
  return markdownTable(
    ['', 'seeds', ...measured.map((name) => metrics[name].title), 'paper: CLIPIQA / MUSIQ'],
    rows.map((row) => {
      const own = runs.filter((run) => run.row === row);
      const cells = measured.map((name) =>
        spread(
          own.flatMap(({ metrics }) => metrics[kind]?.[name] ?? []),
          metrics[name].digits,
        ),
      );
      return [row, String(own.length), ...cells, tableFour[row] ?? '—'];
    }),
  );
}

/** The differences that a part makes: a row a training seed that both rows have, a column a picture. */
function differences(runs: readonly Run[], [a, b]: readonly TableFourRow[], kind: DegradationKind, metric: Metric) {
  const valuesOf = (row: TableFourRow | undefined, seed: number) =>
    runs.find((run) => run.row === row && run.seed === seed)?.each?.[kind]?.[metric];
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const [first, second] = [valuesOf(a, seed), valuesOf(b, seed)];
    return first && second ? [first.map((value, index) => value - (second[index] ?? Number.NaN))] : [];
  });
}

function effectTable(runs: readonly Run[], kind: DegradationKind): string[] {
  const named = metricNames.filter((name) => runs.some(({ each }) => each?.[kind]?.[name]));
  const rows = tableFourClaims.flatMap(([a, b, part]) => {
    const cells = named.map((name) => {
      const found = differences(runs, [a, b], kind, name);
      const { better, digits, unit } = metrics[name];
      return found.length > 0 ? judgement(bootstrap(found), better, digits, unit).text : '—';
    });
    const seeds = differences(runs, [a, b], kind, 'psnr_y').length;
    return seeds > 0 ? [[`${part} (${a} against ${b})`, String(seeds), ...cells]] : [];
  });
  return rows.length > 0 ? markdownTable(['', 'seeds', ...named.map((name) => metrics[name].title)], rows) : [];
}

export function ablationPart({ runs, teacher_steps }: Ablation): string[] {
  const kinds = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))] as DegradationKind[];
  const updates = [...new Set(runs.map(({ updates }) => updates))]
    .map((count) => count.toLocaleString('en'))
    .join(', ');
  const teacher = teacher_steps ? ` from the teacher of ${teacher_steps.toLocaleString('en')} steps` : '';
  return [
    '## Ablation (Table IV)',
    '',
    `Students after ${updates} updates each${teacher}, measured on the validation set by the trainer (\`python -m trainer ablation\`, whose`,
    'configuration has all weights): mean ± half the range over training seeds. The perceptual term is in every row. The paper’s numbers',
    'are the no-reference scores CLIPIQA and MUSIQ on RealSR and RealSet65: both kinds of number order the rows, but by different things.',
    'The second table asks of each part whether it makes students better: mean difference and its 95 % interval by a paired bootstrap over',
    'pictures and training seeds. *Not shown*: no effect that these runs can tell from 0.',
    '',
    ...kinds.flatMap((kind) => {
      const effects = effectTable(runs, kind);
      return [
        `### ${degradationTitles[kind]}`,
        '',
        ...scoreTable(runs, kind),
        '',
        ...(effects.length > 0 ? [...effects, ''] : []),
      ];
    }),
    'The paper’s order is distill < +LR < +HR < both, conv < both, diff on RealSR’s CLIPIQA.',
    '',
  ];
}
