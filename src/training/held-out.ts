/** Scores the student's average on crops that it never learns from, beside bicubic. */
import * as tf from '@tensorflow/tfjs-core';
import { degrade } from '../degradation/index.ts';
import { type FloatImage, floatToRgba8, type Rgba8 } from '../imaging/image.ts';
import { psnrY, ssimY } from '../imaging/metrics/fidelity.ts';
import { namedStream } from '../imaging/random.ts';
import { enlarge } from '../imaging/resize.ts';
import type { TrainingConfig } from '../paper/config.ts';
import type { HeldOutName } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import { upscaleTile } from '../paper/upscale.ts';
import { latentChannels } from '../presets/architecture.ts';
import { asTensor, cut, gaussian, type PictureSource } from './crops.ts';
import type { Learner } from './learner.ts';

export interface Score {
  /** dB, mean over the crops. */
  readonly psnrY: number;
  readonly ssimY: number;
  /** AlexNet, v0.1; missing where it was not measured: without its network, or of crops too small for it. */
  readonly lpips?: number;
}

/** @returns null for pictures that are too small */
export type LpipsMeter = (a: Rgba8, b: Rgba8) => Promise<number | null>;

export interface HeldOutCrop {
  readonly hr: Rgba8;
  readonly lr: tf.Tensor4D;
  readonly noise: tf.Tensor4D;
  readonly bicubic: Rgba8;
}

async function meanScore(pairs: readonly (readonly [Rgba8, Rgba8])[], lpips: LpipsMeter | null): Promise<Score> {
  const mean = (of: typeof psnrY) => pairs.reduce((sum, [a, b]) => sum + of(a, b), 0) / pairs.length;
  let distance: number | null = 0;
  for (const [a, b] of pairs) {
    const value: number | null = lpips && (await lpips(a, b));
    distance = distance === null || value === null ? null : distance + value / pairs.length;
  }
  return { psnrY: mean(psnrY), ssimY: mean(ssimY), ...(distance !== null && { lpips: distance }) };
}

/** A measurement by the columns of a run's metrics. */
export const heldOutNumbers = (student: Score, bicubic: Score): Readonly<Partial<Record<HeldOutName, number>>> => ({
  ...student,
  bicubicPsnrY: bicubic.psnrY,
  bicubicSsimY: bicubic.ssimY,
  ...(bicubic.lpips !== undefined && { bicubicLpips: bicubic.lpips }),
});

/** Of several pictures the last ones are never trained on; one at least is. */
export function setAside(
  pictures: PictureSource,
  { heldOutPictures }: Pick<TrainingConfig, 'heldOutPictures'>,
): {
  readonly training: PictureSource;
  readonly heldOut: PictureSource;
} {
  const count = Math.max(1, pictures.count - heldOutPictures);
  const picture = (index: number) => pictures.picture(index);
  return {
    training: { count, picture },
    heldOut: { count: pictures.count - count, picture: (index) => picture(count + index) },
  };
}

/** A held-out crop and the student's picture of it. */
export interface Examined {
  readonly crop: HeldOutCrop;
  readonly output: Rgba8;
}

export class HeldOut {
  readonly #models: Models;
  readonly #crops: readonly HeldOutCrop[];
  readonly #lpips: LpipsMeter | null;
  readonly bicubic: Score;

  get count(): number {
    return this.#crops.length;
  }

  private constructor(models: Models, crops: readonly HeldOutCrop[], lpips: LpipsMeter | null, bicubic: Score) {
    this.#models = models;
    this.#crops = crops;
    this.#lpips = lpips;
    this.bicubic = bicubic;
  }

  /**
   * Crops of each picture, as large as those of the run, degraded like them: the middle, or several evenly over it.
   * @param lpips null: it is not measured
   */
  static async prepare(
    models: Models,
    pictures: PictureSource,
    config: TrainingConfig,
    lpips: LpipsMeter | null,
  ): Promise<HeldOut> {
    const crops: HeldOutCrop[] = [];
    try {
      for (let index = 0; index < pictures.count; index++) {
        crops.push(...(await cropsOf(models, pictures, config, index)));
      }
      const enlarged = crops.map(({ bicubic, hr }) => [bicubic, hr] as const);
      return new HeldOut(models, crops, lpips, await meanScore(enlarged, lpips));
    } catch (error) {
      disposeCrops(crops);
      throw error;
    }
  }

  /** @param student its average is measured */
  async measure(student: Learner): Promise<Score> {
    const examined = await this.examine(student);
    return meanScore(
      examined.map(({ crop, output }) => [output, crop.hr]),
      this.#lpips,
    );
  }

  /** Every crop with the picture of it by the student's average. */
  async examine(student: Learner): Promise<Examined[]> {
    const examined: Examined[] = [];
    for (const crop of this.#crops) {
      const output = upscaled(this.#models, student, crop);
      examined.push({ crop, output: await readPicture(output) });
      output.dispose();
    }
    return examined;
  }

  /** As `measure`, of one crop. */
  score = ({ crop, output }: Examined): Promise<Score> => meanScore([[output, crop.hr]], this.#lpips);

  dispose(): void {
    disposeCrops(this.#crops);
  }
}

const disposeCrops = (crops: readonly HeldOutCrop[]): void => {
  for (const { lr, noise } of crops) tf.dispose([lr, noise]);
};

// One crop: how it is cut, and what the student makes of it.

/** The middle of a picture, degraded as the run's crops are. @param side of its LR, in pixels */
export async function middleCrop(
  models: Models,
  pictures: PictureSource,
  config: TrainingConfig,
  { index, side }: { readonly index: number; readonly side: number },
): Promise<HeldOutCrop> {
  const picture = await pictures.picture(index);
  const middle = (length: number) => (length - 4 * side) >> 1;
  const corner = { x: middle(picture.width), y: middle(picture.height) };
  return cropAt(models, picture, config, { corner, side, name: `held-out picture ${index}` });
}

/**
 * Corners of at most `most` squares that don't overlap, evenly among all that a picture has room for.
 * @param side of a square, pixels; no more than the picture's sides
 */
export function evenCorners(
  { width, height }: Pick<FloatImage, 'width' | 'height'>,
  side: number,
  most: number,
): { x: number; y: number }[] {
  const [across, down] = [Math.floor(width / side), Math.floor(height / side)];
  const [left, top] = [(width - across * side) >> 1, (height - down * side) >> 1];
  const count = Math.min(most, across * down);
  return Array.from({ length: count }, (_, i) => {
    const place = Math.floor(((i + 0.5) * across * down) / count);
    return { x: left + (place % across) * side, y: top + Math.floor(place / across) * side };
  });
}

/** The middle of a picture, or as many crops of it as the configuration says and there is room for. */
async function cropsOf(
  models: Models,
  pictures: PictureSource,
  config: TrainingConfig,
  index: number,
): Promise<HeldOutCrop[]> {
  const { crop: side, heldOutCrops } = config;
  if (heldOutCrops === 1) return [await middleCrop(models, pictures, config, { index, side })];
  const picture = await pictures.picture(index);
  return evenCorners(picture, 4 * side, heldOutCrops).map((corner, i) =>
    cropAt(models, picture, config, { corner, side, name: `held-out picture ${index}, crop ${i}` }),
  );
}

interface CropPlace {
  /** In HR pixels. */
  readonly corner: { readonly x: number; readonly y: number };
  readonly side: number;
  /** Of its stream of draws. */
  readonly name: string;
}

function cropAt(
  models: Models,
  picture: FloatImage,
  { seed, degradation }: TrainingConfig,
  { corner, side, name }: CropPlace,
): HeldOutCrop {
  const hr = cut(picture, corner.x, corner.y, 4 * side);
  const random = namedStream(seed, name);
  const lr = degrade(hr, degradation, random.uint32());
  const noise = gaussian(random, 1, side, latentChannels(models.autoencoder.config));
  return { hr: floatToRgba8(hr), lr: asTensor(lr), noise, bicubic: enlarge(floatToRgba8(lr), 4, 'bicubic') };
}

/** @returns [1, H, W, 3] in [−1, 1]; the caller disposes of it */
export function upscaled(models: Models, student: Learner, { lr, noise }: HeldOutCrop): tf.Tensor4D {
  const { autoencoder, unet, schedule } = models;
  return tf.tidy(() => {
    const params = student.network.with(student.average);
    return upscaleTile({ autoencoder, unet: { config: unet, params }, schedule }, lr, noise, 'one-step');
  });
}

export async function readPicture(pixels: tf.Tensor4D): Promise<Rgba8> {
  const [, height, width] = pixels.shape;
  return floatToRgba8({ width, height, channels: 3, data: (await pixels.data()) as Float32Array });
}
