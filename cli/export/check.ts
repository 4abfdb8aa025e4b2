/** An exported file against our own inference: one tile of a sample picture through both. */
import { resolve } from 'node:path';
import type { ExportedModel } from '../../src/engine/export/upscaler.ts';
import { openOnnxModel } from '../../src/engine/external/onnx-model.ts';
import type { ModelSource } from '../../src/engine/runtime/model-source.ts';
import { UpscaleEngine } from '../../src/engine/runtime/upscale-engine.ts';
import { cropReflectRgb } from '../../src/imaging/image.ts';
import { fillNoise } from '../../src/imaging/random.ts';
import type { PresetName } from '../../src/presets/presets.ts';
import type { BackendRequest } from '../../src/protocol/upscale.ts';
import { openNodeBackend } from '../backend.ts';
import { nodeExternal } from '../external.ts';
import { readImage } from '../image-file.ts';

const sample = resolve(import.meta.dirname, '../../public/samples/parrot.png');

/** A pixel that is off by more than this, of [0, 1], makes another picture: five steps of 255. */
const largestAllowed = 0.02;

interface CheckRequest {
  readonly preset: PresetName;
  readonly seed: number;
  readonly backend: BackendRequest;
}

/**
 * @returns one line: how far the two are apart and how long each took, compiled and warm
 * @throws one sentence when they are two pictures
 */
export async function checkExport(
  exported: ExportedModel,
  source: ModelSource,
  request: CheckRequest,
): Promise<string> {
  const { file, method, tile } = exported;
  const { preset, seed, backend } = request;
  const compute = await UpscaleEngine.open(
    { openBackend: openNodeBackend, models: () => source },
    { backend, preset, method: method === 'resshift' ? 'resshift-det' : method, tile, memoryBudget: 2 ** 33 },
    () => {},
  );
  const model = await openOnnxModel(file, await nodeExternal.runtime());
  const lr = cropReflectRgb(await readImage(sample), 0, 0, tile, tile);
  const noise = new Float32Array(tile * tile * compute.latentChannels);
  fillNoise(noise, seed, 0, 0, tile, tile, compute.latentChannels);
  const timed = async (run: () => Promise<Float32Array>) => {
    const started = performance.now();
    return { pixels: await run(), ms: Math.round(performance.now() - started) };
  };
  const ours = await timed(() => compute.runTile(lr, noise, 'off'));
  const theirs = await timed(() => model.runTile(lr, noise, 'off'));
  let [largest, squares] = [0, 0];
  ours.pixels.forEach((value, i) => {
    const apart = Math.abs(value - theirs.pixels[i]) / 2;
    largest = Math.max(largest, apart);
    squares += apart ** 2;
  });
  const psnr = (-10 * Math.log10(squares / ours.pixels.length)).toFixed(1);
  model.dispose();
  compute.dispose();
  if (!(largest <= largestAllowed))
    throw new Error(
      `The file gives another picture in onnxruntime: a pixel differs by ${largest.toFixed(4)} of [0, 1].`,
    );
  return `checked: a tile of ${tile} px in onnxruntime (${model.device}, ${theirs.ms} ms) and here (${compute.ready.backend}, ${ours.ms} ms) differs by ${largest.toExponential(1)} of [0, 1] at most, ${psnr} dB`;
}
