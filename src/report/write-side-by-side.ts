/** Sets side by side as files: the same table as on the page, in four formats. */
import { headOf } from './columns.ts';
import { groupsOf, quotedNote, type SideCell, type SideTable } from './side-by-side.ts';
import { csvCell, csvNumber, latexText, markdownTable, markdownText } from './write-table.ts';

const heads = ({ columns }: SideTable) => columns.map((column) => `${column.set} ${headOf(column)}`);

/** A row a method; numbers in full, and whether they are quoted. */
export function sideBySideCsv(table: SideTable): string {
  const head = ['method', 'source', ...table.columns.map(({ set, title }) => `${set} ${title}`)];
  const rows = table.rows.map(({ title, quoted, cells }) => [
    title,
    quoted ? 'quoted' : 'measured',
    ...cells.map(({ value }) => csvNumber(value)),
  ]);
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
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
