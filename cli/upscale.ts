/**
 * `npm run upscale -- IN OUT [options]`: the page's engine without the page. IN is an image, or a folder (then OUT is
 * one too). Progress goes to stderr; an output is written whole or not at all.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { openOnLease } from '../src/engine/evaluation/methods.ts';
import type { ModelSource } from '../src/engine/runtime/model-source.ts';
import { findAutoencoder, findUpscaler, leastMemory } from '../src/engine/runtime/networks.ts';
import { UpscaleEngine } from '../src/engine/runtime/upscale-engine.ts';
import { SteadyEngine } from '../src/engine/upscale/steady-engine.ts';
import type { JobOptions } from '../src/engine/upscale/tiled-upscale.ts';
import { isImageName } from '../src/formats/image-sniff.ts';
import { type Agreement, agreedPsnr, agreeWithInput } from '../src/imaging/agree.ts';
import { blendDetail, fullDetail, protectMask } from '../src/imaging/detail.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { enlarge } from '../src/imaging/resize.ts';
import { upscaleFactor } from '../src/presets/architecture.ts';
import { type PresetName, presetNames } from '../src/presets/presets.ts';
import { isTaught } from '../src/presets/teaching.ts';
import { type BackendRequest, type ColourLock, defaultOptions } from '../src/protocol/upscale.ts';
import { faithfulMethod, isDetailed, isTeacherSampling, type MethodRequest, methods } from '../src/report/methods.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { inspectImageFile, readImage, writeImageWhole } from './image-file.ts';
import { directoryModelSource } from './model-directory.ts';
import { checkOutputs, freeBytes, keepOriginal, placeOf } from './whole-file.ts';

const usage = `Usage: npm run upscale -- IN OUT [options]
  IN         an image (PNG, JPEG, WebP, GIF, AVIF, BMP), or a folder of them
  OUT        the file to write (.png, .jpg, .webp), or a folder when IN is one
  --preset   compact | paper                          (compact)
  --method   ours | ours-conv | sinsr | l2 | resshift | resshift@K | resshift-det | bicubic | lanczos,
             or taught:NAME@ID, a network of your own (docs/own-upscaler.md)
                                                      (the first that the weights offer)
  --models   folder holding the presets' folders      (public/models)
  --detail   0 (l2, invents least) … 100 (the method alone); between them both run and are blended   (100)
  --protect  MASK.png: white where the picture stays as l2 makes it, as large as IN or as OUT
  --agree    the result, reduced, is made to match IN to 45 dB (PSNR), and what was reached is said
  --seed     noise seed                               (42)
  --tile     LR pixels a side of a tile, without its context   (auto)
  --memory   most megabytes to plan for a tile        (1024, or what the smallest tile takes)
  --colour   wavelet | ycbcr | off                    (off)
  --backend  auto | webgpu | wasm                     (auto)`;

const outputEndings = new Set(['.png', '.jpg', '.jpeg', '.webp']);

interface Work {
  readonly input: string;
  readonly output: string;
}

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: 'compact' },
      method: { type: 'string', default: 'auto' },
      models: { type: 'string', default: resolve(import.meta.dirname, '../public/models') },
      detail: { type: 'string', default: String(fullDetail) },
      protect: { type: 'string' },
      agree: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(defaultOptions.seed) },
      tile: { type: 'string', default: 'auto' },
      memory: { type: 'string' },
      colour: { type: 'string', default: defaultOptions.colourLock },
      backend: { type: 'string', default: 'auto' },
    },
  });
}

/** The files to do. A folder is taken flat, in name order; each output gets the input's name with .png. */
async function plan(input: string, output: string): Promise<Work[]> {
  const info = await stat(input).catch(() => null);
  if (!info) fail(`${input}: there is no such file or folder.`);
  if (!info.isDirectory()) {
    const ending = extname(output).toLowerCase();
    if (!outputEndings.has(ending)) fail(`${output}: the output's name must end in .png, .jpg or .webp.`);
    if ((await placeOf(input)) === (await placeOf(output)))
      fail(`${output}: the output would overwrite the input; choose another name.`);
    return [{ input, output }];
  }
  if ((await placeOf(input)) === (await placeOf(output)))
    fail(`${output}: the outputs would overwrite the inputs; choose another folder.`);
  const names = (await readdir(input)).filter(isImageName).sort();
  if (names.length === 0) fail(`${input}: no images in this folder.`);
  const work = names.map((name) => ({
    input: join(input, name),
    output: join(output, `${basename(name, extname(name))}.png`),
  }));
  return work;
}

/** Samples a pixel of the result that a file takes at most, about; photographs as PNG take more than half of it. */
const bytesOfPixel = (path: string) => (extname(path).toLowerCase() === '.png' ? 3 : 1);
/** Less than this part of them no photographs take, only flat drawings. */
const surely = 1 / 4;

/** Originals are kept, outputs can be written, and the disk has room for the results: told before hours of work. */
async function checkFiles(work: readonly Work[]): Promise<void> {
  let need = 0;
  let replaced = 0;
  for (const { input, output } of work) {
    await keepOriginal(input);
    // A bad picture is told of when its turn comes.
    const size = await inspectImageFile(input).catch(() => null);
    if (size) need += size.width * size.height * upscaleFactor ** 2 * bytesOfPixel(output);
    replaced += (await stat(output).catch(() => null))?.size ?? 0;
  }
  await checkOutputs(work.map(({ output }) => output)).catch((error) => fail(error.message));
  const [first] = work;
  const free = first ? (await freeBytes(first.output)) + replaced : need;
  if (!first || free >= need) return;
  const [has, takes] = [free, need].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  const text = `${dirname(first.output)}: the disk has ${has} MB free, and the results take up to ${takes} MB`;
  if (free < need * surely) fail(`${text}: make room on it, or choose another.`);
  process.stderr.write(`${text}.\n`);
}

const line = (text: string) => (process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);

async function withNetworks(
  engine: SteadyEngine,
  image: Rgba8,
  options: JobOptions,
  memoryBudget: number,
  name: string,
): Promise<Rgba8> {
  let shown = -1;
  const out = await engine.upscale(image, options, {
    memoryBudget,
    onProgress: ({ done, total, etaSeconds }) => {
      // A log has a line a tile; a terminal's line changes within one, too.
      if (done === shown && !process.stderr.isTTY) return;
      shown = done;
      const left = etaSeconds === null ? '' : `, ${etaSeconds.toFixed(0)} s left`;
      process.stderr.write(line(`${name}: tile ${done} of ${total}${left}`));
    },
    onChange: (reason) => process.stderr.write(`${reason}\n`),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  return out;
}

const agreementText = ({ rounds, before, after }: Agreement) =>
  `agrees with the input to ${after.toFixed(1)} dB after ${rounds} rounds, ${before.toFixed(1)} dB before${after < agreedPsnr ? `; within the range of colours it comes no nearer to ${agreedPsnr} dB` : ''}`;

const megabytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);

/** The budget as asked; else the usual one, or what the smallest tile of large networks takes, said before they are loaded. */
async function chooseMemory(source: ModelSource, method: MethodRequest, asked: string | undefined): Promise<number> {
  if (asked !== undefined) return positiveInteger('--memory', asked, 2 ** 20) * 2 ** 20;
  const manifest = await source.manifest();
  const [autoencoder, unet] = [findAutoencoder(manifest).config, findUpscaler(manifest, method).config];
  const [webgpu, wasm] = (['webgpu', 'wasm'] as const).map((kind) => leastMemory(autoencoder, unet, kind));
  const { memoryBudget } = defaultOptions;
  const need = Math.max(webgpu, wasm);
  if (need <= memoryBudget) return memoryBudget;
  process.stderr.write(
    `The ${manifest.preset} networks need about ${megabytes(webgpu)} MB on WebGPU, ${megabytes(wasm)} MB on WebAssembly.\n`,
  );
  return need;
}

async function main(): Promise<number> {
  const { values, positionals } = parse();
  const [input, output] = positionals;
  if (!input || !output || positionals.length > 2) return fail(usage, 2);
  const method =
    isTeacherSampling(values.method) || isTaught(values.method)
      ? values.method
      : oneOf('--method', values.method, ['auto', ...methods, 'bicubic', 'lanczos'] as const);
  const preset: PresetName = oneOf('--preset', values.preset, presetNames);
  const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
  const colourLock: ColourLock = oneOf('--colour', values.colour, ['wavelet', 'ycbcr', 'off'] as const);
  const tile = values.tile === 'auto' ? 'auto' : positiveInteger('--tile', values.tile, 256);
  const seed = positiveInteger('--seed', values.seed, 2 ** 32 - 1);
  const detail = positiveInteger('--detail', values.detail, fullDetail);
  const { protect: maskFile } = values;
  const protect =
    maskFile === undefined ? null : await readImage(maskFile).catch((error) => fail(`${maskFile}: ${error.message}`));
  const work = await plan(input, output);
  await checkFiles(work);

  let failures = 0;
  const each = async (upscale: (image: Rgba8, name: string) => Promise<Rgba8>) => {
    for (const { input, output } of work) {
      try {
        const image = await readImage(input);
        const result = await upscale(image, basename(input));
        const agreed = values.agree ? await agreeWithInput(result, image) : null;
        await writeImageWhole(output, agreed?.picture ?? result);
        if (agreed) process.stderr.write(`${basename(input)}: ${agreementText(agreed)}\n`);
        process.stderr.write(`${output}\n`);
      } catch (error) {
        failures++;
        process.stderr.write(`${input}: ${error instanceof Error ? error.message : error}\n`);
      }
    }
  };

  if (method === 'bicubic' || method === 'lanczos') {
    if (detail !== fullDetail || protect)
      fail(`--detail blends a co-trained student with ${faithfulMethod}; ${method} is none.`, 2);
    await each(async (image) => enlarge(image, upscaleFactor, method));
  } else {
    const models = (name: PresetName) => directoryModelSource(join(values.models, name));
    const memoryBudget = await chooseMemory(models(preset), method, values.memory);
    // A bad input should be told before the weights are loaded.
    if (work.length === 1) await readImage(input).catch((error) => fail(`${input}: ${error.message}`));
    const engine = await SteadyEngine.open(
      (tile) =>
        UpscaleEngine.open(
          { openBackend: openNodeBackend, models },
          { backend, preset, method, tile, memoryBudget },
          (event) => event.type === 'log' && process.stderr.write(`${event.message}\n`),
        ),
      tile,
    );
    const options: JobOptions = { preset, method: engine.compute.ready.method, seed, colourLock };
    process.stderr.write(`${options.method}, ${preset} weights\n`);
    const detailed = (image: Rgba8, name: string) => withNetworks(engine, image, options, memoryBudget, name);
    if (detail === fullDetail && !protect) await each(detailed);
    else {
      if (!isDetailed(options.method))
        fail(`--detail blends a co-trained student with ${faithfulMethod}; ${options.method} is none.`, 2);
      const faithful = await SteadyEngine.open((tile) => {
        const settings = { preset, seed, colourLock, tile, memoryBudget };
        return openOnLease(faithfulMethod, engine.compute.backend, models(preset), settings);
      }, tile);
      const ends = { ...options, method: faithfulMethod };
      await each(async (image, name) => {
        const mask = protect && protectMask(protect, image, upscaleFactor);
        const end = await withNetworks(faithful, image, ends, memoryBudget, `${name}, ${faithfulMethod}`);
        return blendDetail(end, detail === 0 ? end : await detailed(image, name), detail, mask);
      });
      faithful.dispose();
    }
    engine.dispose();
  }
  return failures === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
