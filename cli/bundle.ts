/**
 * `npm run bundle -- RUN OUT.zip`: a run of `npm run train` as the file that the Train page opens. With --recording it is only
 * there to be looked at: without checkpoints, its pictures as WebP.
 */
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { MetricsLog, packRow } from '../src/report/metrics-log.ts';
import { mostImages, type RunBundle, writeRunBundle } from '../src/report/run-bundle.ts';
import { type FramePicture, noNotes } from '../src/report/run-record.ts';
import { fail, parsed, positiveInteger } from './arguments.ts';
import { RunFolder } from './train/run-folder.ts';
import { checkOutputs, writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run bundle -- RUN OUT.zip [options]
  RUN          folder of a run of npm run train
  --recording  without checkpoints, pictures as WebP
  --quality    of the WebP pictures, 1 to 100   (90)
  --frames     most iterations that have pictures   (as many as a run file takes)`;

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      recording: { type: 'boolean', default: false },
      quality: { type: 'string', default: '90' },
      frames: { type: 'string', default: String(mostImages) },
    },
  });
}

/** The rows, with what was measured on the held-out pictures after their iterations. */
async function rowsOf(folder: RunFolder): Promise<MetricsLog> {
  const heldOut = await folder.heldOut();
  const history = new MetricsLog();
  for (const { timing, ...row } of await folder.rows()) {
    const { total = Number.NaN, ...phases } = timing;
    history.push(packRow({ ...row, heldOut: heldOut.get(row.step + 1) }, { ...phases, whole: total }));
  }
  return history;
}

/** Those that its checkpoint had seen, evenly thinned to at most so many. */
async function framesOf(
  folder: RunFolder,
  step: number,
  quality: number | null,
  most: number,
): Promise<FramePicture[]> {
  const pictures: FramePicture[] = [];
  const seen = (await folder.frames()).filter((frame) => frame.step < step);
  const every = Math.ceil(seen.length / most);
  for (const frame of seen.filter((_, i) => i % every === 0)) {
    const png = await readFile(folder.picturePath(frame.step));
    const bytes = quality === null ? png : await sharp(png).webp({ quality, smartSubsample: true }).toBuffer();
    const type = quality === null ? 'image/png' : 'image/webp';
    pictures.push({ frame, image: new Blob([new Uint8Array(bytes)], { type }) });
  }
  return pictures;
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  const [from, to, ...rest] = positionals;
  if (from === undefined || to === undefined || rest.length > 0) fail(usage, 2);
  const most = Math.min(mostImages, positiveInteger('--frames', values.frames, mostImages));
  const quality = Math.min(100, Math.max(1, positiveInteger('--quality', values.quality, 100)));
  const folder = new RunFolder(from);
  await folder.keepOriginals();
  await checkOutputs([to]);
  const { preset, config, step } = await folder.open();
  const rows = await rowsOf(folder);
  rows.cut(step);
  const { size: bytes, mtimeMs } = await stat(folder.checkpoint);
  const saved = Math.round(mtimeMs);
  const measured = rows.latest('heldOut.psnrY');
  const summary = {
    step,
    bytes,
    saved,
    pinned: false,
    psnrY: measured?.value ?? null,
    psnrStep: measured?.step ?? null,
  };
  const file = await writeRunBundle({
    preset: preset as RunBundle['preset'],
    config,
    pictures: null,
    created: saved,
    environment: await folder.environment(),
    rows,
    frames: await framesOf(folder, step, values.recording ? quality : null, most),
    ...noNotes,
    checkpoints: values.recording ? [] : [{ summary, file: await folder.checkpointFile() }],
  });
  await writeFileWhole(to, new Uint8Array(await file.arrayBuffer()));
  console.log(`${to}: ${step} iterations, ${(file.size / 2 ** 20).toFixed(2)} MB.`);
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
