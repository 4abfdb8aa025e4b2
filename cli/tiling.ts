/**
 * `npm run tiling -- [IMAGE] [options]`: how visible tiling is, in numbers (docs/tiling.md). With IMAGE it takes SIDE×SIDE
 * pixels from the middle as the LR input and prints how far tiles of 64 and of 128 and, where tiles have context, the whole in
 * one piece are apart; a crop against the same place of the whole; and what changes across the lines where tiles meet. With
 * `--flat`, what comes back with every tile of a flat picture; with `--borders`, whether pictures have a frame.
 */
import { resolve } from 'node:path';
import { UpscaleEngine } from '../src/engine/runtime/upscale-engine.ts';
import { TiledUpscale } from '../src/engine/upscale/tiled-upscale.ts';
import { cropRgba8, pasteRgba8, type Rgba8 } from '../src/imaging/image.ts';
import { computedSide } from '../src/imaging/tiling.ts';
import { upscaleFactor } from '../src/presets/architecture.ts';
import { presetNames } from '../src/presets/presets.ts';
import { type BackendRequest, type ColourLock, defaultOptions } from '../src/protocol/upscale.ts';
import { methods } from '../src/report/methods.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { plainSet } from './evaluate/pictures.ts';
import { readImage } from './image-file.ts';
import { directoryModelSource } from './model-directory.ts';
import { between, borderLines, cropLines, flatLines, seamLines, type Upscale } from './tiling/measures.ts';

const usage = `Usage: npm run tiling -- [IMAGE] [options]
  IMAGE      tiles of 64 against tiles of 128 and the whole, a crop against its whole, seams
  --side     of what is taken from its middle, LR pixels   (512)
  --flat     flat pictures: what comes back with every tile
  --borders  folder of LR pictures: whether they have a frame
  --tile     of --flat and --borders                       (64)
  --preset   compact | paper                               (${defaultOptions.preset})
  --method   ${methods.join(' | ')}
                                                           (the first that the weights offer)
  --models   folder holding the presets' folders           (public/models)
  --colour   wavelet | ycbcr | off                         (${defaultOptions.colourLock})
  --backend  auto | webgpu | wasm                          (auto)`;

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      side: { type: 'string', default: '512' },
      flat: { type: 'boolean', default: false },
      borders: { type: 'string' },
      tile: { type: 'string', default: '64' },
      preset: { type: 'string', default: defaultOptions.preset },
      method: { type: 'string', default: defaultOptions.method },
      models: { type: 'string', default: resolve(import.meta.dirname, '../public/models') },
      colour: { type: 'string', default: defaultOptions.colourLock },
      backend: { type: 'string', default: 'auto' },
    },
  });
}

const { values, positionals } = parse();
const [path] = positionals;
if (positionals.length > 1 || !(path || values.flat || values.borders !== undefined)) fail(usage, 2);
const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
const colourLock: ColourLock = oneOf('--colour', values.colour, ['wavelet', 'ycbcr', 'off'] as const);
const preset = oneOf('--preset', values.preset, presetNames);
const method = oneOf('--method', values.method, ['auto', ...methods] as const);
const side = positiveInteger('--side', values.side, 4096);
const tile = positiveInteger('--tile', values.tile, 256);

/** @throws one sentence */
async function middleOf(file: string): Promise<Rgba8> {
  const picture = await readImage(file);
  if (Math.min(picture.width, picture.height) < side) fail(`${file}: smaller than ${side}×${side}.`);
  // Off the 8×8 grid of the photograph's own JPEG compression, whose blocks would otherwise lie just where the tiles do.
  const middle = (room: number) => Math.min(room, (room >> 1) | 3);
  return cropRgba8(picture, middle(picture.width - side), middle(picture.height - side), side, side);
}

const whole = path === undefined ? null : await middleOf(path).catch((error) => fail(`${path}: ${error.message}`));
const pictures = values.borders === undefined ? null : (await plainSet(values.borders)).pictures;
const compute = await UpscaleEngine.open(
  { openBackend: openNodeBackend, models: (name) => directoryModelSource(`${values.models}/${name}`) },
  { backend, preset, method, tile: 64, memoryBudget: 2 ** 32 },
  (event) => event.type === 'log' && process.stderr.write(`${event.message}\n`),
);
const { tiling } = compute;

const upscale: Upscale = async (image, tile, origin) => {
  const job = new TiledUpscale(
    image,
    { preset, method: compute.ready.method, seed: 42, colourLock, origin },
    tile,
    tiling,
  );
  const size = { width: image.width * upscaleFactor, height: image.height * upscaleFactor };
  const out: Rgba8 = { ...size, data: new Uint8ClampedArray(image.data.length * upscaleFactor * upscaleFactor) };
  await job.run(compute, {
    signal: new AbortController().signal,
    onProgress: ({ done, total }) => process.stderr.write(`\r${done}/${total} tiles `),
    onBlock: (rect, pixels) => pasteRgba8(out, pixels, rect.x, rect.y),
  });
  process.stderr.write('\n');
  return { out, plan: job.plan };
};

const print = (lines: readonly string[]) => console.log(lines.join('\n'));

/** A tile decoded in strips, as where memory is scarce, against the same decoded whole. */
async function stripLines(picture: Rgba8, tile: number): Promise<string[]> {
  const side = Math.min(picture.width, tile);
  const image = cropRgba8(picture, 0, 0, side, side);
  const { out } = await upscale(image, tile);
  const { networks } = compute;
  const lines: string[] = [];
  for (const strips of [2, 4]) {
    compute.networks = { ...networks, decodeRows: computedSide(tiling, tile) / strips };
    lines.push(between(`a tile of ${tile}, decoded in ${strips} strips`, (await upscale(image, tile)).out, out));
  }
  compute.networks = networks;
  return lines;
}

async function tileFigures(image: Rgba8): Promise<void> {
  const small = await upscale(image, 64);
  print([`tiles of 64: ${small.plan.tiles.length}, stride ${small.plan.stride}`]);
  print(await stripLines(image, small.plan.tile));
  print(await cropLines(upscale, image, small));
  const large = await upscale(image, 128);
  print([between('tiles of 64 against tiles of 128', small.out, large.out)]);
  if (tiling.join === 'context') {
    const piece = await upscale(image, Math.ceil(side / tiling.align) * tiling.align);
    print([
      between('tiles of 64 against the whole', small.out, piece.out),
      between('tiles of 128 against the whole', large.out, piece.out),
    ]);
  }
  print(seamLines(image, tiling.align, small, large));
}

const { ready } = compute;
print([
  `${ready.method}, ${preset} weights, colour lock ${colourLock}, on ${ready.adapter?.description ?? ready.backend}`,
]);
if (whole) await tileFigures(whole);
if (values.flat) print(await flatLines(upscale, tile));
if (pictures) print(await borderLines(upscale, tile, pictures));
process.exit(0);
