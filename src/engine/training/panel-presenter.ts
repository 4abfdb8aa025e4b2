/**
 * Pictures of iterations and of phases for the page, not more of them than there is time for. On a GPU a picture is drawn from
 * the buffer it is in, once it is known that this shows the same; elsewhere its values are in memory already, or are read back.
 */

import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../gpu/backend.ts';
import type { PanelAtlas } from '../../training/panels.ts';
import type { Emit } from '../runtime/handlers.ts';
import { asImageData, context } from '../upscale/codec.ts';
import type { ShownPanels } from './active-run.ts';

let canvas: OffscreenCanvas | null = null;
/** Whether pictures are drawn from their buffers, by the backend that is open; null: not tried yet. */
let isDrawing: boolean | null = false;

/** A backend was opened. A software adapter has its buffers in memory anyway, and may show canvases as blanks. */
export function setBitmapBackend({ kind, adapter }: Pick<Backend, 'kind' | 'adapter'>): void {
  canvas = null;
  isDrawing = kind === 'webgpu' && adapter?.isSoftware === false ? null : false;
}

/** Draws on a canvas that gives a WebGPU context, and hands that over to the GPU. @param pixels as for `present` */
export function drawOn(target: OffscreenCanvas, pixels: tf.Tensor3D): void {
  tf.tidy(() => {
    // tfjs takes the worker's canvases too; its types know the page's alone.
    tf.browser.draw(pixels, target as unknown as HTMLCanvasElement);
    // It gives the same data out as another tensor, without counting that: freed with this scope, it would free ours.
    tf.backend().incRef(pixels.dataId);
  });
}

function drawn(pixels: tf.Tensor3D): ImageBitmap {
  const [height, width] = pixels.shape;
  canvas ??= new OffscreenCanvas(width, height);
  drawOn(canvas, pixels);
  return canvas.transferToImageBitmap();
}

async function read(pixels: tf.Tensor3D): Promise<ImageBitmap> {
  const [height, width] = pixels.shape;
  const values = await pixels.data();
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < values.length; to++) {
    for (let channel = 0; channel < 3; channel++) data[to++] = 255 * values[from++];
  }
  return createImageBitmap(asImageData({ width, height, data }));
}

/** Largest difference between a picture of known bytes and its bitmap. */
export async function pictureError(show: (pixels: tf.Tensor3D) => Promise<ImageBitmap>): Promise<number> {
  const [width, height] = [40, 24];
  const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7) % 256);
  const pixels = tf.tensor3d(
    Float32Array.from(bytes, (byte) => byte / 255),
    [height, width, 3],
  );
  try {
    const bitmap = await show(pixels);
    const drawing = context(new OffscreenCanvas(width, height));
    drawing.drawImage(bitmap, 0, 0);
    bitmap.close();
    const shown = drawing.getImageData(0, 0, width, height).data;
    return bytes.reduce((largest, byte, i) => {
      const at = 4 * Math.floor(i / 3) + (i % 3);
      return Math.max(largest, Math.abs(shown[at] - byte));
    }, 0);
  } finally {
    pixels.dispose();
  }
}

/** Whether pictures go to the page without a read-back. */
export async function isDrawn(): Promise<boolean> {
  isDrawing ??= await pictureError(async (pixels) => drawn(pixels)).then(
    (error) => error <= 1,
    () => false,
  );
  return isDrawing;
}

/** @param pixels [H, W, 3], RGB in [0, 1]; stays the caller's */
export const tensorToBitmap = async (pixels: tf.Tensor3D): Promise<ImageBitmap> =>
  (await isDrawn()) ? drawn(pixels) : read(pixels);

/** Pixels as what the page can draw. */
export type TensorToBitmap = (pixels: PanelAtlas['pixels']) => Promise<ImageBitmap>;

/** Paces the panels: they take at most a share of the time, and come no faster than a screen shows them. */
const largestShare = 0.2;
const interval = 1000 / 60;

export class PanelPresenter {
  readonly #present: TensorToBitmap;
  readonly #emit: Emit;
  #at = Number.NEGATIVE_INFINITY;
  #took = 0;

  constructor(present: TensorToBitmap, emit: Emit) {
    this.#present = present;
    this.#emit = emit;
  }

  get isDue(): boolean {
    return performance.now() - this.#at >= Math.max(interval, this.#took / largestShare);
  }

  /** @param step iterations done; a whole iteration is counted already */
  async show(
    { atlas: { pixels, places }, histograms, fixed, isPart, began }: ShownPanels,
    step: number,
  ): Promise<void> {
    const atlas = await this.#present(pixels);
    this.#at = performance.now();
    this.#took = this.#at - began;
    const frame = { step: step - (isPart ? 0 : 1), atlas, places, histograms, fixed };
    this.#emit({ type: isPart ? 'training-phase-frame' : 'training-frame', frame }, [atlas]);
  }
}
