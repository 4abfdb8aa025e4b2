/**
 * `npm run tiling -- IMAGE`: how visible tiling is, in numbers (docs/tiling.md). Takes SIDE×SIDE pixels from the middle of
 * IMAGE as the LR input and prints: PSNR of a crop against the same place of the whole, of tiles decoded in strips against
 * tiles decoded whole, and between tile sizes; mean |Δ|
 * across tile borders against inside tiles, beside that of an enlargement without tiles, and against the same lines where
 * larger tiles have no border.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Compute } from '../src/engine/compute.ts';
import { Job, scale } from '../src/engine/job.ts';
import { type BackendRequest, type ColourLock, defaultOptions, presetNames } from '../src/engine/protocol.ts';
import { enlarge } from '../src/imaging/enlarge.ts';
import { cropRgba8, pasteRgba8, type Rgba8 } from '../src/imaging/image.ts';
import { psnrRgb } from '../src/imaging/metrics/index.ts';
import { fail, oneOf, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { readImage } from './image-file.ts';
import { directoryModelSource } from './model-directory.ts';
import { meanAt, steps, tileBorders } from './tiling/seams.ts';

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
const preset = oneOf('--preset', values.preset, presetNames);
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
  return { out, plan: job.plan };
}

const small = await open(64);
const { out: with64, plan } = await upscale(small, whole);
console.log(`adapter               ${small.ready.adapter?.description ?? small.ready.backend}`);
console.log(`tiles of ${plan.tile}           ${plan.tiles.length}, stride ${plan.stride}`);

for (const strips of [2, 4]) {
  small.networks = { ...small.networks, decodeRows: plan.tile / strips };
  const { out } = await upscale(small, whole);
  console.log(`decoded in ${strips} strips   ${psnrRgb(out, with64).toFixed(2)} dB`);
}
small.networks = { ...small.networks, decodeRows: undefined };

const half = side >> 1;
const at = (side - half) >> 1;
const { out: crop } = await upscale(small, cropRgba8(whole, at, at, half, half), { x: at, y: at });
small.dispose();
const same = cropRgba8(with64, at * scale, at * scale, half * scale, half * scale);
const margin = plan.tile * scale;
const interior = (image: Rgba8) =>
  cropRgba8(image, margin, margin, image.width - 2 * margin, image.height - 2 * margin);
console.log(`crop against whole    ${psnrRgb(crop, same).toFixed(2)} dB`);
if (half > 2.5 * plan.tile)
  console.log(`  a tile or more from the crop's edge ${psnrRgb(interior(crop), interior(same)).toFixed(2)} dB`);

const large = await open(128);
const { out: with128, plan: largePlan } = await upscale(large, whole);
large.dispose();
console.log(`tile ${plan.tile} against ${largePlan.tile}   ${psnrRgb(with64, with128).toFixed(2)} dB`);

const borders = tileBorders(plan, scale);
const largeBorders = tileBorders(largePlan, scale);
const isBorder = (line: number) => borders.has(line);
const isInside = (line: number) => line % (small.alignment * scale) !== 0;
const alone = (line: number) => isBorder(line) && !largeBorders.has(line);
const [ours, theirs, bicubic] = [with64, with128, enlarge(whole, scale, 'bicubic')].map(steps) as [
  Float64Array,
  Float64Array,
  Float64Array,
];
const ratio = (a: number, b: number) => (a / b).toFixed(4);
console.log(`mean |Δ| inside       ${meanAt(ours, isInside).toFixed(4)}`);
console.log(`  tile borders        ${ratio(meanAt(ours, isBorder), meanAt(ours, isInside))} of inside`);
console.log(`  same lines, bicubic ${ratio(meanAt(bicubic, isBorder), meanAt(bicubic, isInside))} of inside`);
console.log(
  `borders, against the same lines inside tiles of ${largePlan.tile}  ${ratio(meanAt(ours, alone), meanAt(theirs, alone))}`,
);
process.exit(0);
