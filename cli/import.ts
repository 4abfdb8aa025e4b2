/**
 * `npm run import -- FILE... --out DIR`: checkpoints of PyTorch (.pth) or safetensors into a models folder, by the same code as
 * the Models page. DIR then serves `npm run upscale -- … --preset paper --models DIR`.
 */
import { existsSync, openAsBlob } from 'node:fs';
import { basename, join } from 'node:path';
import { mappingReport, reportLines } from '../src/engine/models/convert.ts';
import { type Mapping, mapWeights } from '../src/engine/models/mapping.ts';
import { taughtMethodOf, UserModels } from '../src/engine/models/user-models.ts';
import { openWeights, type WeightFile } from '../src/formats/weight-file.ts';
import { type Identity, identities, identityOf } from '../src/presets/official.ts';
import { readTaught } from '../src/presets/teaching.ts';
import type { WeightPrecision } from '../src/protocol/models.ts';
import { fail, oneOf, parsed } from './arguments.ts';
import { diskFolder } from './model-folder.ts';

const ids = identities.map(({ id }) => id);
const usage = `Usage: npm run import -- FILE... --out DIR [options]
  FILE         resshift_realsrx4_s15_v1.pth, SinSR_v1.pth, autoencoder_vq_f4.pth, or any .pth or .safetensors with such tensors
  --out        folder to make or add to; it will hold a folder for each preset
  --as         ${ids.join(' | ')}
               (public files and this project's say it by their names)
  --precision  f16 | f32: 16 bits are half the bytes      (f16)
  --check      only say what the files are`;

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      as: { type: 'string' },
      precision: { type: 'string', default: 'f16' },
      check: { type: 'boolean', default: false },
    },
  });
}

function identify(
  { metadata }: WeightFile,
  mapping: Mapping,
  fileName: string,
  asked: Identity['id'] | null,
): Identity['id'] {
  if (asked) return asked;
  if (mapping.network.part === 'autoencoder') return 'autoencoder';
  const known = identityOf(fileName, metadata);
  if (known && known !== 'autoencoder') return known;
  throw new Error(
    'a teacher and a student have the same tensors, and the name does not tell them apart: say which with --as.',
  );
}

const line = (text: string) => (process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);

/** On a terminal each megabyte, elsewhere each quarter. */
function progress(name: string) {
  let told = -1;
  return (done: number, total: number) => {
    const step = Math.floor((done / total) * (process.stderr.isTTY ? 100 : 4));
    if (step === told) return;
    told = step;
    process.stderr.write(line(`${name}: ${(done / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`));
  };
}

async function importFile(path: string, out: string | null, asked: Identity['id'] | null, precision: WeightPrecision) {
  if (!existsSync(path)) throw new Error('there is no such file.');
  const fileName = basename(path);
  const file = await openWeights(await openAsBlob(path), fileName);
  const mapping = mapWeights(file);
  for (const text of reportLines(mappingReport(file, mapping))) console.log(`${fileName}: ${text}`);
  if (out === null) return;
  const taught = readTaught(file.metadata);
  // A network of a user's own has the identity of the one that it began as.
  const identity = taught ? 'ours' : identify(file, mapping, fileName, asked);
  const { preset } = mapping.network;
  const models = new UserModels(diskFolder(join(out, preset)), preset);
  const request = { fileName: taught?.name ?? fileName, mapping, identity, precision, ...(taught && { taught }) };
  const entry = await models.import(request, { onProgress: progress(fileName) });
  if (process.stderr.isTTY) process.stderr.write('\n');
  console.log(
    `${join(out, preset, entry.name)}: ${taughtMethodOf(entry) ?? identity}, ${(entry.bytes / 1e6).toFixed(1)} MB`,
  );
}

async function main(): Promise<number> {
  const { values, positionals } = parse();
  if (positionals.length === 0 || (values.out === undefined && !values.check)) return fail(usage, 2);
  const asked = values.as === undefined ? null : oneOf('--as', values.as, ids);
  const precision = oneOf('--precision', values.precision, ['f16', 'f32'] as const);
  let failures = 0;
  for (const path of positionals) {
    try {
      await importFile(path, values.check ? null : (values.out ?? null), asked, precision);
    } catch (error) {
      failures++;
      process.stderr.write(`${path}: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`Peak memory of this process: ${peak.toFixed(0)} MB.`);
  return failures === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
