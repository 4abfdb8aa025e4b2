/**
 * Runs on a finished picture, when they are asked for: its faithful end of the detail dial, the picture of regression; and its own
 * method with other seeds, whose results say where it guesses.
 */

import { errorMessage } from '../../formats/errors.ts';
import { agreeWithInput } from '../../imaging/agree.ts';
import { type Invention, inventionOf, meanInvention, spreadSeeds } from '../../imaging/detail.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { JobResult, OnDemandState } from '../../protocol/upscale.ts';
import { faithfulMethod, isNetwork, type Method } from '../../report/methods.ts';
import { openOnLease } from '../evaluation/methods.ts';
import { retryAfterLoss } from '../runtime/errors.ts';
import type { GpuLease, RunExclusive } from '../runtime/gpu-scheduler.ts';
import { letIn } from '../runtime/kernel-watch.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';
import type { Dial } from './dial.ts';
import type { ImageSet, Item } from './images.ts';
import { upscaleImage } from './tiled-upscale.ts';

/** A finished picture, and how to run it again. */
interface Finished {
  readonly id: string;
  readonly lr: Rgba8;
  readonly result: JobResult;
  readonly lease: GpuLease;
  readonly signal: AbortSignal;
}

/** The thing that is made of a finished picture. */
interface Making<T> {
  readonly method: (result: JobResult) => Method;
  /** @param upscale the picture as the method makes it with this seed, made to agree where the result was. @param onShare done of the whole */
  readonly make: (
    finished: Finished,
    upscale: (seed: number, onShare: (share: number, etaSeconds: number | null) => void) => Promise<Rgba8>,
    onShare: (share: number, etaSeconds: number | null) => void,
  ) => Promise<T>;
  readonly stateOf: (item: Item) => OnDemandState;
  readonly setState: (id: string, state: OnDemandState) => void;
  readonly keep: (id: string, made: T) => Promise<void>;
}

export const faithfulPicture = (dial: Dial): Making<Rgba8> => ({
  method: () => faithfulMethod,
  make: ({ result }, upscale, onShare) => upscale(result.options.seed, onShare),
  stateOf: ({ faithful }) => faithful,
  setState: (id, state) => dial.setFaithful(id, state),
  keep: (id, picture) => dial.keepFaithful(id, picture),
});

export const seedSpread = (dial: Dial): Making<Invention> => ({
  method({ options: { method } }) {
    if (!isNetwork(method)) throw new Error('This method has no noise: another seed gives the same picture.');
    return method;
  },
  async make({ id, lr, result }, upscale, onShare) {
    const picture = await dial.resultPixels(id);
    const others: Invention[] = [];
    for (let i = 1; i <= spreadSeeds; i++) {
      const seed = (result.options.seed + i) % 2 ** 32;
      const other = await upscale(seed, (share, etaSeconds) => {
        const left = etaSeconds === null ? null : etaSeconds + (spreadSeeds - i) * result.seconds;
        onShare((i - 1 + share) / spreadSeeds, left);
      });
      others.push(inventionOf(picture, other, lr, upscaleFactor));
    }
    return meanInvention(others);
  },
  stateOf: ({ spread }) => spread,
  setState: (id, state) => dial.setSpread(id, state),
  keep: (id, spread) => dial.keepSpread(id, spread),
});

export class ResultRuns<T> {
  readonly #images: ImageSet;
  readonly #runExclusive: RunExclusive;
  readonly #making: Making<T>;
  readonly #aborts = new Map<string, AbortController>();

  constructor(images: ImageSet, runExclusive: RunExclusive, making: Making<T>) {
    this.#images = images;
    this.#runExclusive = runExclusive;
    this.#making = making;
  }

  /** Never throws: the image's event says how it ended. */
  async run(id: string): Promise<void> {
    const { stateOf, setState, keep } = this.#making;
    const item = this.#images.get(id);
    const result = item?.record.result;
    if (!item || this.#aborts.has(id)) return;
    // It was asked for just before the picture began to be made again: the page hears that there is none.
    if (!result) return setState(id, stateOf(item));
    const abort = new AbortController();
    const { signal } = abort;
    this.#aborts.set(id, abort);
    setState(id, { state: 'running', share: 0, etaSeconds: null });
    try {
      const lr = await this.#images.pixels(id);
      const work = (lease: GpuLease, either: AbortSignal) => this.#make({ id, lr, result, lease, signal: either });
      const made = await retryAfterLoss(() => this.#runExclusive(work, signal), signal);
      // Another run may have replaced the result meanwhile.
      if (item.record.result === result) await keep(id, made);
      else setState(id, { state: 'none' });
    } catch (error) {
      const failed = { state: 'failed', message: errorMessage(error) } as const;
      setState(id, signal.aborted ? { state: 'none' } : failed);
    } finally {
      this.#aborts.delete(id);
    }
  }

  cancel(id: string): void {
    this.#aborts.get(id)?.abort();
  }

  async #make(finished: Finished): Promise<T> {
    const { preset, seed, colourLock } = finished.result.options;
    const { backend, ready, models, options } = finished.lease;
    if (ready.preset !== preset)
      throw new Error(
        `This picture was made with the ${preset} networks: choose them in Settings, or redo the picture.`,
      );
    const { tile, memoryBudget } = options;
    const settings = { preset, seed, colourLock, tile, memoryBudget };
    const method = this.#making.method(finished.result);
    const compute = await openOnLease(method, backend, models, settings);
    try {
      const setState = (share: number, etaSeconds: number | null) =>
        this.#making.setState(finished.id, { state: 'running', share, etaSeconds });
      return await this.#making.make(
        finished,
        (seed, onShare) => upscaleAgain(compute, finished, { ...settings, method, seed }, onShare),
        setState,
      );
    } finally {
      compute.dispose();
    }
  }
}

async function upscaleAgain(
  compute: UpscaleEngine,
  { lr, result, signal }: Finished,
  settings: Parameters<typeof upscaleImage>[2] & { readonly memoryBudget: number },
  onShare: (share: number, etaSeconds: number | null) => void,
): Promise<Rgba8> {
  const output = await upscaleImage(compute, lr, settings, {
    signal,
    memoryBudget: settings.memoryBudget,
    onProgress: ({ share, etaSeconds }) => onShare(share, etaSeconds),
  });
  // Blends of two pictures that agree with one input agree with it too.
  return result.options.agree ? (await agreeWithInput(output, lr, { pause: letIn(signal) })).picture : output;
}
