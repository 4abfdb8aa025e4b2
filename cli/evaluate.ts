/**
 * `npm run evaluate`: every method over a set of pictures, measured against the truth where it is there. The table goes to
 * stdout, progress to stderr; files are written whole or not at all.
 */
import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { MethodResult } from '../src/report/columns.ts';
import { type EvaluationMethod, isFinished } from '../src/report/methods.ts';
import { csvOf, latexOf, markdownOf, shortName } from '../src/report/write-table.ts';
import { fail } from './arguments.ts';
import { type EvaluateOptions, readOptions } from './evaluate/options.ts';
import { degradedSet, finishedOutputs, type PictureSet, pairedSet, plainSet } from './evaluate/pictures.ts';
import { KeptRows } from './evaluate/rows.ts';
import { chooseMethods, directionsOf, openMetrics, runEvaluation } from './evaluate/run.ts';
import { hasNoise, seedLines, withSeeds } from './evaluate/seeds.ts';
import { Sheet } from './evaluate/sheet.ts';
import { TextTable } from './evaluate/table.ts';
import { writeImageWhole } from './image-file.ts';
import { checkOutputs, writeFileWhole } from './whole-file.ts';

function readSet({ hr, lr, degrade, seed }: EvaluateOptions): Promise<PictureSet> {
  if (hr && degrade) return degradedSet(hr, degrade, seed);
  if (hr && lr) return pairedSet(hr, lr);
  return plainSet(lr ?? '');
}

/** A method's own folder of outputs. */
const folderOf = (method: EvaluationMethod) => parse(shortName(method)).name;

/** @returns whether every method measured every picture */
async function main(options: EvaluateOptions): Promise<boolean> {
  const { hr, lr, degrade, preset, seed, colourLock, out, json, csv, markdown, latex } = options;
  const set = await readSet(options);
  const finished = await finishedOutputs(options.results, set);
  const methods = [...(await chooseMethods(options, hr !== null)), ...finished.keys()];
  const onnxMetrics = await openMetrics(options.metrics, hr !== null);
  const directions = directionsOf(onnxMetrics);
  const table = new TextTable(directions);
  const folders = methods.map(folderOf);
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice) throw new Error(`Two methods are called ${twice}: rename one of them.`);
  const outputOf = (method: EvaluationMethod, name: string) =>
    out && !isFinished(method) ? join(out, folderOf(method), `${parse(name).name}.png`) : null;
  const outputs = methods.flatMap((method) => set.pictures.map(({ name }) => outputOf(method, name)));
  const written = [json, csv, markdown, latex, options.sheet, ...outputs];
  await checkOutputs(written.filter((path) => path != null));
  for (const { notes } of [set, ...finished.values()]) for (const note of notes) process.stderr.write(`${note}\n`);
  const sheet = options.sheet ? new Sheet(set.pictures, methods, options.sheetRows) : null;
  const origin = degrade ? `${degrade} of ${hr}` : lr;
  console.log(
    `${set.pictures.length} pictures (${origin}), ${preset} weights, colour lock ${colourLock}, seed ${seed}`,
  );
  const failed = new Set<string>();
  const seedRows: KeptRows[] = [];
  const rowsFile = json ?? csv ?? markdown ?? latex;
  let rows = null as KeptRows | null;
  const report = await runEvaluation(set, hr !== null, methods, options, {
    onnxMetrics,
    finished,
    async onOpen(adapter) {
      if (rowsFile) rows = await KeptRows.open(`${rowsFile}.rows.jsonl`, set, methods, options, adapter);
    },
    known(method, name) {
      const output = outputOf(method, name);
      // An output that is wanted has to be made.
      return sheet?.shows(name) || (output && !existsSync(output)) ? null : (rows?.known(method, name) ?? null);
    },
    onRow: (method, measured) => rows?.keep(method, measured),
    onFault: (_, fault) => void failed.add(fault),
    onMethod(result) {
      for (const line of table.add(result)) console.log(line);
    },
    async onOutput(method, name, output) {
      sheet?.add(method, name, output);
      const path = outputOf(method, name);
      if (path) await writeImageWhole(path, output);
    },
  });
  for (const line of table.foot(report.methods)) console.log(line);
  const more = new Map<number, readonly MethodResult[]>();
  for (const seed of options.moreSeeds) {
    let kept = null as KeptRows | null;
    const { methods: others } = await runEvaluation(
      set,
      hr !== null,
      methods.filter(hasNoise),
      { ...options, seed },
      {
        onnxMetrics,
        async onOpen(adapter) {
          const path = `${rowsFile}.${seed}.rows.jsonl`;
          if (rowsFile) kept = await KeptRows.open(path, set, methods, { ...options, seed }, adapter);
        },
        known: (method, name) => kept?.known(method, name) ?? null,
        onRow: (method, measured) => kept?.keep(method, measured),
        onFault: (_, fault) => void failed.add(fault),
      },
    );
    more.set(seed, others);
    if (kept) seedRows.push(kept);
  }
  if (more.size > 0) for (const line of seedLines(report.methods, more)) console.log(line);
  console.log(`networks ran on ${report.adapter}`);
  const whole = { ...report, methods: withSeeds(report.methods, more) };
  if (json) await writeFileWhole(json, `${JSON.stringify(whole, null, 1)}\n`);
  for (const [path, write] of [
    [csv, csvOf],
    [markdown, markdownOf],
    [latex, latexOf],
  ] as const) {
    if (path) await writeFileWhole(path, write(report.methods, directions));
  }
  if (sheet && options.sheet && report.methods.length > 0) {
    const teacher = report.methods.find(({ method }) => method === 'resshift');
    await sheet.write(options.sheet, teacher?.steps);
  }
  for (const fault of failed) process.stderr.write(`${fault}\n`);
  if (failed.size === 0) for (const kept of [rows, ...seedRows]) await kept?.remove();
  return failed.size === 0;
}

const options = readOptions(process.argv.slice(2));
main(options).then(
  (isWhole) => process.exit(isWhole ? 0 : 1),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
