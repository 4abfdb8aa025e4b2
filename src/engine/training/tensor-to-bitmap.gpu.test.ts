import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter } from '../../../tests/support/gpu.ts';
import { drawOn } from './panel-presenter.ts';

const adapter = await findAdapter('drawing pictures');

/** A texture in the place of a canvas's, of the format that is asked for. */
function canvasOf(device: GPUDevice, width: number, height: number) {
  let texture: GPUTexture | null = null;
  const context = {
    configure({ format }: GPUCanvasConfiguration) {
      const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_SRC;
      texture ??= device.createTexture({ size: [width, height], format, usage });
    },
    getCurrentTexture: () => texture,
  };
  const canvas = { getContext: () => context } as unknown as OffscreenCanvas;
  return { canvas, drawn: () => texture as unknown as GPUTexture };
}

describe.skipIf(!adapter)('drawOn', () => {
  it('draws what the tensor has, which stays as it was, and leaves no tensor behind', { timeout: 60_000 }, async () => {
    const backend = await openNodeBackend('webgpu');
    const device = backend.device as GPUDevice;
    // A row of a copied texture has a multiple of 256 bytes.
    const [width, height] = [64, 6];
    const bytes = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
    const values = Float32Array.from(bytes, (byte) => byte / 255);
    const pixels = tf.tensor3d(values, [height, width, 3]);
    const { canvas, drawn } = canvasOf(device, width, height);
    const before = tf.memory();
    for (let i = 0; i < 3; i++) drawOn(canvas, pixels);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });

    const texture = drawn();
    const copy = device.createBuffer({
      size: 4 * width * height,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture }, { buffer: copy, bytesPerRow: 4 * width }, [width, height]);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    const shown = new Uint8Array(copy.getMappedRange());
    const order = texture.format === 'bgra8unorm' ? [2, 1, 0] : [0, 1, 2];
    const errors = [...bytes].map((byte, i) => {
      const at = 4 * Math.floor(i / 3) + order[i % 3];
      return Math.abs(shown[at] - byte);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    expect([...(await pixels.data())]).toEqual([...values]);
    backend.dispose();
  });
});
