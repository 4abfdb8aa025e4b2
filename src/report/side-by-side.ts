/** Methods over several sets side by side, as in the paper's Tables I and II, with the paper's numbers as rows of their own. */

import {
  type Better,
  columnsOf,
  type Directions,
  formatValue,
  type MethodResult,
  type NamedScores,
  ranksOf,
  timeColumn,
} from './columns.ts';
import { type EvaluationMethod, isMethodName, methodTitle } from './methods.ts';
import { type ReportedTable, reportedValue } from './paper-tables.ts';
import { fields, type JsonFields } from './run-record.ts';

/** Results over one set of pictures; the rows of pictures may be missing. */
export interface NamedSet {
  readonly name: string;
  readonly methods: readonly MethodResult[];
  /** Of the user's metrics. */
  readonly directions?: Directions;
}

export interface SideColumn {
  readonly set: string;
  /** "PSNR-Y" */
  readonly title: string;
  readonly better: Better;
  readonly digits: number;
}

export interface SideCell {
  /** Null: not measured, or not reported. */
  readonly value: number | null;
  readonly text: string;
  /** Best and second best of what was measured on that set; quoted numbers have none. */
  readonly rank?: 1 | 2;
}

export interface SideRow {
  /** Unique within the table. */
  readonly id: string;
  readonly title: string;
  /** Of the paper, on its pictures with its networks; false: measured here. */
  readonly quoted: boolean;
  /** One a column. */
  readonly cells: readonly SideCell[];
}

export interface SideTable {
  readonly columns: readonly SideColumn[];
  readonly rows: readonly SideRow[];
}

/** The sentence that stands beside every table with quoted rows. */
export const quotedNote =
  'Quoted: the paper’s numbers, of networks of 174 M parameters trained on ImageNet, on its own pictures. The order of methods can be compared, the numbers can’t.';

/** The paper's names of metrics that are measured here on luma. */
const ownTitles: Readonly<Record<string, string>> = { PSNR: 'PSNR-Y', SSIM: 'SSIM-Y' };

const sameSet = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** A column with what was measured in it. */
interface Filled {
  readonly column: SideColumn;
  readonly values: ReadonlyMap<EvaluationMethod, number | null>;
}

const columnsOfSet = ({ name, methods, directions }: NamedSet): Filled[] =>
  columnsOf(methods, directions)
    .filter((column) => column !== timeColumn)
    .map((column) => ({
      column: { set: name, title: column.title, better: column.better, digits: column.digits },
      values: new Map(methods.map((result) => [result.method, column.ofMethod(result) ?? null])),
    }));

/** The place of a reported column: beside what was measured on a set of its name, else behind all. */
function placeOf(filled: Filled[], set: string, metric: string, facts: Omit<SideColumn, 'set' | 'title'>): number {
  const title = ownTitles[metric] ?? metric;
  const isThis = ({ column }: Filled) => sameSet(column.set, set) && [title, metric].includes(column.title);
  const found = filled.findIndex(isThis);
  if (found >= 0) return found;
  const ofSet = ({ column }: Filled) => sameSet(column.set, set);
  const last = filled.findLastIndex(ofSet);
  const place = last < 0 ? filled.length : last + 1;
  const name = filled[last]?.column.set ?? set;
  const isMeasured = filled.some((each) => ofSet(each) && each.values.size > 0);
  filled.splice(place, 0, { column: { set: name, title: isMeasured ? title : metric, ...facts }, values: new Map() });
  return place;
}

/**
 * @param quoted the paper's tables whose rows stand below; a set that has the name of one of theirs shares its columns
 * @returns rows in the order of methods' first appearance, then those that are quoted
 */
export function sideBySide(sets: readonly NamedSet[], quoted: readonly ReportedTable[] = []): SideTable {
  const filled = sets.flatMap(columnsOfSet);
  for (const { columns } of quoted)
    for (const { set, metric, better, digits } of columns) placeOf(filled, set, metric, { better, digits });
  const results = sets.flatMap(({ methods }) => methods);
  const methods = [...new Set(results.map(({ method }) => method))];
  const ranked = filled.map(({ column, values }) =>
    ranksOf(
      [...values].filter(([method]) => method !== 'autoencoder').map(([of, value]) => ({ of, value })),
      column.better,
    ),
  );
  const measured = methods.map((method): SideRow => {
    const steps = results.find((result) => result.method === method && result.steps !== undefined)?.steps;
    return {
      id: method,
      title: methodTitle(method, steps),
      quoted: false,
      cells: filled.map(({ column, values }, i) => {
        const value = values.get(method) ?? null;
        const rank = ranked[i]?.get(method);
        return { value, text: formatValue(value, column), ...(rank ? { rank } : {}) };
      }),
    };
  });
  const names = [...new Set(quoted.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  const reported = names.map((name): SideRow => {
    const cells: SideCell[] = filled.map(() => ({ value: null, text: '—' }));
    for (const { columns, rows } of quoted) {
      const row = rows.find((entry) => entry.name === name);
      for (const [i, column] of columns.entries()) {
        const value = row?.values[i] ?? null;
        const place = placeOf(filled, column.set, column.metric, column);
        if (value !== null) cells[place] = { value, text: reportedValue(value, column) };
      }
    }
    return { id: `quoted:${name}`, title: `${name} (quoted)`, quoted: true, cells };
  });
  return { columns: filled.map(({ column }) => column), rows: [...measured, ...reported] };
}

/** Neighbouring columns of one set: its name and their number. */
export function groupsOf({ columns }: Pick<SideTable, 'columns'>): { readonly set: string; readonly span: number }[] {
  const groups: { set: string; span: number }[] = [];
  for (const { set } of columns) {
    const last = groups.at(-1);
    if (last?.set === set) last.span++;
    else groups.push({ set, span: 1 });
  }
  return groups;
}

// Reports of earlier evaluations, which may be anybody's files.

/** JSON writes an infinite PSNR as null. */
const score = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

function readNamed(value: unknown): NamedScores {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.slice(0, 100).map(([name, entry]) => [name, score(entry)]));
}

const ownScores = ['psnrY', 'ssimY', 'msSsim', 'lpips', 'niqe'] as const;

function readMethod(result: JsonFields): MethodResult {
  const { method, steps } = result;
  if (typeof method !== 'string' || !isMethodName(method)) throw new Error('no such method');
  const scores = ownScores.filter((name) => result[name] !== undefined).map((name) => [name, score(result[name])]);
  return {
    method,
    ...(typeof steps === 'number' && Number.isInteger(steps) && steps > 0 ? { steps } : {}),
    ...Object.fromEntries(scores),
    perceptual: readNamed(result.perceptual),
    noReference: readNamed(result.noReference),
    frechet: readNamed(result.frechet),
    msPerMegapixel: score(result.msPerMegapixel),
    images: [],
  };
}

/**
 * The means of what `npm run evaluate -- --json` or the Evaluate page wrote; its pictures are left out.
 * @param json parsed
 * @throws one sentence where it is something else
 */
export function readNamedSet(name: string, json: unknown, directions: Directions = {}): NamedSet {
  try {
    const { methods } = fields(json);
    if (!Array.isArray(methods) || methods.length === 0 || methods.length > 1000) throw new Error('no methods');
    return { name, directions, methods: methods.map((entry) => readMethod(fields(entry))) };
  } catch {
    throw new Error(
      `${name}: this is no report of an evaluation (the JSON that \`npm run evaluate\` or the page writes).`,
    );
  }
}
