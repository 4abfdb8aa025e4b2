/**
 * `npm run niqe`: fits the no-reference score's model of good photographs to a folder of them, and writes it where the
 * metric reads it. Photographs are reduced first: at their full size many are soft, and all are JPEG files.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { patchFeatures } from '../src/imaging/metrics/niqe/features.ts';
import { modelOf, sharpPatches, storeModel } from '../src/imaging/metrics/niqe/model.ts';
import { fail } from './arguments.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run niqe -- FOLDER [--out FILE]
  FOLDER  good photographs; those of less than 512 px a side are left out
  --out   the model   (src/imaging/metrics/niqe/photographs.json)`;

/** Pixels of the shorter side; smaller photographs are left out. */
const reducedSide = 512;

async function readReduced(path: string) {
  const picture = sharp(path, { autoOrient: true });
  const { width, height } = await picture.metadata();
  if (Math.min(width, height) < reducedSide) return null;
  const { data, info } = await picture
    .resize({ width: reducedSide, height: reducedSide, fit: 'outside', kernel: 'cubic' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: resolve(import.meta.dirname, '../src/imaging/metrics/niqe/photographs.json') },
    },
  });
  const [folder] = positionals;
  if (!folder || positionals.length > 1) fail(usage, 2);
  const names = await readdir(folder).catch(() => fail(`${folder}: there is no such folder.`));
  const rows: (readonly number[])[] = [];
  let pictures = 0;
  for (const name of names.filter((file) => /\.(jpe?g|png|webp)$/i.test(file)).sort()) {
    const picture = await readReduced(join(folder, name));
    if (!picture) continue;
    rows.push(...sharpPatches(patchFeatures(picture)));
    pictures++;
    if (pictures % 25 === 0) process.stderr.write(`${pictures} photographs, ${rows.length} patches\n`);
  }
  if (rows.length < 1000) fail(`${folder}: ${rows.length} sharp patches are too few for a model; it takes 1000.`);
  await writeFileWhole(values.out, `${JSON.stringify(storeModel(modelOf(rows), pictures, rows.length))}\n`);
  console.log(`${values.out}: ${rows.length} patches of ${pictures} photographs`);
}

main().catch((error) => fail(error instanceof Error ? error.message : String(error)));
