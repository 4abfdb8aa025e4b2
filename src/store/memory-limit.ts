/** Memory that a picture takes with its result, said before its run: a browser ends a tab that takes too much, without a word. */
import { upscaleFactor } from '../presets/architecture.ts';
import type { Prediction } from '../protocol/upscale.ts';

/** A tab of today's browsers gets so much. */
const mostBytes = 4 * 2 ** 30;
/** Of a device's memory a tab can count on so much. */
const shareOfDevice = 0.5;

/** Whole results in memory at once: on the engine's canvas, on the page's, and once more while one becomes a file. */
const results = 3;
/** The picture itself, in the engine and on the page. */
const inputs = 2;
const bytesOfPixel = 4;

/** Bytes of the picture, its result and the networks' tensors. */
function memoryNeed({ outWidth, outHeight, run }: Prediction): number {
  const pixels = outWidth * outHeight;
  return bytesOfPixel * pixels * (results + inputs / upscaleFactor ** 2) + (run?.peakBytes ?? 0);
}

/** Bytes that this tab can count on; browsers that keep their device's memory to themselves are taken for large ones. */
function tabMemory(): number {
  const { deviceMemory } = (globalThis.navigator ?? {}) as Partial<Navigator> & { readonly deviceMemory?: number };
  return deviceMemory === undefined ? mostBytes : Math.min(mostBytes, deviceMemory * 2 ** 30 * shareOfDevice);
}

/** Null where a picture fits; else the bytes that it needs and that there are. */
export function memoryExcess(prediction: Prediction): { readonly need: number; readonly limit: number } | null {
  const [need, limit] = [memoryNeed(prediction), tabMemory()];
  return need > limit ? { need, limit } : null;
}
