/**
 * Others beside us, by the shipped weights: the same student as an ONNX file in onnxruntime-web, and UpscalerJS's smallest
 * ESRGAN. In Node onnxruntime-web runs on WebAssembly alone, so that all run there.
 */
import { resolve } from 'node:path';
import { Compute } from '../../src/engine/compute.ts';
import { exportUpscaler } from '../../src/engine/export/upscaler.ts';
import type { TileNetwork } from '../../src/engine/job.ts';
import { openOnnxModel } from '../../src/engine/outside/onnx-model.ts';
import { openOutside } from '../../src/engine/outside/open.ts';
import type { PresetName } from '../../src/engine/protocol.ts';
import { openNodeBackend } from '../backend.ts';
import { directoryModelSource } from '../model-directory.ts';
import { nodeOutside } from '../outside.ts';
import { uniform } from '../parity/hash.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

const models = resolve(import.meta.dirname, '../../public/models');

async function fastest(network: TileNetwork, tile: number, repeats: number): Promise<number> {
  const lr = uniform('picture', tile * tile * 3, 1);
  const noise = uniform('noise', tile * tile * network.latentChannels, 1.7);
  let best = Number.POSITIVE_INFINITY;
  // The first time prepares.
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const started = performance.now();
    await network.runTile(lr, noise);
    if (repeat > 0) best = Math.min(best, performance.now() - started);
  }
  return best;
}

export async function besideOthers(preset: PresetName, tile: number, repeats: number): Promise<Finding> {
  const source = directoryModelSource(`${models}/${preset}`);
  const request = { backend: 'wasm', preset, method: 'auto', tile, memoryBudget: 2 ** 33 } as const;
  const ours = await Compute.open({ openBackend: openNodeBackend, models: () => source }, request, () => {});
  const { method } = ours.ready;
  const own = await fastest(ours, tile, repeats);
  const slim = await openOutside('esrgan-slim', nodeOutside, tile);
  const esrgan = await fastest(slim, tile, repeats);
  slim.dispose();
  ours.dispose();
  const { file } = await exportUpscaler(source, { method, tile, weights: 'float32', noiseSeed: null });
  const exported = await openOnnxModel(file, await nodeOutside.runtime());
  const onnx = await fastest(exported, tile, repeats);
  exported.dispose();
  const rows = [
    { name: `${preset}, ${method}, here`, ms: own },
    { name: `${preset}, ${method}, onnxruntime-web`, ms: onnx },
    { name: 'ESRGAN slim, tfjs', ms: esrgan },
  ].map((row) => ({ ...row, megapixelsPerSecond: (16 * tile * tile) / row.ms / 1000 }));
  return {
    json: rows,
    print() {
      console.log('');
      printTable([
        [`on WebAssembly, tile of ${tile} px`, 'ms', 'MP/s', 'of ours'],
        ...rows.map(({ name, ms, megapixelsPerSecond }) => [
          name,
          ms.toFixed(0),
          megapixelsPerSecond.toFixed(3),
          `${(ms / own).toFixed(2)}×`,
        ]),
      ]);
    },
  };
}
