/** Makes the LR picture that methods are compared on from an HR picture. */
import * as tf from '@tensorflow/tfjs-core';
import { type DegradationKind, degradationKinds, degrade, describeStep, stepsOf } from '../../degradation/index.ts';
import { FormatError } from '../../formats/errors.ts';
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { cropReflectRgb, cropRgba8, floatToRgba8, pasteRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { fillNoise } from '../../imaging/random.ts';
import { blended, planTiles } from '../../imaging/tiling.ts';
import { autoencoderParamShapes, encode } from '../../nn/autoencoder.ts';
import { convDownsamplerParamShapes } from '../../nn/conv-downsampler.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import { defaultConfig } from '../../paper/config.ts';
import { asSeenLR, type DownsamplerModel, downsampled, type Models } from '../../paper/networks.ts';
import { buildSchedule } from '../../paper/schedule.ts';
import { latentChannels, upscaleFactor } from '../../presets/architecture.ts';
import type { ManifestFile } from '../../presets/manifest.ts';
import type { Degradation } from '../../protocol/compare.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { tilingOf } from '../runtime/network-tiling.ts';
import { findAutoencoder, readParams } from '../runtime/networks.ts';

const smallestSide = 16;
/** LR pixels a side that G gives at once. */
const usualTile = 64;

/** Opaque, cut at the right and below so that both sides are multiples of 4. @throws FormatError when it is too small */
export function asTruth(picture: Rgba8): Rgba8 {
  const [width, height] = [picture.width, picture.height].map((side) => side - (side % upscaleFactor)) as [
    number,
    number,
  ];
  if (Math.min(width, height) < smallestSide)
    throw new FormatError(
      `A picture of ${picture.width} × ${picture.height} px is too small to be degraded: ${smallestSide} px a side are the least.`,
    );
  return floatToRgba8(rgba8ToFloat(cropRgba8(picture, 0, 0, width, height)));
}

/** By G. */
export type LearnedDegradation = Degradation & { readonly name: 'learned' | 'learned-conv' };
export type KnownDegradation = Degradation & { readonly name: DegradationKind };

export const isLearned = (degradation: Degradation): degradation is LearnedDegradation =>
  degradation.name === 'learned' || degradation.name === 'learned-conv';
export const isKnown = (degradation: Degradation): degradation is KnownDegradation =>
  (degradationKinds as readonly string[]).includes(degradation.name);

/** A known degradation of the truth. */
export const degraded = (truth: Rgba8, { name, seed }: KnownDegradation): Rgba8 =>
  floatToRgba8(degrade(rgba8ToFloat(truth), name, seed));

/** Its steps, a line each. */
export const stepsInWords = ({ width, height }: Rgba8, { name, seed }: KnownDegradation): readonly string[] =>
  stepsOf(name, seed, width, height).map(describeStep);

type DownsamplerFile = Extract<ManifestFile, { role: 'downsampler' }>;

function modelOf(file: DownsamplerFile): DownsamplerModel {
  return file.method === 'ours'
    ? { kind: 'diffusion', config: file.config }
    : { kind: 'convolutional', config: file.config };
}

/**
 * ŷ = G(concat(ε̃, Enc(x))): the learned degradation of a whole picture, by tiles, with noise of its place.
 * In training G sees the student's latent in the place of Enc(x) (§8.12).
 * @throws one sentence when the weights have no G; the signal's reason
 */
export async function learnedDegradation(
  truth: Rgba8,
  { name, seed }: LearnedDegradation,
  source: ModelSource,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Rgba8> {
  const manifest = await source.manifest();
  const method = name === 'learned' ? 'ours' : 'ours-conv';
  const file = manifest.files.find(
    (entry): entry is DownsamplerFile => entry.role === 'downsampler' && entry.method === method,
  );
  if (!file) throw new Error(`The ${manifest.preset} weights have no downsampler of "${method}": choose another one.`);
  const aeFile = findAutoencoder(manifest);
  const [aeBlob, blob] = [await source.file(aeFile, () => {}), await source.file(file, () => {})];
  const autoencoder = await readParams(aeBlob, autoencoderParamShapes(aeFile.config), aeFile.name);
  try {
    const downsampler = modelOf(file);
    const shapes =
      downsampler.kind === 'diffusion'
        ? unetParamShapes(downsampler.config)
        : convDownsamplerParamShapes(downsampler.config);
    const params = await readParams(blob, shapes, file.name);
    const models: Pick<Models, 'schedule' | 'autoencoder' | 'downsampler'> = {
      schedule: buildSchedule(file.diffusion ?? manifest.diffusion),
      autoencoder: { config: aeFile.config, params: autoencoder },
      downsampler,
    };
    const space = file.config.out_channels === 3 ? 'pixels' : 'latent';
    const tiling =
      downsampler.kind === 'diffusion' ? tilingOf(aeFile.config, downsampler.config, 'one-step') : blended(16);
    const side = Math.ceil(usualTile / tiling.align) * tiling.align;
    const size = { width: truth.width / upscaleFactor, height: truth.height / upscaleFactor };
    const plan = planTiles(size, side, tiling);
    const lr: Rgba8 = { ...size, data: new Uint8ClampedArray(size.width * size.height * 4) };
    const blend = new BlockAccumulator(plan, 1, ({ x, y }, pixels) => pasteRgba8(lr, pixels, x, y));
    const channels = latentChannels(aeFile.config);
    try {
      for (const [done, place] of plan.tiles.entries()) {
        signal.throwIfAborted();
        onProgress(done, plan.tiles.length);
        const { x, y, width, height } = place;
        const hr = cropReflectRgb(
          truth,
          x * upscaleFactor,
          y * upscaleFactor,
          width * upscaleFactor,
          height * upscaleFactor,
        );
        const noise = new Float32Array(height * width * channels);
        fillNoise(noise, seed, y, x, height, width, channels);
        const low = tf.tidy(() => {
          const pixels = tf.tensor4d(hr.data, [1, hr.height, hr.width, 3]);
          const latent = encode(models.autoencoder.params, models.autoencoder.config, pixels);
          const y = downsampled(
            models,
            defaultConfig,
            params,
            latent,
            tf.tensor4d(noise, [1, height, width, channels]),
          );
          return tf.clipByValue(asSeenLR(models, { downsamplerSpace: space }, y), -1, 1);
        });
        blend.add(place, (await low.data()) as Float32Array);
        low.dispose();
        // Lets a waiting cancel in, also where the backend never yields (WASM).
        await new Promise((resolve) => setTimeout(resolve));
      }
    } finally {
      params.dispose();
    }
    return lr;
  } finally {
    autoencoder.dispose();
  }
}
