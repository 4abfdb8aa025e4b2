/**
 * `npm run evaluate -- --hr DIR --lr DIR`: pairs pictures by file name, upscales each LR with every method, and prints mean
 * PSNR-Y and SSIM-Y (BT.601 studio range, no border crop) and milliseconds per output megapixel.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Compute } from '../src/engine/compute.ts';
import { Job, scale } from '../src/engine/job.ts';
import { type BackendRequest, type ColourLock, defaultOptions, type Method } from '../src/engine/protocol.ts';
import { enlarge } from '../src/imaging/enlarge.ts';
import { pasteRgba8, type Rgba8 } from '../src/imaging/image.ts';
import { psnrY, ssimY } from '../src/imaging/metrics/index.ts';
import { fail, oneOf, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { readImage } from './image-file.ts';
import { directoryModelSource } from './model-directory.ts';

const usage = `Usage: npm run evaluate -- --hr DIR --lr DIR [options]
  --methods  comma-separated: bicubic, lanczos, sinsr, resshift   (bicubic,lanczos,sinsr,resshift)
  --preset   nano | mini | paper                                  (nano)
  --colour   wavelet | ycbcr | off                                (wavelet)
  --seed     noise seed                                           (42)
  --backend  auto | webgpu | wasm                                 (auto)
  --json     file to write per-image rows to`;

const names = ['bicubic', 'lanczos', 'sinsr', 'resshift'] as const;
type Name = (typeof names)[number];

interface Row {
  readonly name: string;
  readonly psnrY: number;
  readonly ssimY: number;
}

const { values } = parseArgs({
  options: {
    hr: { type: 'string' },
    lr: { type: 'string' },
    methods: { type: 'string', default: names.join(',') },
    preset: { type: 'string', default: 'nano' },
    models: { type: 'string', default: resolve(import.meta.dirname, '../public/models') },
    colour: { type: 'string', default: defaultOptions.colourLock },
    seed: { type: 'string', default: String(defaultOptions.seed) },
    backend: { type: 'string', default: 'auto' },
    json: { type: 'string' },
  },
});
const { hr, lr } = values;
if (!hr || !lr) fail(usage, 2);
const methods = values.methods.split(',').map((name): Name => oneOf('--methods', name, names));
const preset = oneOf('--preset', values.preset, ['nano', 'mini', 'paper'] as const);
const colourLock: ColourLock = oneOf('--colour', values.colour, ['wavelet', 'ycbcr', 'off'] as const);
const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
const seed = positiveInteger('--seed', values.seed, 2 ** 32 - 1);

const images = new Set(['.png', '.jpg', '.jpeg', '.webp']);
const inHr = new Set(await readdir(hr).catch(() => fail(`${hr}: there is no such folder.`)));
const pairs = (await readdir(lr).catch(() => fail(`${lr}: there is no such folder.`)))
  .filter((name) => inHr.has(name) && images.has(extname(name).toLowerCase()))
  .sort();
if (pairs.length === 0) fail(`${lr} and ${hr} have no picture of the same name.`);

async function withNetworks(compute: Compute, method: Method, image: Rgba8): Promise<Rgba8> {
  const job = new Job(image, { preset, method, seed, colourLock }, compute.ready.tile, compute.alignment);
  const data = new Uint8ClampedArray(image.data.length * scale * scale);
  const out: Rgba8 = { width: image.width * scale, height: image.height * scale, data };
  const { signal } = new AbortController();
  await job.run(compute, { signal, onBlock: (rect, pixels) => pasteRgba8(out, pixels, rect.x, rect.y) });
  return out;
}

async function openMethod(
  name: Name,
): Promise<{ run: (image: Rgba8) => Promise<Rgba8>; adapter: string; close: () => void }> {
  if (name === 'bicubic' || name === 'lanczos') {
    return { run: async (image) => enlarge(image, scale, name), adapter: 'cpu', close: () => {} };
  }
  const compute = await Compute.open(
    { openBackend: openNodeBackend, models: (folder) => directoryModelSource(join(values.models, folder)) },
    { backend, preset, method: name, tile: 64, memoryBudget: 2 ** 31 },
    () => {},
  );
  const adapter = compute.ready.adapter?.description ?? compute.ready.backend;
  return { run: (image) => withNetworks(compute, name, image), adapter, close: () => compute.dispose() };
}

const mean = (rows: readonly Row[], key: 'psnrY' | 'ssimY') =>
  rows.reduce((sum, row) => sum + row[key], 0) / rows.length;

const results = [];
let adapter = 'cpu';
console.log(`${pairs.length} pictures, colour lock ${colourLock}, seed ${seed}`);
console.log('method       PSNR-Y   SSIM-Y   ms/MP');
for (const method of methods) {
  const opened = await openMethod(method);
  const rows: Row[] = [];
  let [milliseconds, megapixels] = [0, 0];
  for (const name of pairs) {
    const [input, truth] = [await readImage(join(lr, name)), await readImage(join(hr, name))];
    const started = performance.now();
    const out = await opened.run(input);
    milliseconds += performance.now() - started;
    megapixels += (out.width * out.height) / 1e6;
    if (out.width !== truth.width || out.height !== truth.height)
      fail(`${name}: the HR picture is not ×4 of the LR one.`);
    rows.push({ name, psnrY: psnrY(out, truth), ssimY: ssimY(out, truth) });
    if (process.stderr.isTTY) process.stderr.write(`\r${method}: ${rows.length} of ${pairs.length} \x1b[K`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  opened.close();
  if (opened.adapter !== 'cpu') adapter = opened.adapter;
  const result = {
    method,
    psnrY: mean(rows, 'psnrY'),
    ssimY: mean(rows, 'ssimY'),
    msPerMegapixel: milliseconds / megapixels,
    images: rows,
  };
  results.push(result);
  console.log(
    `${method.padEnd(10)} ${result.psnrY.toFixed(3).padStart(8)} ${result.ssimY.toFixed(4).padStart(8)} ${result.msPerMegapixel.toFixed(0).padStart(7)}`,
  );
}
if (values.json) await writeFile(values.json, `${JSON.stringify({ adapter, preset, methods: results }, null, 1)}\n`);
console.log(`networks ran on ${adapter}`);
process.exit(0);
