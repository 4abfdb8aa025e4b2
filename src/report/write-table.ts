/**
 * Results as files: CSV of every picture, Markdown and LaTeX of the table with means, spreads, best and second best; and sets
 * side by side, the same table as on the page.
 */
import { isTaught } from '../presets/teaching.ts';
import {
  type Column,
  columnsOf,
  type Directions,
  formatValue,
  headOf,
  type MethodResult,
  ranks,
  statistics,
} from './columns.ts';
import { type EvaluationMethod, isEsrgan, isExternal, isFinished, methodTitle } from './methods.ts';
import { groupsOf, quotedNote, type SideCell, type SideTable } from './side-by-side.ts';

/** In files a method goes by the name that it is asked for with; an ONNX file and finished outputs by their own. */
export const shortName = (method: EvaluationMethod): string =>
  (isExternal(method) && !isEsrgan(method)) || isFinished(method) || isTaught(method) ? methodTitle(method) : method;

type CsvCell = string | number | null | undefined;

/** Texts are quoted where they must be (RFC 4180), and with an apostrophe where a spreadsheet would take them for a formula. */
function csvText(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
const csvCell = (value: CsvCell) => (typeof value === 'string' ? csvText(value) : String(value ?? ''));
const csvLines = (rows: readonly (readonly CsvCell[])[]) =>
  rows.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');

/** A row a picture and method, then two rows a method for mean and standard deviation; numbers in full. */
export function csvOf(results: readonly MethodResult[], directions: Directions = {}): string {
  const columns = columnsOf(results, directions);
  const head = ['method', 'picture', 'width', 'height', 'ms', ...columns.map(({ title }) => title)];
  const lines = results.flatMap((result) => {
    const name = shortName(result.method);
    const all = columns.map((column) => statistics(result, column));
    return [
      ...result.images.map((row) => [
        name,
        row.name,
        // A picture that could not be run has a row of empty cells.
        ...(row.width > 0 ? [row.width, row.height, row.ms] : [null, null, null]),
        ...columns.map((column) => column.ofPicture(row)),
      ]),
      [name, '(mean)', '', '', '', ...all.map(({ mean }) => mean)],
      [name, '(standard deviation)', '', '', '', ...all.map(({ deviation }) => deviation)],
    ];
  });
  return csvLines([head, ...lines]);
}

/** Writes a cell's content in one format. */
interface Style {
  readonly plain: (text: string) => string;
  readonly best: (text: string) => string;
  readonly second: (text: string) => string;
  readonly spread: (deviation: string) => string;
}

function cellsOf(results: readonly MethodResult[], column: Column, style: Style): string[] {
  const ranked = ranks(results, column);
  return results.map((result) => {
    const { mean, deviation } = statistics(result, column);
    const rank = ranked.get(result.method);
    const mark = rank === 1 ? style.best : rank === 2 ? style.second : style.plain;
    const value = mark(formatValue(mean, column));
    return deviation === null ? value : `${value} ${style.spread(formatValue(deviation, column))}`;
  });
}

const markdownRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  markdownRow(head),
  markdownRow(head.map((_, i) => (i === 0 ? '---' : '--:'))),
  ...rows.map(markdownRow),
];

const markdownText = (text: string) => text.replace(/[\r\n]+/g, ' ').replace(/[\\|*_`<[\]~&]/g, '\\$&');

export function markdownOf(results: readonly MethodResult[], directions: Directions = {}): string {
  const columns = columnsOf(results, directions);
  const style: Style = {
    plain: (text) => text,
    best: (text) => `**${text}**`,
    second: (text) => `_${text}_`,
    spread: (deviation) => `± ${deviation}`,
  };
  const cells = columns.map((column) => cellsOf(results, column, style));
  const rows = results.map(({ method, steps }, i) => [
    markdownText(methodTitle(method, steps)),
    ...cells.map((column) => column[i] ?? ''),
  ]);
  return `${markdownTable(['', ...columns.map((column) => markdownText(headOf(column)))], rows).join('\n')}\n`;
}

const latexSigns: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '↑': '$\\uparrow$',
  '↓': '$\\downarrow$',
  '—': '--',
  '∞': '$\\infty$',
  '−': '$-$',
  '→': '$\\rightarrow$',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // At the start of a row they would belong to the end of the row before.
  '[': '{[}',
  '*': '{*}',
};
const latexText = (text: string) =>
  text.replace(/[\\~^↑↓→—∞−<>|[*&%$#_{}]/g, (sign) => latexSigns[sign] ?? `\\${sign}`);

/** For the booktabs package: best bold, second best underlined. */
export function latexOf(results: readonly MethodResult[], directions: Directions = {}): string {
  const columns = columnsOf(results, directions);
  const style: Style = {
    plain: latexText,
    best: (text) => `\\textbf{${latexText(text)}}`,
    second: (text) => `\\underline{${latexText(text)}}`,
    spread: (deviation) => `{\\scriptsize$\\pm$ ${latexText(deviation)}}`,
  };
  const cells = columns.map((column) => cellsOf(results, column, style));
  const line = (entries: readonly string[]) => `${entries.join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(columns.length)}}`,
    '\\toprule',
    line(['', ...columns.map((column) => latexText(headOf(column)))]),
    '\\midrule',
    ...results.map(({ method, steps }, i) =>
      line([latexText(methodTitle(method, steps)), ...cells.map((column) => column[i] ?? '')]),
    ),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

const heads = ({ columns }: SideTable) => columns.map((column) => `${column.set} ${headOf(column)}`);

/** A row a method; numbers in full, and whether they are quoted. */
export function sideBySideCsv(table: SideTable): string {
  const head = ['method', 'source', ...table.columns.map(({ set, title }) => `${set} ${title}`)];
  const rows = table.rows.map(({ title, quoted, cells }) => [
    title,
    quoted ? 'quoted' : 'measured',
    ...cells.map(({ value }) => value),
  ]);
  return csvLines([head, ...rows]);
}

export function sideBySideJson({ columns, rows }: SideTable): string {
  const entries = rows.map(({ title, quoted, cells }) => ({
    title,
    source: quoted ? 'quoted' : 'measured',
    values: cells.map(({ value }) => value),
  }));
  return `${JSON.stringify({ columns, rows: entries }, null, 1)}\n`;
}

const marked = ({ text, rank }: SideCell, marks: readonly [string, string]) =>
  rank === undefined ? text : `${marks[rank - 1]}${text}${marks[rank - 1]}`;

/** Best bold, second best italic, among what was measured on a set. */
export function sideBySideMarkdown(table: SideTable): string {
  const rows = table.rows.map(({ title, cells }) => [
    markdownText(title),
    ...cells.map((cell) => marked(cell, ['**', '_'])),
  ]);
  const note = table.rows.some(({ quoted }) => quoted) ? `\n${quotedNote}\n` : '';
  return `${markdownTable(['', ...heads(table).map(markdownText)], rows).join('\n')}\n${note}`;
}

/** For the booktabs package: sets above their columns, best bold, second best underlined. */
export function sideBySideLatex(table: SideTable): string {
  const line = (entries: readonly string[]) => `${entries.join(' & ')} \\\\`;
  const cellOf = ({ text, rank }: SideCell) => {
    const plain = latexText(text);
    return rank === undefined ? plain : rank === 1 ? `\\textbf{${plain}}` : `\\underline{${plain}}`;
  };
  const groups = groupsOf(table);
  let first = 2;
  const rules = groups.map(({ span }) => {
    const rule = `\\cmidrule(lr){${first}-${first + span - 1}}`;
    first += span;
    return rule;
  });
  const body = (quoted: boolean) =>
    table.rows
      .filter((row) => row.quoted === quoted)
      .map(({ title, cells }) => line([latexText(title), ...cells.map(cellOf)]));
  const [measured, reported] = [body(false), body(true)];
  return [
    ...(reported.length > 0 ? [`% ${quotedNote}`] : []),
    `\\begin{tabular}{l${'r'.repeat(table.columns.length)}}`,
    '\\toprule',
    line(['', ...groups.map(({ set, span }) => `\\multicolumn{${span}}{c}{${latexText(set)}}`)]),
    rules.join(' '),
    line(['', ...table.columns.map((column) => latexText(headOf(column)))]),
    '\\midrule',
    ...measured,
    ...(measured.length > 0 && reported.length > 0 ? ['\\midrule'] : []),
    ...reported,
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}
