/** Our methods beside public networks, by quality, arithmetic and time: a table that a measurement fills. */

import {
  formatValue,
  headOf,
  lpipsColumn,
  type MethodResult,
  niqeColumn,
  psnrColumn,
  ssimColumn,
} from '../../src/report/columns.ts';
import { type EvaluationMethod, methodTitle } from '../../src/report/methods.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import type { PeerCost } from './cost.ts';

export interface PeerReport {
  readonly adapter: string;
  /** The pictures in words. */
  readonly set: string;
  readonly methods: readonly MethodResult[];
  readonly costs: Readonly<Partial<Record<EvaluationMethod, PeerCost>>>;
}

const columns = [psnrColumn, ssimColumn, lpipsColumn, niqeColumn];

/** The gain over bicubic by a metric, for each unit of work; null without both. */
function gain(of: MethodResult, over: MethodResult, column: (typeof columns)[number], work: number | null | undefined) {
  const [a, b] = [column.ofMethod(of), column.ofMethod(over)];
  if (typeof a !== 'number' || typeof b !== 'number' || !work) return null;
  return ((column.better === 'higher' ? a - b : b - a) / work) as number;
}

export function peersPage({ adapter, set, methods, costs }: PeerReport): string {
  const bicubic = methods.find(({ method }) => method === 'bicubic');
  const seconds = ({ msPerMegapixel }: MethodResult) => (msPerMegapixel === null ? null : msPerMegapixel / 1000);
  const rows = methods.map((result) => {
    const cost = costs[result.method];
    const digits = (value: number | null, count: number) => formatValue(value, { digits: count });
    const gains =
      bicubic && cost
        ? [psnrColumn, lpipsColumn].flatMap((column) => [
            digits(gain(result, bicubic, column, cost.gmac / 100), 3),
            digits(gain(result, bicubic, column, seconds(result)), 4),
          ])
        : ['—', '—', '—', '—'];
    return [
      methodTitle(result.method, result.steps).replace(/\.onnx$/, ''),
      cost ? `${(cost.parameters / 1e6).toFixed(2)} M` : '—',
      cost ? cost.gmac.toFixed(1) : '—',
      digits(seconds(result), 2),
      ...columns.map((column) => formatValue(column.ofMethod(result), column)),
      ...gains,
    ];
  });
  return [
    '# Beside public networks',
    '',
    '<!-- Written by `npm run peers -- --score`. -->',
    '',
    `${set}, on ${adapter}. GMAC: multiply–accumulates of convolutions and matrix products for a megapixel of output, without what tiles`,
    'compute twice; seconds for a megapixel in this one run. The last four columns are the gain over bicubic for each 100 GMAC of a megapixel,',
    'and for each second of it. Public networks were trained on other pictures and degradations than ours, with far more samples.',
    '',
    ...markdownTable(
      [
        '',
        'parameters',
        'GMAC/MP',
        's/MP',
        ...columns.map(headOf),
        'PSNR-Y gain / 100 GMAC',
        'PSNR-Y gain / s',
        'LPIPS gain / 100 GMAC',
        'LPIPS gain / s',
      ],
      rows,
    ),
    '',
  ].join('\n');
}
