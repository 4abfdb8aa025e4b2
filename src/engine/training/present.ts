/**
 * A picture that was computed, as a bitmap for the page. On WebGPU it is drawn from the buffer it is in; elsewhere its
 * values are in memory already.
 */
import * as tf from '@tensorflow/tfjs-core';
import { asImageData } from '../pictures.ts';

let canvas: OffscreenCanvas | null = null;
/** Set when a browser can't draw from a WebGPU buffer. */
let mustRead = false;

/** Hands over what tfjs collects before it submits. */
const submit = () => (tf.backend() as unknown as { submitQueue(): void }).submitQueue();

async function drawn(pixels: tf.Tensor3D): Promise<ImageBitmap> {
  const [height, width] = pixels.shape;
  canvas ??= new OffscreenCanvas(width, height);
  // tfjs takes any canvas that gives a WebGPU context; its types know the page's alone.
  tf.browser.draw(pixels, canvas as unknown as HTMLCanvasElement);
  submit();
  return canvas.transferToImageBitmap();
}

async function read(pixels: tf.Tensor3D): Promise<ImageBitmap> {
  const [height, width] = pixels.shape;
  const values = await pixels.data();
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < values.length; to++) {
    for (let channel = 0; channel < 3; channel++) data[to++] = 255 * (values[from++] as number);
  }
  return createImageBitmap(asImageData({ width, height, data }));
}

/** Whether pictures go to the page without a read-back, as far as is known. */
export const isDrawn = (): boolean => tf.getBackend() === 'webgpu' && !mustRead;

/** @param pixels [H, W, 3], RGB in [0, 1]; stays the caller's */
export async function present(pixels: tf.Tensor3D): Promise<ImageBitmap> {
  if (isDrawn()) {
    try {
      return await drawn(pixels);
    } catch {
      mustRead = true;
    }
  }
  return read(pixels);
}
