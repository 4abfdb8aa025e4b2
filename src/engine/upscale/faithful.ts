/** The faithful end of the detail dial: the picture of regression beside the one that a student made, run when it is asked for. */

import { errorMessage } from '../../formats/errors.ts';
import { agreeWithInput } from '../../imaging/agree.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { JobResult } from '../../protocol/upscale.ts';
import { faithfulMethod } from '../../report/methods.ts';
import { openOnLease } from '../evaluation/methods.ts';
import { retryAfterLoss } from '../runtime/errors.ts';
import type { GpuLease, RunExclusive } from '../runtime/gpu-scheduler.ts';
import { letIn } from '../runtime/kernel-watch.ts';
import type { ImageSet } from './images.ts';
import { upscaleImage } from './tiled-upscale.ts';

export class FaithfulRuns {
  readonly #images: ImageSet;
  readonly #runExclusive: RunExclusive;
  readonly #aborts = new Map<string, AbortController>();

  constructor(images: ImageSet, runExclusive: RunExclusive) {
    this.#images = images;
    this.#runExclusive = runExclusive;
  }

  /** Never throws: the image's `faithful` event says how it ended. */
  async run(id: string): Promise<void> {
    const item = this.#images.get(id);
    const result = item?.record.result;
    if (!item || this.#aborts.has(id)) return;
    // It was asked for just before the picture began to be made again: the page hears that there is none.
    if (!result) return this.#images.dial.setFaithful(id, item.faithful);
    const abort = new AbortController();
    const { signal } = abort;
    this.#aborts.set(id, abort);
    this.#images.dial.setFaithful(id, { state: 'running', share: 0, etaSeconds: null });
    try {
      const pixels = await this.#images.pixels(id);
      const work = (lease: GpuLease, either: AbortSignal) => this.#upscale(id, pixels, result, lease, either);
      const output = await retryAfterLoss(() => this.#runExclusive(work, signal), signal);
      // Another run may have replaced the result meanwhile.
      if (item.record.result === result) await this.#images.dial.keepFaithful(id, output);
      else this.#images.dial.setFaithful(id, { state: 'none' });
    } catch (error) {
      const failed = { state: 'failed', message: errorMessage(error) } as const;
      this.#images.dial.setFaithful(id, signal.aborted ? { state: 'none' } : failed);
    } finally {
      this.#aborts.delete(id);
    }
  }

  cancel(id: string): void {
    this.#aborts.get(id)?.abort();
  }

  async #upscale(
    id: string,
    pixels: Rgba8,
    { options: { preset, seed, colourLock, agree } }: JobResult,
    { backend, ready, models, options: { tile, memoryBudget } }: GpuLease,
    signal: AbortSignal,
  ): Promise<Rgba8> {
    if (ready.preset !== preset)
      throw new Error(
        `This picture was made with the ${preset} networks: choose them in Settings, or redo the picture.`,
      );
    const settings = { preset, seed, colourLock, tile, memoryBudget };
    const compute = await openOnLease(faithfulMethod, backend, models, settings);
    try {
      const output = await upscaleImage(
        compute,
        pixels,
        { ...settings, method: faithfulMethod },
        {
          signal,
          memoryBudget,
          onProgress: ({ share, etaSeconds }) =>
            this.#images.dial.setFaithful(id, { state: 'running', share, etaSeconds }),
        },
      );
      // Blends of two pictures that agree with one input agree with it too.
      return agree ? (await agreeWithInput(output, pixels, { pause: letIn(signal) })).picture : output;
    } finally {
      compute.dispose();
    }
  }
}
