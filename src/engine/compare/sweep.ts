/** How much a method's picture depends on its noise: the same picture with several seeds. */
import { PixelSpread } from '../../imaging/heat-map.ts';
import type { SweepRow } from '../../protocol/compare.ts';
import type { Method } from '../../report/methods.ts';
import { openOnLent } from '../evaluation/methods.ts';
import type { Lent } from '../guests.ts';
import { scale } from '../job.ts';
import type { ShippedMetrics } from '../metrics.ts';
import { upscaleImage } from '../upscale-image.ts';
import { measured, type Picture, settingsOf } from './run-methods.ts';

export interface SweepHooks {
  readonly signal: AbortSignal;
  readonly metrics: ShippedMetrics;
  /** Seeds done, and the share of the one in work. */
  readonly onProgress: (done: number, share: number) => void;
}

/**
 * @param count seeds, from that of the settings on
 * @returns a row a seed, and the variance over them at each pixel, squared 8-bit levels
 */
export async function sweepSeeds(
  method: Method,
  count: number,
  picture: Picture,
  lent: Lent,
  { signal, metrics, onProgress }: SweepHooks,
): Promise<{ rows: SweepRow[]; variance: Float32Array }> {
  const settings = settingsOf(lent);
  const compute = await openOnLent(method, lent.backend, lent.models, settings);
  try {
    const { width, height } = picture.lr;
    const spread = new PixelSpread(width * scale, height * scale);
    const rows: SweepRow[] = [];
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      const seed = (settings.seed + i) % 2 ** 32;
      const started = performance.now();
      const output = await upscaleImage(
        compute,
        picture.lr,
        { ...settings, method, seed },
        {
          signal,
          memoryBudget: settings.memoryBudget,
          onProgress: ({ done, total }) => onProgress(i, done / total),
        },
      );
      const ms = performance.now() - started;
      spread.add(output);
      rows.push({ seed, ms, scores: await measured(output, picture, metrics) });
    }
    return { rows, variance: spread.variance() };
  } finally {
    compute.dispose();
  }
}
