/**
 * `npm run cost`: the arithmetic of a student with its autoencoder, of every preset, worked out from the configurations: for a
 * megapixel of output without tiles, and for whole pictures as the engine cuts them, with overlap, context and what a tile has
 * beyond the picture's edge.
 */
import { tilingOf } from '../src/engine/runtime/network-tiling.ts';
import { leastMemory, tileCost, values } from '../src/engine/runtime/networks.ts';
import { chooseTile } from '../src/engine/runtime/tile-choice.ts';
import { planTiles } from '../src/imaging/tiling.ts';
import { autoencoderParamShapes } from '../src/nn/autoencoder.ts';
import { autoencoderMacs, unetMacs } from '../src/nn/cost/macs.ts';
import { unetParamShapes } from '../src/nn/unet-plan.ts';
import { type ModelPreset, presetNames, presets } from '../src/presets/presets.ts';
import { defaultOptions } from '../src/protocol/upscale.ts';
import { oneOf, parsed, positiveInteger } from './arguments.ts';
import { printTable } from './bench/table.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run cost -- [options]
  --tile     side of a tile, LR pixels (what the engine takes on a GPU, or on --backend wasm, within the default memory, or what the preset needs)
  --backend  webgpu | wasm                             (webgpu)
  --json     file to write`;

/** LR pixels, width × height. */
const pictures = [
  { width: 64, height: 64 },
  { width: 256, height: 256 },
  { width: 1024, height: 768 },
] as const;

interface PictureCost {
  readonly width: number;
  readonly height: number;
  readonly tiles: number;
  readonly gmac: number;
  readonly gmacPerMegapixel: number;
}

interface Row {
  readonly preset: string;
  readonly parameters: number;
  /** Of a 64×64 tile without context, by network. */
  readonly gmacPerMegapixel: Readonly<Record<'encode' | 'unet' | 'decode' | 'all', number>>;
  readonly tile: number;
  readonly pictures: readonly PictureCost[];
}

const megapixels = (width: number, height: number) => (16 * width * height) / 1e6;

function macsOf({ autoencoder, unet }: ModelPreset, height: number, width: number) {
  const { encode, decode } = autoencoderMacs(autoencoder, height, width);
  const denoise = unetMacs(unet, height, width);
  return { encode, unet: denoise, decode, all: encode + denoise + decode };
}

function rowOf(name: string, preset: ModelPreset, requested: number | 'auto', backend: 'webgpu' | 'wasm'): Row {
  const { autoencoder, unet } = preset;
  const parameters = values(autoencoderParamShapes(autoencoder)) + values(unetParamShapes(unet));
  const tiling = tilingOf(autoencoder, unet, 'one-step');
  const { tile } = chooseTile({
    requested,
    backend,
    isSoftware: false,
    tiling,
    cost: (side, rows) => tileCost(autoencoder, unet, 4 * parameters, side, side, backend, rows),
    // As the page does when a preset is chosen that needs more.
    memoryBudget: Math.max(defaultOptions.memoryBudget, leastMemory(autoencoder, unet, backend)),
    maxBuffer: 2 ** 31,
  });
  const perMegapixel = Object.entries(macsOf(preset, 64, 64)).map(([part, macs]) => [
    part,
    macs / 1e9 / megapixels(64, 64),
  ]);
  return {
    preset: name,
    parameters,
    gmacPerMegapixel: Object.fromEntries(perMegapixel) as Row['gmacPerMegapixel'],
    tile,
    pictures: pictures.map(({ width, height }) => {
      const { tiles } = planTiles({ width, height }, tile, tiling);
      const gmac = tiles.reduce((sum, computed) => sum + macsOf(preset, computed.height, computed.width).all, 0) / 1e9;
      return { width, height, tiles: tiles.length, gmac, gmacPerMegapixel: gmac / megapixels(width, height) };
    }),
  };
}

function parse() {
  const text = { type: 'string' } as const;
  return parsed(usage, { options: { tile: text, backend: { ...text, default: 'webgpu' }, json: text } }).values;
}

const options = parse();
const backend = oneOf('--backend', options.backend, ['webgpu', 'wasm'] as const);
const requested = options.tile === undefined ? 'auto' : positiveInteger('--tile', options.tile, 1024);
const rows = presetNames.map((name) => rowOf(name, presets[name], requested, backend));

const one = (n: number) => n.toFixed(1);
console.log('GMAC for a megapixel of output, a 64×64 tile without context; parameters of student and autoencoder');
printTable([
  ['preset', 'encoder', 'UNet', 'decoder', 'all', 'parameters'],
  ...rows.map(({ preset, parameters, gmacPerMegapixel: { encode, unet, decode, all } }) => [
    preset,
    ...[encode, unet, decode, all].map(one),
    `${(parameters / 1e6).toFixed(2)} M`,
  ]),
]);
console.log(`\nWhole pictures as the engine tiles them (${backend}): GMAC, GMAC for a megapixel, tiles`);
printTable([
  ['preset', 'tile', ...pictures.map(({ width, height }) => `${width}×${height}`)],
  ...rows.map(({ preset, tile, pictures: of }) => [
    preset,
    `${tile}`,
    ...of.map(({ gmac, gmacPerMegapixel, tiles }) => `${one(gmac)}  ${one(gmacPerMegapixel)}  ${tiles}`),
  ]),
]);
if (options.json !== undefined) await writeFileWhole(options.json, `${JSON.stringify({ backend, rows }, null, 2)}\n`);
