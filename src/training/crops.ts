/**
 * The run's crops: a fixed number of places in the pictures, each with its degradation and its ε, prepared when first asked
 * for and kept. Crop k is a function of the seed and k alone, so a resumed run sees the same ones.
 */
import * as tf from '@tensorflow/tfjs-core';
import { applySteps, type Step, stepsOf } from '../degradation/index.ts';
import { bicubicUpsample4 } from '../gpu/ops/bicubic/index.ts';
import { type FloatImage, floatImage } from '../imaging/image.ts';
import { namedStream, type RandomStream } from '../imaging/random.ts';
import { encode } from '../nn/autoencoder.ts';
import type { Params } from '../nn/params.ts';
import {
  type Batch,
  type DrawName,
  drawAugmentation,
  drawNames,
  drawsTensor,
  type Square,
  windowOn,
} from '../paper/batch.ts';
import type { TrainingConfig } from '../paper/config.ts';
import { type Models, teacherTarget } from '../paper/networks.ts';

/** Where HR pictures come from; a picture is asked for whenever a crop of it is prepared. */
export interface PictureSource {
  readonly count: number;
  /** RGB in [−1, 1], both sides at least ×4 the crop's. */
  picture(index: number): Promise<FloatImage>;
}

/** A crop's pictures. */
interface DrawnCrop {
  readonly hr: FloatImage;
  readonly lr: FloatImage;
  /** The degradation. */
  readonly steps: readonly Step[];
  /** Whether it is an area of one colour (§8.34). */
  readonly isFlat: boolean;
}

const flatPicture = (side: number, colour: readonly number[]): FloatImage => ({
  ...floatImage(side, side, colour.length),
  data: Float32Array.from({ length: side ** 2 * colour.length }, (_, i) => colour[i % colour.length] as number),
});

/**
 * HR and LR picture of a crop, and what degraded it: a function of the seed and its index alone.
 * @throws one sentence when the picture is smaller than the crop
 */
export async function drawCrop(
  pictures: PictureSource,
  { seed, crop, degradation, flatShare }: Pick<TrainingConfig, 'seed' | 'crop' | 'degradation' | 'flatShare'>,
  index: number,
): Promise<DrawnCrop> {
  // A stream of its own: the other crops are those of a pool without such areas.
  const chance = namedStream(seed, `colour of crop ${index}`);
  if (chance.uniform() < flatShare) {
    const colour = [0, 1, 2].map(() => 2 * chance.uniform() - 1);
    return { hr: flatPicture(4 * crop, colour), lr: flatPicture(crop, colour), steps: [], isFlat: true };
  }
  const random = namedStream(seed, `crop ${index}`);
  const picture = await pictures.picture(random.integer(pictures.count));
  const side = 4 * crop;
  // A picture that is too small has no place to choose; `cut` says so.
  const place = (length: number) => random.integer(Math.max(1, length - side + 1));
  const [x, y] = [place(picture.width), place(picture.height)];
  const hr = cut(picture, x, y, side);
  const steps = stepsOf(degradation, random.uint32(), side, side);
  return { hr, lr: applySteps(hr, steps), steps, isFlat: false };
}

type CropTensors = Pick<Batch, 'z0' | 'zy' | 'lr' | 'x'>;
type Crop = CropTensors & Pick<DrawnCrop, 'isFlat'>;
type Target = Pick<Batch, 'noise' | 'target'>;

/** A crop in an iteration, and how often all were used before. */
interface Use {
  readonly index: number;
  readonly epoch: number;
}

/** 0 … count − 1 in a random order (Fisher and Yates). */
function shuffled(count: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

export class CropPool {
  readonly #models: Models;
  readonly #teacher: Params;
  readonly #pictures: PictureSource;
  readonly #config: TrainingConfig;
  /** Drawn ahead of their iteration, and not yet tensors. */
  readonly #ahead = new Map<number, Promise<DrawnCrop>>();
  readonly #crops = new Map<number, Crop>();
  readonly #targets = new Map<number, Target>();
  #epoch: { readonly number: number; readonly order: Uint32Array } = { number: -1, order: new Uint32Array() };
  #chains = 0;

  /** @throws one sentence when there is no picture */
  constructor(models: Models, teacher: Params, pictures: PictureSource, config: TrainingConfig) {
    if (pictures.count === 0) throw new Error('There are no pictures to train on.');
    this.#models = models;
    this.#teacher = teacher;
    this.#pictures = pictures;
    this.#config = config;
  }

  /** Number of chains that the teacher has sampled so far. */
  get targets(): number {
    return this.#chains;
  }

  /** z₀, z_y, y and x of a crop; they stay the pool's. */
  async crop(index: number): Promise<Crop> {
    const kept = this.#crops.get(index);
    if (kept) return kept;
    const drawn = await this.#drawn(index);
    this.#ahead.delete(index);
    const { params, config } = this.#models.autoencoder;
    const tensors = tf.tidy(() => {
      const [x, lr] = [asTensor(drawn.hr), asTensor(drawn.lr)];
      const z0 = encode(params, config, x);
      return { x, lr, z0, zy: drawn.isFlat ? tf.clone(z0) : encode(params, config, bicubicUpsample4(lr)) };
    });
    for (const tensor of Object.values(tensors)) tf.keep(tensor);
    const crop = { ...tensors, isFlat: drawn.isFlat };
    this.#crops.set(index, crop);
    return crop;
  }

  #drawn(index: number): Promise<DrawnCrop> {
    return this.#ahead.get(index) ?? drawCrop(this.#pictures, this.#config, index);
  }

  /** Cuts and degrades what an iteration will ask for, while a GPU is still busy with the one before. */
  prefetch(step: number): void {
    for (const { index } of this.#uses(step)) {
      if (this.#crops.has(index) || this.#ahead.has(index)) continue;
      const drawn = this.#drawn(index);
      this.#ahead.set(index, drawn);
      // A crop that can't be drawn is tried again, and its error reported, when it is asked for.
      drawn.catch(() => this.#ahead.delete(index));
    }
  }

  /** The crops of an iteration's batch: all of the pool in an order of its own, then all again in another one. */
  #uses(step: number): Use[] {
    const { batch, pool } = this.#config;
    return Array.from({ length: batch }, (_, i) => {
      const place = step * batch + i;
      const epoch = Math.floor(place / pool);
      return { epoch, index: this.#order(epoch)[place % pool] };
    });
  }

  #order(epoch: number): Uint32Array {
    if (this.#epoch.number !== epoch) {
      const random = namedStream(this.#config.seed, `epoch ${epoch}`);
      this.#epoch = { number: epoch, order: shuffled(this.#config.pool, random) };
    }
    return this.#epoch.order;
  }

  /** ε of a crop and the teacher's sample with it; they stay the pool's. */
  async #target(index: number): Promise<Target> {
    const kept = this.#targets.get(index);
    if (kept) return kept;
    const made = await this.#chain(index, `noise of crop ${index}`);
    this.#targets.set(index, made);
    return made;
  }

  async #chain(index: number, noiseName: string): Promise<Target> {
    const { z0, zy, lr, isFlat } = await this.crop(index);
    const [, side, , channels] = zy.shape;
    if (!isFlat) this.#chains++;
    return tf.tidy(() => {
      const noise = gaussian(namedStream(this.#config.seed, noiseName), 1, side, channels);
      const target = isFlat ? tf.clone(z0) : teacherTarget(this.#models, this.#teacher, zy, lr, noise);
      return { noise, target };
    });
  }

  /**
   * The batch of an iteration: a function of the seed and the step. The caller disposes of it.
   * @param turns updates of each discriminator
   */
  async batch(step: number, turns = 1): Promise<Batch> {
    const crops: (Crop & Target)[] = [];
    const fresh: tf.Tensor[] = [];
    try {
      for (const { index, epoch } of this.#uses(step)) {
        const target = this.#config.freshChains
          ? await this.#chain(index, `noise of crop ${index} in epoch ${epoch}`)
          : null;
        if (target) fresh.push(target.noise, target.target);
        crops.push({ ...(await this.crop(index)), ...(target ?? (await this.#target(index))) });
      }
      return this.#together(crops, step, turns);
    } finally {
      // A later crop may not be had.
      tf.dispose(fresh);
    }
  }

  /** The batch of an iteration's crops, which stay the pool's. */
  #together(crops: readonly (Crop & Target)[], step: number, turns: number): Batch {
    const { seed, batch: count, crop: side, windowMargin, flatShare, flatWeight } = this.#config;
    const random = namedStream(seed, `iteration ${step}`);
    const window = this.#window(random);
    const drawn = (name: DrawName, extent: number) => {
      const length = name.endsWith('Real') || name.endsWith('Fake') ? turns : 1;
      return Array.from({ length }, () => drawsTensor(drawAugmentation(random, count, extent)));
    };
    const draws = {} as Record<DrawName, ReturnType<typeof drawn>>;
    for (const name of drawNames.hr) draws[name] = drawn(name, window.side);
    for (const name of drawNames.lr) draws[name] = drawn(name, side);

    const together = (key: keyof (CropTensors & Target)) =>
      tf.concat(
        crops.map((crop) => crop[key]),
        0,
      );
    const channels = crops[0]?.z0.shape[3];
    return {
      z0: together('z0'),
      zy: together('zy'),
      lr: together('lr'),
      x: together('x'),
      noise: together('noise'),
      target: together('target'),
      downsamplerNoise: gaussian(random, count, side, channels),
      weights: flatShare > 0 ? weightsOf(crops, flatWeight) : null,
      window: windowOn(window, side, windowMargin),
      draws,
    };
  }

  /**
   * Where its margin fits, the window keeps it and begins at any pixel, so that the strides of D_H and of LPIPS do not lie on
   * the latents' grid in every iteration. Without a margin it begins at whole latents. So a decoded part's size does not
   * depend on the draw.
   */
  #window(random: RandomStream): Square {
    const { crop, window: side, windowMargin } = this.#config;
    const margin = crop - side >= 2 * windowMargin ? windowMargin : 0;
    const step = margin > 0 ? 1 : 4;
    const corner = () => 4 * margin + step * random.integer((4 * (crop - side - 2 * margin)) / step + 1);
    const [y, x] = [corner(), corner()];
    return { y, x, side: 4 * side };
  }

  dispose(): void {
    for (const crop of this.#crops.values()) tf.dispose(Object.values(crop));
    for (const { noise, target } of this.#targets.values()) tf.dispose([noise, target]);
    this.#ahead.clear();
    this.#crops.clear();
    this.#targets.clear();
  }
}

/** [B, 1, 1, 1]. @param flat weight of areas of one colour, beside 1 */
const weightsOf = (crops: readonly Crop[], flat: number): tf.Tensor4D =>
  tf.tensor4d(
    crops.map(({ isFlat }) => (isFlat ? flat : 1)),
    [crops.length, 1, 1, 1],
  );

// Pictures and noise as tensors, and parts of pictures.

/** [1, H, W, C]. */
export const asTensor = ({ data, width, height, channels }: FloatImage): tf.Tensor4D =>
  tf.tensor4d(data, [1, height, width, channels]);

/** Standard normals [count, side, side, channels]. */
export function gaussian(random: RandomStream, count: number, side: number, channels: number): tf.Tensor4D {
  const values = Float32Array.from({ length: count * side * side * channels }, () => random.normal());
  return tf.tensor4d(values, [count, side, side, channels]);
}

/** A square part. @throws one sentence when the picture is smaller */
export function cut(picture: FloatImage, x: number, y: number, side: number): FloatImage {
  const { width, height, channels, data } = picture;
  if (width < side || height < side) {
    throw new Error(
      `A picture of ${width} × ${height} px is too small for crops of ${side} px: use a smaller crop or larger pictures.`,
    );
  }
  const out = floatImage(side, side, channels);
  for (let line = 0; line < side; line++) {
    const from = ((y + line) * width + x) * channels;
    out.data.set(data.subarray(from, from + side * channels), line * side * channels);
  }
  return out;
}
