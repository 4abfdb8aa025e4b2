/** The pictures that methods are compared on: kept as they came, and made ready when they are selected. */

import { errorMessage } from '../../formats/errors.ts';
import { checkImageLimits } from '../../formats/image-header.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { psnrRgb, psnrY, ssimSmallestSide, ssimY } from '../../imaging/metrics/index.ts';
import type { CompareInput, Degradation, LearnedScores, PreparedInput } from '../../protocol/compare.ts';
import type { CompareStore, KeptPicture } from './compare-store.ts';
import { asTruth, degraded, isKnown, isLearned, type LearnedDegradation, stepsInWords } from './degradations.ts';
import { findPairs } from './pairs.ts';
import type { Picture } from './run-methods.ts';

export interface PictureCodec {
  /** Upright 8-bit pixels. @throws FormatError, one sentence */
  decode(file: Blob): Promise<Rgba8>;
  /** Without loss. */
  encode(pixels: Rgba8): Promise<Blob>;
}

/** An input with its pixels. */
export interface Prepared extends Picture {
  readonly facts: PreparedInput;
  /** y that ŷ of a learned degradation is held against. */
  readonly reference: Rgba8 | null;
}

export const given: Degradation = { name: 'given', seed: 0 };

export class Inputs {
  readonly #store: CompareStore;
  readonly #codec: PictureCodec;

  constructor(store: CompareStore, codec: PictureCodec) {
    this.#store = store;
    this.#codec = codec;
  }

  /**
   * Keeps new pictures. @param degradation of single ones; null: they are low-resolution already
   * @param refuse told of each file that is no picture
   */
  async add(
    files: readonly File[],
    degradation: Degradation | null,
    refuse: (name: string, message: string) => void,
  ): Promise<CompareInput[]> {
    const sized: { name: string; width: number; height: number; file: File }[] = [];
    for (const file of files) {
      try {
        const { width, height } = await this.#codec.decode(file);
        sized.push({ name: file.name, width, height, file });
      } catch (error) {
        refuse(file.name, errorMessage(error));
      }
    }
    const added: CompareInput[] = [];
    for (const found of findPairs(sized)) {
      const id = crypto.getRandomValues(new Uint32Array(3)).join('-');
      if (found.kind === 'pair') {
        await this.#store.keepPicture(id, 'low', found.low.file);
        await this.#store.keepPicture(id, 'high', found.high.file);
        added.push({ id, name: found.high.name, kind: 'pair', degradation: given });
      } else {
        await this.#store.keepPicture(id, 'single', found.single.file);
        added.push({ id, name: found.single.name, kind: 'single', degradation: degradation ?? given });
      }
    }
    return added;
  }

  async picture(id: string, name: KeptPicture): Promise<Rgba8 | null> {
    const file = await this.#store.picture(id, name);
    return file && this.#codec.decode(file);
  }

  async #kept(id: string, name: KeptPicture): Promise<Rgba8> {
    const picture = await this.picture(id, name);
    if (!picture) throw new Error('The stored picture is gone: add it again.');
    return picture;
  }

  /** Forgets what was made of it: the LR picture and the results. */
  async void(id: string): Promise<void> {
    const results = await this.#store.results(id);
    for (const name of ['made', ...results.map(({ method }) => method)] as const)
      await this.#store.removePicture(id, name);
    await this.#store.keepResults(id, []);
  }

  keep = async (id: string, name: KeptPicture, pixels: Rgba8) =>
    this.#store.keepPicture(id, name, await this.#codec.encode(pixels));

  /**
   * Reads an input, or makes its LR picture.
   * @param learn runs G, which needs the engine
   * @throws one sentence
   */
  async prepare(
    input: CompareInput,
    learn: (truth: Rgba8, degradation: LearnedDegradation) => Promise<Rgba8>,
  ): Promise<Prepared> {
    const { id, kind, degradation } = input;
    if (!isKnown(degradation) && !isLearned(degradation)) {
      const lr = await this.#kept(id, kind === 'pair' ? 'low' : 'single');
      checkImageLimits(lr);
      const truth = kind === 'pair' ? floatToRgba8(rgba8ToFloat(await this.#kept(id, 'high'))) : null;
      return ready(id, lr, truth);
    }
    const truth = asTruth(await this.#kept(id, kind === 'pair' ? 'high' : 'single'));
    const made = await this.picture(id, 'made');
    if (isLearned(degradation)) {
      const lr = made ?? (await learn(truth, degradation));
      if (!made) await this.keep(id, 'made', lr);
      const low = kind === 'pair' ? await this.#kept(id, 'low') : null;
      const reference = low ?? degraded(truth, { name: 'bicubic', seed: 0 });
      return ready(id, lr, truth, { reference, learned: learnedScores(lr, reference, low ? 'given' : 'bicubic') });
    }
    const lr = made ?? degraded(truth, degradation);
    if (!made) await this.keep(id, 'made', lr);
    return ready(id, lr, truth, { steps: stepsInWords(truth, degradation) });
  }
}

function ready(
  id: string,
  lr: Rgba8,
  truth: Rgba8 | null,
  more: { reference?: Rgba8; learned?: LearnedScores; steps?: readonly string[] } = {},
): Prepared {
  const { reference = null, learned = null, steps = [] } = more;
  const { width, height } = lr;
  const facts = { id, width, height, hasTruth: truth !== null, hasReference: reference !== null, learned, steps };
  return { facts, lr, truth, reference };
}

function learnedScores(lr: Rgba8, y: Rgba8, against: LearnedScores['against']): LearnedScores {
  const large = Math.min(lr.width, lr.height) >= ssimSmallestSide;
  return { against, psnrRgb: psnrRgb(lr, y), psnrY: psnrY(lr, y), ssimY: large ? ssimY(lr, y) : null };
}
