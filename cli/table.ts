/** `npm run table`: reports of `npm run evaluate -- --json` over several sets side by side, with the paper's numbers if asked. */
import { readFile } from 'node:fs/promises';
import type { Better } from '../src/report/columns.ts';
import { tableOne, tableTwo } from '../src/report/paper-tables.ts';
import { type NamedSet, readNamedSet, sideBySide } from '../src/report/side-by-side.ts';
import { sideBySideCsv, sideBySideJson, sideBySideLatex, sideBySideMarkdown } from '../src/report/write-table.ts';
import { fail, oneOf, parsed } from './arguments.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run table -- SET=REPORT.json [SET=REPORT.json …] [options]
  REPORT.json  from npm run evaluate -- --json, or the Evaluate page; the set's name heads its columns. Where it is one of
               the paper's (RealSR, RealSet65, DIV2K-Val, FFHQ 64→256) quoted numbers stand in the same columns
  --quote      I | II | both: the paper's numbers as rows of their own, marked as quoted
  --better     METRIC=lower|higher: the direction of a metric of an ONNX file; may be given several times
  --csv, --json, --markdown, --latex   the table as a file; without any of these it is printed as Markdown`;

const quotes = { I: [tableOne], II: [tableTwo], both: [tableOne, tableTwo] } as const;

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      quote: { type: 'string' },
      better: { type: 'string', multiple: true, default: [] },
      csv: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      latex: { type: 'string' },
    },
  });
}

/** @throws one sentence naming the file */
async function readReport(argument: string, directions: Readonly<Record<string, Better>>): Promise<NamedSet> {
  const [, name, path] = /^([^=]+)=(.+)$/s.exec(argument) ?? [];
  if (!name?.trim() || !path) return fail(`A set is given as SET=REPORT.json; "${argument}" is not.`, 2);
  const text = await readFile(path, 'utf8').catch(() => fail(`${path}: there is no such file.`));
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Told below, as what it is not.
  }
  const { methods } = readNamedSet(path, json);
  return { name: name.trim(), methods, directions };
}

const { values, positionals } = parse();

async function main(): Promise<void> {
  const ways = ['lower', 'higher'] as const;
  const directions = Object.fromEntries(
    values.better.map((text) => {
      const [name = '', way = ''] = text.split('=');
      return [name, oneOf('--better METRIC=', way, ways)];
    }),
  );
  const sets: NamedSet[] = [];
  for (const argument of positionals) sets.push(await readReport(argument, directions));
  const names = sets.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`Two sets are called ${twice}: name one of them otherwise.`, 2);
  const quoted = values.quote === undefined ? [] : quotes[oneOf('--quote', values.quote, ['I', 'II', 'both'] as const)];
  const table = sideBySide(sets, quoted);
  const files = [
    [values.csv, sideBySideCsv],
    [values.json, sideBySideJson],
    [values.markdown, sideBySideMarkdown],
    [values.latex, sideBySideLatex],
  ] as const;
  for (const [path, write] of files) if (path) await writeFileWhole(path, write(table));
  if (files.every(([path]) => !path)) process.stdout.write(sideBySideMarkdown(table));
}

if (positionals.length === 0) fail(usage, 2);
main().catch((error) => fail(error instanceof Error ? error.message : String(error)));
