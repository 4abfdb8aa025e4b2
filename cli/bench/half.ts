/** Filters in half precision against full: the picture's difference, the time of a tile and the weights' bytes. */
import * as tf from '@tensorflow/tfjs-core';
import { upscaleTile } from '../../src/diffusion/upscale.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import { halfFits, halve } from '../../src/gpu/half.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { type Finding, Meter } from './measure.ts';
import { hashedTensor, networks } from './workloads.ts';

interface HalfPrecision {
  /** Of the picture, in dB; null: it is the same. */
  readonly psnr: number | null;
  readonly ms: { readonly full: number; readonly half: number };
  readonly filterBytes: { readonly full: number; readonly half: number };
}

async function measure(backend: Backend, preset: ModelPreset, side: number, repeats: number): Promise<HalfPrecision> {
  const used = await networks(preset);
  const filters = [...used.autoencoder.params.filters, ...used.unet.params.filters];
  const y = hashedTensor('picture', [1, side, side, 3]) as tf.Tensor4D;
  const noise = hashedTensor('noise', [1, side, side, preset.autoencoder.embed_dim], 1.7) as tf.Tensor4D;
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
  halve(filters);
  const half = await picture('half');
  const halfMs = meter.costs.get('half')?.ms ?? 0;
  const error = full.reduce((sum, value, i) => sum + (value - (half[i] as number)) ** 2, 0) / full.length;
  const count = filters.reduce((sum, { size }) => sum + size, 0);
  used.autoencoder.params.dispose();
  used.unet.params.dispose();
  tf.dispose([y, noise]);
  return {
    // Pixels go from −1 to 1.
    psnr: error === 0 ? null : 10 * Math.log10(4 / error),
    ms: { full: fullMs, half: halfMs },
    filterBytes: { full: 4 * count, half: 2 * count },
  };
}

function print({ psnr, ms, filterBytes }: HalfPrecision): void {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `\nFilters in half precision: ${psnr === null ? 'the same picture' : `${psnr.toFixed(1)} dB against full`}; ` +
      `${ms.half.toFixed(0)} ms a tile (full ${ms.full.toFixed(0)}); ` +
      `${megabytes(filterBytes.half)} of filters (full ${megabytes(filterBytes.full)})`,
  );
}

export async function halfPrecision(
  backend: Backend,
  preset: ModelPreset,
  side: number,
  repeats: number,
): Promise<Finding> {
  if (!halfFits()) return { json: null, print: () => console.log('\nThis adapter has no half precision.') };
  const found = await measure(backend, preset, side, repeats);
  return { json: found, print: () => print(found) };
}
