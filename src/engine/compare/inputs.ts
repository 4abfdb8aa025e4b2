/** The pictures that methods are compared on: kept as they came, and made ready when they are selected. */

import { errorMessage } from '../../formats/errors.ts';
import { checkImageLimits } from '../../formats/image-header.ts';
import { newId, pairKey } from '../../formats/names.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { psnrRgb, psnrY, ssimY } from '../../imaging/metrics/fidelity.ts';
import { ssimWindow } from '../../imaging/metrics/planes.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { TaughtMethod } from '../../presets/teaching.ts';
import {
  type CompareInput,
  type CompareResult,
  type CompareSettings,
  type Degradation,
  isCurrent,
  type LearnedScores,
  type PreparedInput,
} from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import type { ComparePictureName, CompareStore } from './compare-store.ts';
import { asTruth, degraded, isKnown, isLearned, type LearnedDegradation, stepsInWords } from './degradations.ts';
import type { PicturePair } from './run-methods.ts';

export interface PictureCodec {
  /** Upright 8-bit pixels. @throws FormatError, one sentence */
  decode(file: Blob): Promise<Rgba8>;
  /** Without loss. */
  encode(pixels: Rgba8): Promise<Blob>;
}

/** An input with its pixels. */
export interface PreparedPictures extends PicturePair {
  readonly facts: PreparedInput;
  /** y that ŷ of a learned degradation is held against. */
  readonly reference: Rgba8 | null;
}

const given: Degradation = { name: 'given', seed: 0 };

export class CompareInputs {
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
      const id = newId();
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

  async picture(id: string, name: ComparePictureName): Promise<Rgba8 | null> {
    const file = await this.#store.picture(id, name);
    return file && this.#codec.decode(file);
  }

  async #kept(id: string, name: ComparePictureName): Promise<Rgba8> {
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

  keep = async (id: string, name: ComparePictureName, pixels: Rgba8) =>
    this.#store.keepPicture(id, name, await this.#codec.encode(pixels));

  /**
   * Reads an input, or makes its LR picture.
   * @param runDownsampler ŷ = G, on the engine
   * @throws one sentence
   */
  async prepare(
    input: CompareInput,
    runDownsampler: (truth: Rgba8, degradation: LearnedDegradation) => Promise<Rgba8>,
  ): Promise<PreparedPictures> {
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
      const lr = made ?? (await runDownsampler(truth, degradation));
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
): PreparedPictures {
  const { reference = null, learned = null, steps = [] } = more;
  const { width, height } = lr;
  const facts = { id, width, height, hasTruth: truth !== null, hasReference: reference !== null, learned, steps };
  return { facts, lr, truth, reference };
}

function learnedScores(lr: Rgba8, y: Rgba8, against: LearnedScores['against']): LearnedScores {
  const large = Math.min(lr.width, lr.height) >= ssimWindow;
  return { against, psnrRgb: psnrRgb(lr, y), psnrY: psnrY(lr, y), ssimY: large ? ssimY(lr, y) : null };
}

// Pairs the pictures that were dropped together.

export interface Sized {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export type Found<T> =
  | { readonly kind: 'single'; readonly single: T }
  | { readonly kind: 'pair'; readonly low: T; readonly high: T };

const belongs = (low: Sized, high: Sized) =>
  low.width * upscaleFactor === high.width && low.height * upscaleFactor === high.height;

/** Two of one name (as data sets name them) of which one is exactly four times as large are a pair; the rest are single. */
export function findPairs<T extends Sized>(pictures: readonly T[]): Found<T>[] {
  const left = new Set(pictures);
  const found: Found<T>[] = [];
  for (const picture of pictures) {
    if (!left.delete(picture)) continue;
    const other = [...left].find(
      (candidate) =>
        pairKey(candidate.name) === pairKey(picture.name) &&
        (belongs(candidate, picture) || belongs(picture, candidate)),
    );
    if (!other) {
      found.push({ kind: 'single', single: picture });
      continue;
    }
    left.delete(other);
    const [low, high] = belongs(other, picture) ? [other, picture] : [picture, other];
    found.push({ kind: 'pair', low, high });
  }
  return found;
}

// Methods' results, stored beside their inputs; those of the input on screen are in memory.

export class CompareResults {
  readonly #store: CompareStore;
  readonly #inputs: CompareInputs;
  #shown: string | null = null;
  #list: readonly CompareResult[] = [];

  constructor(store: CompareStore, inputs: CompareInputs) {
    this.#store = store;
    this.#inputs = inputs;
  }

  /** Of the input on screen. */
  get list(): readonly CompareResult[] {
    return this.#list;
  }

  /** Of any input, from the store. */
  of = (id: string) => this.#store.results(id);

  /** @param id the input that is on screen now; null: none */
  show(id: string | null, list: readonly CompareResult[] = []): void {
    this.#shown = id;
    this.#list = list;
  }

  /** Whether running a method now would give what is there. */
  has = (method: CompareMethod, settings: CompareSettings): boolean =>
    this.#list.some((result) => result.method === method && isCurrent(result, settings));

  /** Seconds of a method's last run on this picture; null: it has not run on it. */
  secondsOf = (method: CompareMethod): number | null => {
    const result = this.#list.find((other) => other.method === method);
    return result && result.fault === null ? result.ms / 1000 : null;
  };

  /** @returns whether the input is on screen */
  async keep(id: string, result: CompareResult, output: Rgba8 | null): Promise<boolean> {
    if (output) await this.#inputs.keep(id, result.method, output);
    const before = this.#shown === id ? this.#list : await this.of(id);
    const list = [...before.filter(({ method }) => method !== result.method), result];
    await this.#store.keepResults(id, list);
    if (this.#shown !== id) return false;
    this.#list = list;
    return true;
  }

  /**
   * Gives a method's results of these inputs its new name; pictures of taught methods lie under their id, which stays.
   * @param now null: removes them, with their pictures
   */
  async rename(
    method: CompareMethod,
    now: TaughtMethod | null,
    inputs: readonly Pick<CompareInput, 'id'>[],
  ): Promise<void> {
    const renamed = (list: readonly CompareResult[]) =>
      list.flatMap((result) => (result.method !== method ? [result] : now ? [{ ...result, method: now }] : []));
    this.#list = renamed(this.#list);
    for (const { id } of inputs) {
      const stored = await this.#store.results(id);
      if (stored.every((result) => result.method !== method)) continue;
      await this.#store.keepResults(id, renamed(stored));
      if (!now) await this.#store.removePicture(id, method);
    }
  }
}
