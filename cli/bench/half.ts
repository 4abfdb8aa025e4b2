/**
 * Half precision against full: the picture's difference, the time of a tile and the weights' bytes; on software adapters
 * also as cut for GPUs, which alone multiply in it.
 */
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { findAutoencoder, findUpscaler, readParams } from '../../src/engine/runtime/networks.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import { chooseKernels, type Tuning, tuning } from '../../src/gpu/custom-op.ts';
import { castToF16, supportsF16 } from '../../src/gpu/half.ts';
import { cropReflectRgb } from '../../src/imaging/image.ts';
import { autoencoderParamShapes } from '../../src/nn/autoencoder.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import { buildSchedule } from '../../src/paper/schedule.ts';
import { type UpscaleNetworks, upscaleTile } from '../../src/paper/upscale.ts';
import { latentChannels } from '../../src/presets/architecture.ts';
import type { ManifestFile } from '../../src/presets/manifest.ts';
import { type PresetName, presets } from '../../src/presets/presets.ts';
import { readImage } from '../image-file.ts';
import { shippedFolder } from '../model-directory.ts';
import { type Finding, Meter } from './measure.ts';
import { printTable } from './table.ts';
import { hashedTensor, networks } from './workloads.ts';

interface HalfPrecision {
  readonly tuning: Tuning;
  /** Of the picture, in dB; null: it is the same. */
  readonly psnr: number | null;
  readonly ms: { readonly full: number; readonly half: number };
  readonly filterBytes: { readonly full: number; readonly half: number };
}

/** The weights of ours in full precision where they ship, for the difference depends on them; else hashes. */
async function measuredNetworks(name: PresetName): Promise<UpscaleNetworks> {
  if (name !== 'compact') return networks(presets[name]);
  const source = shippedFolder(name);
  const manifest = await source.manifest();
  const [autoencoder, unet] = [findAutoencoder(manifest), findUpscaler(manifest, 'ours')];
  const blob = (file: ManifestFile) => source.file(file, () => {});
  return {
    autoencoder: {
      config: autoencoder.config,
      params: await readParams(await blob(autoencoder), autoencoderParamShapes(autoencoder.config), autoencoder.name),
    },
    unet: {
      config: unet.config,
      params: await readParams(await blob(unet), unetParamShapes(unet.config), unet.name),
    },
    schedule: buildSchedule(unet.diffusion ?? manifest.diffusion),
  };
}

/** [1, side, side, 3] in [−1, 1]: the middle of a photograph, with reflected context where it is smaller. */
async function photograph(side: number): Promise<tf.Tensor4D> {
  const path = resolve(import.meta.dirname, '../../tests/images/lr/crop_animal_parrot.png');
  const picture = await readImage(path);
  const start = (length: number) => Math.floor((length - side) / 2);
  const { data } = cropReflectRgb(picture, start(picture.width), start(picture.height), side, side);
  return tf.tensor4d(data, [1, side, side, 3]);
}

async function measure(backend: Backend, name: PresetName, side: number, repeats: number): Promise<HalfPrecision> {
  const used = await measuredNetworks(name);
  const filters = [...used.autoencoder.params.filters, ...used.unet.params.filters];
  const y = await photograph(side);
  const noise = hashedTensor('noise', [1, side, side, latentChannels(presets[name].autoencoder)], 1.7) as tf.Tensor4D;
  const meter = new Meter(backend);
  const picture = async (name: string): Promise<Float32Array> => {
    for (let repeat = 0; ; repeat++) {
      const result = await meter.measure(name, () => upscaleTile(used, y, noise, 'one-step'));
      // The first time compiles.
      if (repeat === 0) meter.forget();
      const values = repeat === repeats ? ((await result.data()) as Float32Array) : null;
      result.dispose();
      if (values) return values;
    }
  };
  const full = await picture('full');
  const fullMs = meter.costs.get('full')?.ms ?? 0;
  castToF16(filters);
  const half = await picture('half');
  const halfMs = meter.costs.get('half')?.ms ?? 0;
  const error = full.reduce((sum, value, i) => sum + (value - half[i]) ** 2, 0) / full.length;
  const count = filters.reduce((sum, { size }) => sum + size, 0);
  used.autoencoder.params.dispose();
  used.unet.params.dispose();
  tf.dispose([y, noise]);
  return {
    tuning: tuning(),
    // Pixels go from −1 to 1.
    psnr: error === 0 ? null : 10 * Math.log10(4 / error),
    ms: { full: fullMs, half: halfMs },
    filterBytes: { full: 4 * count, half: 2 * count },
  };
}

function print(rows: readonly HalfPrecision[]): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  console.log('');
  printTable([
    ['half precision', 'dB against full', 'ms a tile', 'full', 'MB of filters', 'full'],
    ...rows.map(({ tuning, psnr, ms, filterBytes }) => [
      tuning,
      psnr === null ? 'the same' : psnr.toFixed(1),
      ms.half.toFixed(0),
      ms.full.toFixed(0),
      megabytes(filterBytes.half),
      megabytes(filterBytes.full),
    ]),
  ]);
}

export async function halfPrecision(
  backend: Backend,
  preset: PresetName,
  side: number,
  repeats: number,
): Promise<Finding> {
  if (!supportsF16()) return { json: null, print: () => console.log('\nThis adapter has no half precision.') };
  const rows: HalfPrecision[] = [];
  for (const each of new Set([tuning(), 'tiled' as const])) {
    const back = chooseKernels(each);
    rows.push(await measure(backend, preset, side, repeats).finally(back));
  }
  return { json: rows, print: () => print(rows) };
}
