/** One crop that is upscaled again and again, so that one sees the student get better; it is never trained on. */
import * as tf from '@tensorflow/tfjs-core';
import type { Rgba8 } from '../imaging/image.ts';
import { psnrY } from '../imaging/metrics/fidelity.ts';
import type { TrainingConfig } from '../paper/config.ts';
import type { FixedScores } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import type { PictureSource } from './crops.ts';
import { type HeldOutCrop, middleCrop, readPicture, upscaled } from './held-out.ts';
import type { Learner } from './learner.ts';
import { colours, type PanelAtlas, type Picture, panelAtlas } from './panels.ts';
import type { TrainingRun } from './run.ts';
import type { TrainingIteration } from './step.ts';

/** Side of the crop that stays the same, in LR pixels: large enough to judge by eye, small enough for every iteration. */
const fixedSide = 32;

/** A crop that is the same in every iteration: its LR and HR, bicubic, the student's output now, and its best one so far. */
export class FixedCrop {
  readonly #models: Models;
  readonly #crop: HeldOutCrop;
  readonly #bicubic: number;
  #best: { readonly output: tf.Tensor4D; readonly psnrY: number; readonly step: number } | null = null;

  private constructor(models: Models, crop: HeldOutCrop) {
    this.#models = models;
    this.#crop = crop;
    this.#bicubic = psnrY(crop.bicubic, crop.hr);
  }

  /** Of the first held-out picture; null where there is none. */
  static async prepare(models: Models, pictures: PictureSource, config: TrainingConfig): Promise<FixedCrop | null> {
    if (pictures.count === 0) return null;
    const { width, height } = await pictures.picture(0);
    const side = Math.min(width, height) >= 4 * fixedSide ? Math.max(fixedSide, config.crop) : config.crop;
    return new FixedCrop(models, await middleCrop(models, pictures, config, { index: 0, side }));
  }

  /**
   * Runs the student's average on it.
   * @param step iterations done
   * @param use gets the pictures, which are valid until it ends
   */
  async show<T>(
    student: Learner,
    step: number,
    use: (pictures: readonly Picture[], scores: FixedScores) => Promise<T>,
  ): Promise<T> {
    const { hr, lr, bicubic } = this.#crop;
    const output = upscaled(this.#models, student, this.#crop);
    try {
      const now = psnrY(await readPicture(output), hr);
      if (!this.#best || now > this.#best.psnrY) {
        this.#best?.output.dispose();
        this.#best = { output: tf.keep(output.clone()), psnrY: now, step };
      }
      const best = this.#best;
      const pictures: Picture[] = [
        ['fixedLr', () => colours(lr)],
        ['fixedBicubic', () => picture8(bicubic)],
        ['fixedNow', () => colours(output)],
        ['fixedBest', () => colours(best.output)],
        ['fixedTruth', () => picture8(hr)],
      ];
      return await use(pictures, { bicubic: this.#bicubic, now, best: best.psnrY, bestStep: best.step });
    } finally {
      output.dispose();
    }
  }

  dispose(): void {
    tf.dispose([this.#crop.lr, this.#crop.noise]);
    this.#best?.output.dispose();
  }
}

/** [1, H, W, 3] in [0, 1]. */
function picture8({ width, height, data }: Rgba8): tf.Tensor4D {
  const values = Float32Array.from(
    { length: width * height * 3 },
    (_, i) => data[4 * Math.floor(i / 3) + (i % 3)] / 255,
  );
  return tf.tensor4d(values, [1, height, width, 3]);
}

interface Shown {
  readonly run: TrainingRun;
  /** All of its phases have run, and it is counted. */
  readonly iteration: TrainingIteration;
  /** Null: the run has no held-out picture. */
  readonly fixed: FixedCrop | null;
}

/** The sheet of an iteration with the fixed crop below. @param use gets it; its pixels are freed afterwards */
export async function atlasWithFixed(
  { run, iteration, fixed }: Shown,
  use: (atlas: PanelAtlas, scores: FixedScores | null) => Promise<void>,
): Promise<void> {
  const draw = async (more: readonly Picture[], scores: FixedScores | null) => {
    const atlas = panelAtlas(iteration, more);
    await use(atlas, scores).finally(() => atlas.pixels.dispose());
  };
  const student = run.learners.get('student');
  if (fixed && student) await fixed.show(student, run.step, draw);
  else await draw([], null);
}
