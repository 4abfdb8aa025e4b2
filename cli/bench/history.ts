/** The bench's history: a file with a JSON line a release, of those figures alone that machines share: ratios, and counts. */
import { readFile } from 'node:fs/promises';
import type { Counts } from '../../src/gpu/counters.ts';
import { writeFileWhole } from '../whole-file.ts';
import type { BenchRow, Finding } from './measure.ts';

interface HistoryLine {
  readonly version: string;
  /** Null outside of a git checkout. */
  readonly commit: string | null;
  readonly adapter: string;
  readonly preset: string;
  /** LR pixels a side. */
  readonly size: number;
  readonly crop: number;
  /** By name: of work against stock, stock's time ÷ ours; of findings, what they say. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Of work against stock, our own. */
  readonly counts: Readonly<Record<string, Counts>>;
}

export interface Measured extends Pick<HistoryLine, 'adapter' | 'preset' | 'size' | 'crop'> {
  readonly rows: readonly BenchRow[];
  readonly findings: ReadonlyMap<string, Pick<Finding, 'ratios'>>;
}

/** Three digits: more of a time are chance. */
const rounded = (value: number) => Number(value.toPrecision(3));

export function historyLine({ rows, findings, ...facts }: Measured, of: Pick<HistoryLine, 'version' | 'commit'>) {
  const against = rows.map(({ name, ratio }) => [name, ratio] as const);
  const found = [...findings].flatMap(([kind, { ratios = {} }]) =>
    Object.entries(ratios).map(([name, ratio]) => [`${kind}: ${name}`, ratio] as const),
  );
  const { version, commit } = of;
  const line: HistoryLine = {
    version,
    commit,
    ...facts,
    ratios: Object.fromEntries([...against, ...found].map(([name, ratio]) => [name, rounded(ratio)])),
    counts: Object.fromEntries(
      rows.map(({ name, own: { dispatches, submits, buffers, bytes, maps, writes } }) => [
        name,
        { dispatches, submits, buffers, bytes, maps, writes },
      ]),
    ),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Puts this run behind the lines of a file, which is made where it is missing. @param commit of the checkout we stand in */
export async function appendHistory(path: string, commit: string | null, measured: Measured): Promise<void> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const earlier = await readFile(path, 'utf8').catch(() => '');
  await writeFileWhole(path, new TextEncoder().encode(earlier + historyLine(measured, { version, commit })));
}
