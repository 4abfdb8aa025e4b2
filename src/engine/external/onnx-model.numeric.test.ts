/** ONNX models as they come: written here by our own writer, run by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { nodeExternal } from '../../../tests/support/external.ts';
import { type RepeatingKind, repeating } from '../../../tests/support/onnx-files.ts';
import { largestDifference, noiseRgba } from '../../../tests/support/test-images.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import { enlarge } from '../../imaging/resize.ts';
import { exportUpscaler } from '../export/upscaler.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { upscaleImage } from '../upscale/tiled-upscale.ts';
import { upscaleWith } from './external-model.ts';
import { openOnnxModel } from './onnx-model.ts';

const runtime = await nodeExternal.runtime();

const opaque = (width: number, height: number) => {
  const image = noiseRgba(width, height, 4);
  return { ...image, data: image.data.map((value, i) => (i % 4 === 3 ? 255 : value)) };
};

describe('an ONNX model', () => {
  const picture = opaque(20, 16);
  const expected = enlarge(picture, 4, 'nearest');

  it.each<RepeatingKind>([
    {},
    { type: 'float16' },
    { type: 'uint8' },
    { layout: 'NHWC' },
    { side: 24 },
    { layout: 'NHWC', type: 'uint8', side: 16 },
    { offset: 4 },
    // Exporters write −1, or names, for lengths that are free.
    { side: -1 },
    { side: -1, layout: 'NHWC', type: 'uint8' },
    { channels: 'c' },
  ])('of the kind %j upscales by tiles', async (kind) => {
    const model = await openOnnxModel(repeating(kind), runtime, 16);
    expect(model.tile).toBe(Number(kind.side) > 0 ? kind.side : 16);
    expect(model.licence).toBe('CC0');
    const output = await upscaleWith(model, picture, 1);
    model.dispose();
    // A float16 of [0, 1] has 11 bits: a rounding at most. The offset is meant to show.
    const moved = { ...expected, data: expected.data.map((v, i) => (i % 4 === 3 ? v : v + (kind.offset ?? 0))) };
    expect(largestDifference(output.data, moved.data)).toBeLessThanOrEqual(kind.type === 'float16' ? 1 : 0);
  });

  it.each<[RepeatingKind, RegExp]>([
    [{ times: 2 }, /enlarge 4 times.*this one enlarges 2 times \(16 px to \[1, 3, 32, 32\]\)/],
    [{ channels: 1 }, /expected one picture.*it has the input "in", float32 \[1, 1, n, n\]/],
    [{ channels: 4, layout: 'NHWC' }, /it has the input "in", float32 \[1, n, n, 4\]/],
    [{ offset: 300 }, /expected RGB in \[0, 1\] or \[0, 255\]/],
  ])('of the kind %j is refused with what was expected', async (kind, text) => {
    await expect(openOnnxModel(repeating(kind), runtime, 16)).rejects.toThrow(text);
  });

  it('that onnxruntime can’t read is refused in one line', async () => {
    const whole = new Uint8Array(await repeating({}).arrayBuffer());
    const at = new TextDecoder('latin1').decode(whole).indexOf('Resize');
    whole.set(new TextEncoder().encode('Frobni'), at);
    await expect(openOnnxModel(new Blob([whole]), runtime)).rejects.toThrow(
      /^onnxruntime can't run the model \(wasm: .*\)\.$/,
    );
  });

  it('exported from here gives the picture that the engine gives, seed and tiles included', async () => {
    const { source } = await tinyModel();
    const { file } = await exportUpscaler(source, { method: 'sinsr', tile: 16, weights: 'float32', noiseSeed: null });
    const model = await openOnnxModel(file, runtime);
    expect([model.tile, model.latentChannels, model.licence]).toEqual([16, 4, 'Apache-2.0']);
    const compute = await UpscaleEngine.open(
      { openBackend: () => openNodeBackend('wasm'), models: () => source },
      { backend: 'wasm', preset: 'compact', method: 'sinsr', tile: 16, memoryBudget: 2 ** 30 },
      () => {},
    );
    const options = { preset: 'compact', method: 'sinsr', seed: 8, colourLock: 'off' } as const;
    const ours = await upscaleImage(compute, picture, options, { memoryBudget: 2 ** 30 });
    expect(largestDifference((await upscaleWith(model, picture, 8)).data, ours.data)).toBeLessThanOrEqual(1);
    expect(largestDifference((await upscaleWith(model, picture, 9)).data, ours.data)).toBeGreaterThan(1);
    model.dispose();
    compute.dispose();
  });
});
