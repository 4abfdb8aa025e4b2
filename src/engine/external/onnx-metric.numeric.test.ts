/** Metrics as ONNX files, written here by our own writer and run by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { nodeExternal } from '../../../tests/support/external.ts';
import { metricFile } from '../../../tests/support/metric-file.ts';
import { noiseRgba } from '../../../tests/support/test-images.ts';
import { cropRgba8, type Rgba8 } from '../../imaging/image.ts';
import { openOnnxMetric } from './onnx-metric.ts';

const runtime = await nodeExternal.runtime();
const open = (options: Parameters<typeof metricFile>[0], name = 'metric') =>
  openOnnxMetric(name, metricFile(options), runtime);

const picture = noiseRgba(40, 24, 1);
const brighter: Rgba8 = { ...picture, data: picture.data.map((v, i) => (i % 4 === 3 ? v : Math.min(255, v + 20))) };

/** Mean of the red, green and blue bytes. */
function channelMeans({ data }: Rgba8): number[] {
  return [0, 1, 2].map((c) => data.reduce((sum, v, i) => sum + (i % 4 === c ? v : 0), 0) / (data.length / 4));
}
const meanOf = (image: Rgba8) => channelMeans(image).reduce((sum, v) => sum + v, 0) / 3;

describe('a metric of two pictures', () => {
  it('gives its number, and which way is better is found out', async () => {
    const metric = await open({ kind: 'distance' });
    expect([metric.kind, metric.better, metric.length]).toEqual(['full-reference', 'lower', 1]);
    const squares = picture.data.reduce(
      (sum, v, i) => sum + (i % 4 === 3 ? 0 : (v - Number(brighter.data[i])) ** 2),
      0,
    );
    const expected = squares / (40 * 24 * 3) / 255 ** 2;
    expect((await metric.run(brighter, picture))?.[0]).toBeCloseTo(expected, 6);
    expect((await metric.run(picture, picture))?.[0]).toBe(0);
    metric.dispose();
    expect((await open({ kind: 'similarity' })).better).toBe('higher');
    expect((await open({ kind: 'distance', metadata: { better: 'higher' } })).better).toBe('higher');
  });

  it('takes the true picture where its input is named so', async () => {
    const plain = await open({ kind: 'first-minus-second' });
    const swapped = await open({ kind: 'first-minus-second', names: ['reference', 'image'] });
    const expected = (meanOf(brighter) - meanOf(picture)) / 255;
    expect((await plain.run(brighter, picture))?.[0]).toBeCloseTo(expected, 5);
    expect((await swapped.run(brighter, picture))?.[0]).toBeCloseTo(-expected, 5);
  });

  it('of a fixed size leaves other pictures out', async () => {
    const metric = await open({ kind: 'distance', height: 24, width: 40 });
    expect(await metric.run(brighter, picture)).not.toBeNull();
    const part = cropRgba8(picture, 0, 0, 24, 24);
    expect(await metric.run(part, part)).toBeNull();
  });
});

describe('a metric of one picture', () => {
  it.each([
    {},
    { layout: 'NHWC' },
    { type: 'uint8' },
    { type: 'float16' },
    { metadata: { input_range: '[0, 255]' } },
  ] as const)('of the kind %j gives its number', async (kind) => {
    const metric = await open({ kind: 'mean', ...kind });
    expect([metric.kind, metric.better]).toEqual(['no-reference', 'higher']);
    const white = 'type' in kind && kind.type === 'uint8' ? 1 : 'metadata' in kind ? 1 : 255;
    const [value] = (await metric.run(picture, null)) ?? [];
    expect(Number(value) / (meanOf(picture) / white)).toBeCloseTo(1, 'type' in kind && kind.type === 'float16' ? 2 : 4);
  });

  it('in [−1, 1] says so in its file', async () => {
    const metric = await open({ kind: 'mean', metadata: { input_range: '[-1, 1]', better: 'lower' } });
    expect(metric.better).toBe('lower');
    expect((await metric.run(picture, null))?.[0]).toBeCloseTo(meanOf(picture) / 127.5 - 1, 5);
  });

  it('is known by its name where better is smaller', async () => {
    expect((await open({ kind: 'mean' }, 'NIQE')).better).toBe('lower');
  });
});

describe('features', () => {
  it('are a vector, of pictures brought to the size that the model wants', async () => {
    const metric = await open({ kind: 'features', height: 30, width: 30 });
    expect([metric.kind, metric.better, metric.length]).toEqual(['features', 'lower', 3]);
    const values = (await metric.run(picture, null)) ?? [];
    expect(values).toHaveLength(3);
    for (const [c, mean] of channelMeans(picture).entries())
      expect(Math.abs(Number(values[c]) * 255 - mean)).toBeLessThan(6);
  });
});

describe('a file that is no metric', () => {
  it.each([
    [{ kind: 'mean', channels: 1 }, /expected one picture, or two.*it has the input "in0", float32 \[1, 1, h, w\]/],
    [{ kind: 'map' }, /expected one number or one vector of features as its output; it gives \[1, 3, 256, 256\]/],
    [{ kind: 'blind' }, /tells no difference/],
    [
      { kind: 'mean', metadata: { input_range: '[0, 2]' } },
      /input_range is \[0, 2\]: expected \[0, 1\], \[-1, 1\], \[0, 255\]/,
    ],
  ] as const)('%j gets a sentence', async (options, text) => {
    await expect(open(options)).rejects.toThrow(text);
  });

  it('nor any model is refused before onnxruntime sees it', async () => {
    await expect(openOnnxMetric('x', new Blob(['{"a": 1}']), runtime)).rejects.toThrow('no ONNX model but JSON');
  });
});
