/** Measures a run's student on the pictures that it never learns from: made ready with the first measurement. */
import type { HeldOutName } from '../../paper/names.ts';
import type { TaughtScores } from '../../presets/teaching.ts';
import type { PictureSource } from '../../training/crops.ts';
import { type Examined, HeldOut, heldOutNumbers } from '../../training/held-out.ts';
import type { TrainingRun } from '../../training/run.ts';
import type { Lpips } from '../runtime/metrics.ts';

export interface Examination {
  readonly examined: readonly Examined[];
  /** Of each crop, in the same order. */
  readonly scores: readonly TaughtScores[];
}

export class HeldOutMeter {
  readonly #run: TrainingRun;
  readonly #pictures: PictureSource;
  readonly #openLpips: () => Promise<Lpips | null>;
  #lpips: Lpips | null = null;
  #heldOut: HeldOut | null = null;

  /** @param openLpips null: it can't be had, and all else is measured without */
  constructor(run: TrainingRun, pictures: PictureSource, openLpips: () => Promise<Lpips | null>) {
    this.#run = run;
    this.#pictures = pictures;
    this.#openLpips = openLpips;
  }

  async #crops(): Promise<HeldOut> {
    if (!this.#heldOut) {
      this.#lpips ??= await this.#openLpips();
      const { models, config } = this.#run;
      this.#heldOut = await HeldOut.prepare(models, this.#pictures, config, this.#lpips?.measure ?? null);
    }
    return this.#heldOut;
  }

  /** Scores of the student's average after an iteration; nothing where it is not its turn. */
  async numbers(step: number): Promise<Partial<Record<HeldOutName, number>>> {
    const { config, learners } = this.#run;
    const student = learners.get('student');
    if (!student || config.heldOutEvery === 0 || step % config.heldOutEvery !== 0) return {};
    const heldOut = await this.#crops();
    return heldOut.count === 0 ? {} : heldOutNumbers(await heldOut.measure(student), heldOut.bicubic);
  }

  /** Every crop by itself. @throws one sentence where no picture is held out */
  async examine(): Promise<Examination> {
    const student = this.#run.learners.get('student');
    const heldOut = await this.#crops();
    if (!student || heldOut.count === 0) {
      const side = 4 * this.#run.config.crop;
      throw new Error(`Only one picture is ${side} px a side or more, and one must be held out: add larger ones.`);
    }
    const examined = await heldOut.examine(student);
    const scores: TaughtScores[] = [];
    for (const each of examined) {
      const { psnrY, lpips = null } = await heldOut.score(each);
      scores.push({ psnrY, lpips });
    }
    return { examined, scores };
  }

  dispose(): void {
    this.#heldOut?.dispose();
    this.#lpips?.dispose();
  }
}
