/**
 * `npm run tiling -- IMAGE`: how visible tiling is, in numbers. Takes SIDE×SIDE pixels from the middle of IMAGE as the LR input
 * and prints: mean |Δ| across tile borders against inside tiles, and against the networks' own attention windows; PSNR between
 * tile sizes; PSNR of a crop against the same place of the whole, over the crop and over its interior.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Compute } from '../src/engine/compute.ts';
import { Job, scale } from '../src/engine/job.ts';
import { type BackendRequest, type ColourLock, defaultOptions } from '../src/engine/protocol.ts';
import { cropRgba8, pasteRgba8, type Rgba8 } from '../src/imaging/image.ts';
import { psnrRgb } from '../src/imaging/metrics/index.ts';
import { fail, oneOf, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { readImage } from './image-file.ts';
import { directoryModelSource } from './model-directory.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: 'string', default: '512' },
    backend: { type: 'string', default: 'auto' },
    colour: { type: 'string', default: defaultOptions.colourLock },
    preset: { type: 'string', default: 'nano' },
    models: { type: 'string', default: resolve(import.meta.dirname, '../public/models') },
  },
});
const [path] = positionals;
if (!path)
  fail('Usage: npm run tiling -- IMAGE [--side 512] [--backend auto|webgpu|wasm] [--colour wavelet|ycbcr|off]', 2);
const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
const colourLock: ColourLock = oneOf('--colour', values.colour, ['wavelet', 'ycbcr', 'off'] as const);
const preset = oneOf('--preset', values.preset, ['nano', 'mini', 'paper'] as const);
const side = positiveInteger('--side', values.side, 4096);

const picture = await readImage(path);
if (Math.min(picture.width, picture.height) < side) fail(`${path}: smaller than ${side}×${side}.`);
// Off the 8×8 grid of the photograph's own JPEG compression, whose blocks would otherwise lie just where the tiles do.
const middle = (room: number) => Math.min(room, (room >> 1) | 3);
const whole = cropRgba8(picture, middle(picture.width - side), middle(picture.height - side), side, side);

const open = (tile: number) =>
  Compute.open(
    { openBackend: openNodeBackend, models: (name) => directoryModelSource(`${values.models}/${name}`) },
    { backend, preset, method: 'sinsr', tile, memoryBudget: 2 ** 31 },
    (event) => event.type === 'log' && process.stderr.write(`${event.message}\n`),
  );

async function upscale(compute: Compute, image: Rgba8, origin = { x: 0, y: 0 }) {
  const job = new Job(
    image,
    { preset, method: 'sinsr', seed: 42, colourLock, origin },
    compute.ready.tile,
    compute.alignment,
  );
  const out: Rgba8 = {
    width: image.width * scale,
    height: image.height * scale,
    data: new Uint8ClampedArray(image.data.length * scale * scale),
  };
  await job.run(compute, {
    signal: new AbortController().signal,
    onProgress: ({ done, total }) => process.stderr.write(`\r${done}/${total} tiles `),
    onBlock: (rect, pixels) => pasteRgba8(out, pixels, rect.x, rect.y),
  });
  process.stderr.write('\n');
  return { out, job };
}

/**
 * Mean |Δ| between neighbouring pixels: across the columns and rows where a tile begins or ends, across the other borders of
 * attention windows, and everywhere else. A grid of the networks shows in the second, one of the tiling in the first alone.
 */
function seams(image: Rgba8, starts: readonly number[], tile: number, window: number) {
  const edges = new Set(starts.flatMap((start) => [start * scale, (start + tile) * scale]));
  const kindOf = (at: number) => (edges.has(at) ? 'border' : at % (window * scale) === 0 ? 'window' : 'inside');
  const sums = { border: [0, 0], window: [0, 0], inside: [0, 0] };
  const { width, height, data } = image;
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      for (const [at, neighbour] of [
        [x, (y * width + x - 1) * 4],
        [y, ((y - 1) * width + x) * 4],
      ] as const) {
        const sum = sums[kindOf(at)];
        for (let c = 0; c < 3; c++) sum[0] += Math.abs(data[(y * width + x) * 4 + c] - data[neighbour + c]);
        sum[1] += 3;
      }
    }
  }
  const mean = ([total, count]: number[]) => total / count;
  return { border: mean(sums.border), window: mean(sums.window), inside: mean(sums.inside) };
}

const small = await open(64);
const { out: with64, job } = await upscale(small, whole);
const starts = [...new Set(job.plan.tiles.map(({ x }) => x))];
const { border, window, inside } = seams(with64, starts, 64, small.alignment);
console.log(`adapter            ${small.ready.adapter?.description ?? small.ready.backend}`);
console.log(`tiles of 64        ${job.plan.tiles.length}, stride ${job.plan.stride}`);
console.log(`mean |Δ| inside    ${inside.toFixed(4)}`);
console.log(`  across tile borders ${border.toFixed(4)}, ${(border / inside).toFixed(4)} of inside`);
console.log(`  across windows that are no tile border ${window.toFixed(4)}, ${(window / inside).toFixed(4)} of inside`);

const half = side >> 1;
const at = (side - half) >> 1;
const { out: crop } = await upscale(small, cropRgba8(whole, at, at, half, half), { x: at, y: at });
const same = cropRgba8(with64, at * scale, at * scale, half * scale, half * scale);
const margin = 64 * scale;
const interior = (image: Rgba8) =>
  cropRgba8(image, margin, margin, image.width - 2 * margin, image.height - 2 * margin);
console.log(`crop against whole ${psnrRgb(crop, same).toFixed(2)} dB`);
if (half > 160)
  console.log(`  a tile or more from the crop's edge ${psnrRgb(interior(crop), interior(same)).toFixed(2)} dB`);
small.dispose();

const large = await open(128);
const { out: with128 } = await upscale(large, whole);
console.log(`tile 64 against ${large.ready.tile} ${psnrRgb(with64, with128).toFixed(2)} dB`);
large.dispose();
process.exit(0);
