/**
 * `npm run evaluate`: every method over a set of pictures, measured against the truth where it is there. The table goes to
 * stdout, progress to stderr; files are written whole or not at all.
 */
import { join, parse } from 'node:path';
import type { EvaluationMethod } from '../src/report/methods.ts';
import { csvOf, latexOf, markdownOf, shortName } from '../src/report/write-table.ts';
import { fail } from './arguments.ts';
import { type EvaluateOptions, readOptions, usage } from './evaluate/options.ts';
import { degradedSet, type PictureSet, pairedSet, plainSet } from './evaluate/pictures.ts';
import { chooseMethods, directionsOf, openMetrics, runEvaluation } from './evaluate/run.ts';
import { Sheet } from './evaluate/sheet.ts';
import { TextTable } from './evaluate/table.ts';
import { writeImageWhole } from './image-file.ts';
import { writeFileWhole } from './whole-file.ts';

function readSet({ hr, lr, degrade, seed }: EvaluateOptions): Promise<PictureSet> {
  if (hr && degrade) return degradedSet(hr, degrade, seed);
  if (hr && lr) return pairedSet(hr, lr);
  return plainSet(lr ?? '');
}

/** A method's own folder of outputs. */
const folderOf = (method: EvaluationMethod) => parse(shortName(method)).name;

async function main(options: EvaluateOptions): Promise<void> {
  const { hr, lr, degrade, preset, seed, colourLock, out, json, csv, markdown, latex } = options;
  const set = await readSet(options);
  const methods = await chooseMethods(options, hr !== null);
  const onnxMetrics = await openMetrics(options.metrics, hr !== null);
  const directions = directionsOf(onnxMetrics);
  const table = new TextTable(directions);
  const folders = methods.map(folderOf);
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (out && twice) throw new Error(`Two methods would write their outputs to ${join(out, twice)}: rename a file.`);
  for (const note of set.notes) process.stderr.write(`${note}\n`);
  const sheet = options.sheet ? new Sheet(set.pictures, methods, options.sheetRows) : null;
  const origin = degrade ? `${degrade} of ${hr}` : lr;
  console.log(
    `${set.pictures.length} pictures (${origin}), ${preset} weights, colour lock ${colourLock}, seed ${seed}`,
  );
  const report = await runEvaluation(set, hr !== null, methods, options, {
    onnxMetrics,
    onMethod(result) {
      for (const line of table.add(result)) console.log(line);
    },
    async onOutput(method, name, output) {
      sheet?.add(method, name, output);
      if (out) await writeImageWhole(join(out, folderOf(method), `${parse(name).name}.png`), output);
    },
  });
  for (const line of table.foot(report.methods)) console.log(line);
  console.log(`networks ran on ${report.adapter}`);
  if (json) await writeFileWhole(json, `${JSON.stringify(report, null, 1)}\n`);
  for (const [path, write] of [
    [csv, csvOf],
    [markdown, markdownOf],
    [latex, latexOf],
  ] as const) {
    if (path) await writeFileWhole(path, write(report.methods, directions));
  }
  if (sheet && options.sheet) {
    const teacher = report.methods.find(({ method }) => method === 'resshift');
    await sheet.write(options.sheet, teacher?.steps);
  }
}

const options = readOptions(process.argv.slice(2));
if (!options) {
  console.log(usage);
  process.exit(0);
}
main(options).then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
