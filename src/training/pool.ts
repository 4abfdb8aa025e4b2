/**
 * The run's crops: a fixed number of places in the pictures, each with its degradation and its ε, prepared when first asked
 * for and kept. Crop k is a function of the seed and k alone, so a resumed run sees the same ones.
 */
import * as tf from '@tensorflow/tfjs-core';
import { applySteps, type Step, stepsOf } from '../degradation/index.ts';
import { bicubicUpsample4 } from '../gpu/ops.ts';
import type { FloatImage } from '../imaging/image.ts';
import { namedStream, type RandomStream } from '../imaging/random.ts';
import { encode } from '../nn/autoencoder.ts';
import type { Params } from '../nn/params.ts';
import { drawAugmentation } from './augment.ts';
import { type Batch, type DrawName, drawNames } from './batch.ts';
import type { TrainingConfig } from './config.ts';
import { teacherTarget } from './cotraining.ts';
import type { Models } from './models.ts';
import { asTensor, cut, gaussian } from './pictures.ts';

/** Where HR pictures come from; a picture is asked for whenever a crop of it is prepared. */
export interface PictureSource {
  readonly count: number;
  /** RGB in [−1, 1], both sides at least ×4 the crop's. */
  picture(index: number): Promise<FloatImage>;
}

/**
 * HR and LR picture of a crop, and what degraded it: a function of the seed and its index alone.
 * @throws one sentence when the picture is smaller than the crop
 */
export async function drawCrop(
  pictures: PictureSource,
  { seed, crop, degradation }: Pick<TrainingConfig, 'seed' | 'crop' | 'degradation'>,
  index: number,
): Promise<{ hr: FloatImage; lr: FloatImage; steps: readonly Step[] }> {
  const random = namedStream(seed, `crop ${index}`);
  const picture = await pictures.picture(random.integer(pictures.count));
  const side = 4 * crop;
  // A picture that is too small has no place to choose; `cut` says so.
  const place = (length: number) => random.integer(Math.max(1, length - side + 1));
  const [x, y] = [place(picture.width), place(picture.height)];
  const hr = cut(picture, x, y, side);
  const steps = stepsOf(degradation, random.uint32(), side, side);
  return { hr, lr: applySteps(hr, steps), steps };
}

type CropTensors = Pick<Batch, 'z0' | 'zy' | 'lq' | 'x'>;

type DrawnCrop = Awaited<ReturnType<typeof drawCrop>>;

export class CropPool {
  readonly #models: Models;
  readonly #teacher: Params;
  readonly #pictures: PictureSource;
  readonly #config: TrainingConfig;
  /** Drawn ahead of their iteration, and not yet tensors. */
  readonly #ahead = new Map<number, Promise<DrawnCrop>>();
  readonly #crops = new Map<number, CropTensors>();
  readonly #targets = new Map<number, { noise: tf.Tensor4D; target: tf.Tensor4D }>();

  /** @throws one sentence when there is no picture */
  constructor(models: Models, teacher: Params, pictures: PictureSource, config: TrainingConfig) {
    if (pictures.count === 0) throw new Error('There are no pictures to train on.');
    this.#models = models;
    this.#teacher = teacher;
    this.#pictures = pictures;
    this.#config = config;
  }

  /** How many crops the teacher has sampled so far, out of `config.pool`. */
  get targets(): number {
    return this.#targets.size;
  }

  /** z₀, z_y, y and x of a crop; they stay the pool's. */
  async crop(index: number): Promise<CropTensors> {
    const kept = this.#crops.get(index);
    if (kept) return kept;
    const { hr, lr } = await this.#drawn(index);
    this.#ahead.delete(index);
    const { params, config } = this.#models.autoencoder;
    const crop = tf.tidy(() => {
      const [x, lq] = [asTensor(hr), asTensor(lr)];
      return { x, lq, z0: encode(params, config, x), zy: encode(params, config, bicubicUpsample4(lq)) };
    });
    for (const tensor of Object.values(crop)) tf.keep(tensor);
    this.#crops.set(index, crop);
    return crop;
  }

  #drawn(index: number): Promise<DrawnCrop> {
    return this.#ahead.get(index) ?? drawCrop(this.#pictures, this.#config, index);
  }

  /** Cuts and degrades what an iteration will ask for, while a GPU is still busy with the one before. */
  foresee(step: number): void {
    for (const index of this.#indices(this.#random(step))) {
      if (this.#crops.has(index) || this.#ahead.has(index)) continue;
      const drawn = this.#drawn(index);
      this.#ahead.set(index, drawn);
      // What can't be drawn is tried again, and told, when it is asked for.
      drawn.catch(() => this.#ahead.delete(index));
    }
  }

  #random(step: number): RandomStream {
    return namedStream(this.#config.seed, `iteration ${step}`);
  }

  /** The crops of an iteration's batch. @param random the iteration's, at its start */
  #indices(random: RandomStream): number[] {
    const { batch, pool } = this.#config;
    return Array.from({ length: batch }, () => random.integer(pool));
  }

  /** ε of a crop and the teacher's sample with it; they stay the pool's. */
  async #target(index: number): Promise<{ noise: tf.Tensor4D; target: tf.Tensor4D }> {
    const kept = this.#targets.get(index);
    if (kept) return kept;
    const { zy, lq } = await this.crop(index);
    const [, side, , channels] = zy.shape;
    const noise = gaussian(namedStream(this.#config.seed, `noise of crop ${index}`), 1, side, channels);
    const made = { noise, target: teacherTarget(this.#models, this.#teacher, zy, lq, noise) };
    this.#targets.set(index, made);
    return made;
  }

  /** The batch of an iteration: a function of the seed and the step. The caller disposes of it. */
  async batch(step: number): Promise<Batch> {
    const { batch: count, crop: side, window } = this.#config;
    const random = this.#random(step);
    const indices = this.#indices(random);
    const corner = () => random.integer(side - window + 1);
    const [y, x] = [corner(), corner()];
    const draws = {} as Record<DrawName, ReturnType<typeof drawAugmentation>>;
    for (const name of drawNames.hr) draws[name] = drawAugmentation(random, count, 4 * window);
    for (const name of drawNames.lr) draws[name] = drawAugmentation(random, count, side);

    const crops: (CropTensors & { noise: tf.Tensor4D; target: tf.Tensor4D })[] = [];
    for (const index of indices) crops.push({ ...(await this.crop(index)), ...(await this.#target(index)) });
    const together = (key: keyof (typeof crops)[number]) =>
      tf.concat(
        crops.map((crop) => crop[key]),
        0,
      );
    const channels = crops[0]?.z0.shape[3] as number;
    return {
      z0: together('z0'),
      zy: together('zy'),
      lq: together('lq'),
      x: together('x'),
      noise: together('noise'),
      target: together('target'),
      downsamplerNoise: gaussian(random, count, side, channels),
      window: { y, x, side: window },
      draws,
    };
  }

  dispose(): void {
    for (const crop of this.#crops.values()) tf.dispose(Object.values(crop));
    for (const { noise, target } of this.#targets.values()) tf.dispose([noise, target]);
    this.#ahead.clear();
    this.#crops.clear();
    this.#targets.clear();
  }
}
