/** Claims of one method before another, judged on the sets, and their parts of the page. */
import { degradationTitles } from '../../src/degradation/index.ts';
import type { Verdict } from '../../src/report/bootstrap.ts';
import { type EvaluationMethod, isNetwork, methodTitle } from '../../src/report/methods.ts';
import {
  baselineClaims,
  type Claim,
  comparableClaims,
  type Metric,
  paperClaims,
} from '../../src/report/paper-tables.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import type { StoredResults, StoredSet } from './stored.ts';
import { judge, metricColumns } from './tables.ts';

interface ClaimRow {
  readonly claim: Claim;
  /** "ours before SinSR" */
  readonly order: string;
  readonly metric: Metric;
  readonly verdicts: readonly ReturnType<typeof judge>[];
}

function judged(claims: readonly Claim[], sets: readonly StoredSet[]): ClaimRow[] {
  const measured = sets.flatMap(({ methods }) => methods);
  const titleOf = (name: EvaluationMethod) => methodTitle(name, measured.find(({ method }) => method === name)?.steps);
  return claims
    .flatMap((claim) => claim.metrics.map((metric) => ({ claim, metric })))
    .map(({ claim, metric }) => ({
      claim,
      metric,
      order: `${titleOf(claim.better)} before ${titleOf(claim.worse)}`,
      verdicts: sets.map((set) => judge(claim, metric, set)),
    }))
    .filter(({ verdicts }) => verdicts.some((verdict) => verdict !== null));
}

const statement = ({ order, metric }: ClaimRow) => `${order}, ${metricColumns[metric].title}`;

const sourced = (row: ClaimRow) => `${statement(row)}${row.claim.source ? ` (${row.claim.source})` : ''}`;

const claimTable = (rows: readonly ClaimRow[], sets: readonly StoredSet[]): string[] =>
  markdownTable(
    ['', ...sets.map(({ degradation }) => degradationTitles[degradation])],
    rows.map((row) => [sourced(row), ...row.verdicts.map((verdict) => verdict?.text ?? '—')]),
  );

/** In words: the claims that are reversed, and those that these pictures do not decide. */
function reproduction(rows: readonly ClaimRow[], sets: readonly StoredSet[]): string[] {
  if (!rows.some(({ claim }) => claim.better === 'ours' || claim.worse === 'ours')) {
    return [
      'These weights hold no co-trained student (“ours”), so what the paper claims for it is not checked here.',
      '',
    ];
  }
  const list = (title: string, wanted: Verdict) => {
    const lines = rows.flatMap((row) => {
      const where = sets.filter((_, i) => row.verdicts[i]?.verdict === wanted);
      if (where.length === 0) return [];
      const names = where.map((set) => degradationTitles[set.degradation]).join(' and ');
      return [`- ${statement(row)}: ${where.length === sets.length ? 'everywhere' : `under ${names}`}.`];
    });
    return lines.length > 0 ? [title, '', ...lines, ''] : [];
  };
  const lists = [...list('Reversed here:', 'no'), ...list('Not shown here:', 'not shown')];
  return lists.length > 0
    ? lists
    : ['The order that the paper reports holds here on every metric and under every degradation.', ''];
}

/** The noise seeds that networks were run under. */
function seedsText(sets: readonly StoredSet[]): string {
  const networks = sets.flatMap(({ methods }) => methods.filter(({ method }) => isNetwork(method)));
  const counts = networks.map(({ seeds = [] }) => 1 + seeds.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (networks.length === 0 || most === 1) return 'one noise seed';
  return least === most ? `${most} noise seeds` : `the noise seeds that both methods have, ${least} to ${most}`;
}

/** The paper's claims against what was measured. */
export function comparison({ sets, weights: { files } }: StoredResults): string[] {
  const claims = comparableClaims((name) => files.find((file) => file.name === `${name}.safetensors`)?.training.losses);
  const rows = judged(claims, sets);
  return [
    '## Beside the paper',
    '',
    'Whether the order of the paper’s methods holds: the mean difference, and its 95 % interval by a paired bootstrap over the pictures',
    `(one training, ${seedsText(sets)}). *Yes* and **no** are said where the interval leaves out 0, else *not shown*. The paper trains 174 M`,
    'parameters on ImageNet and measures on DIV2K-Val, RealSR, RealSet65 and FFHQ with LPIPS, CLIPIQA, MUSIQ and FID: the order can be',
    'compared, the numbers can’t.',
    '',
    ...(rows.length > 0 ? [...claimTable(rows, sets), ''] : []),
    ...reproduction(rows, sets),
    ...(claims === paperClaims
      ? []
      : ['The two G’s are not compared: their students were trained under other losses (below).', '']),
  ];
}

/** Methods against baselines that the paper leaves out. */
export function baselines(sets: readonly StoredSet[]): string[] {
  const rows = judged(baselineClaims, sets);
  if (rows.length === 0) return [];
  return [
    '## Beside baselines',
    '',
    'Interpolation, the teacher stopped after one step, and a student by regression alone: the paper has none of them.',
    '',
    ...claimTable(rows, sets),
    '',
  ];
}
