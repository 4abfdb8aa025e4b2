/**
 * Convolution on WebAssembly. tfjs's is XNNPACK's, which sets each one up on one thread and multiplies somewhat slower; a
 * convolution by a filter that has changed, as in training, it also packs anew.
 */
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, pad as padded, threadsOn, type WasmBackend, withMemory } from './copies.ts';
import { panel } from './panels.ts';

/** Lines of the result that follow each other in an item of work: their input stays in a core's cache from panel to panel. */
const bandLines = 16;

type Size = [number, number, number, number];

/** tfjs's, of a convolution alone or with what it fuses. */
type Attributes = tf.Conv2DAttrs & { readonly activation?: string };

export interface ConvolutionInputs {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly bias?: tf.TensorInfo;
  readonly preluActivationWeights?: tf.TensorInfo;
}

/**
 * Cross-correlation, plus a bias. Nothing where it is another one than networks have here: not NHWC, dilated, with an activation, or
 * with channels of the result that fill no panels.
 * @param inputs x [B, H, W, Cin], filter [k, k, Cin, Cout], bias [Cout]
 */
export function convolution(
  backend: WasmBackend,
  { x, filter, bias, preluActivationWeights }: ConvolutionInputs,
  { strides, pad, dataFormat, dilations, dimRoundingMode, activation = 'linear' }: Attributes,
): tf.TensorInfo | undefined {
  const shapes = [x.shape, filter.shape] as [Size, Size];
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, dimRoundingMode);
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, padInfo } = info;
  const isKnown =
    dataFormat === 'NHWC' &&
    activation === 'linear' &&
    !preluActivationWeights &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    outChannels % panel === 0;
  const lines = batchSize * outHeight;
  if (!isKnown || lines * outWidth * info.inChannels * outChannels === 0) return undefined;
  const { top, bottom, left, right } = padInfo;
  const isPadded = top + bottom + left + right > 0;
  const paddings: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const threads = threadsOn(backend);
  const depth = filterHeight * filterWidth * info.inChannels;
  const panels = outChannels / panel;
  const bytes = 4 * panel * (1 + depth);
  const pixel = 4 * info.inChannels;
  const row = 4 * outChannels;
  const bands = Math.min(lines, Math.max(Math.ceil(lines / bandLines), Math.ceil(threads.shares / panels)));
  const bandStart = (band: number) => Math.floor((band * lines) / bands);
  const run = (map: tf.TensorInfo, memory: number): tf.TensorInfo => {
    const [, tall, wide] = map.shape as Size;
    const y = backend.makeOutput([batchSize, outHeight, outWidth, outChannels], 'float32');
    const [from, filterAt, into] = [map, filter, y].map((t) => addressOf(backend, t)) as [number, number, number];
    const biasAt = bias ? addressOf(backend, bias) : 0;
    threads.run(bands * panels, (programs, item, share) => {
      const [band, first] = [Math.floor(item / panels), 4 * panel * (item % panels)];
      const start = memory + share * bytes;
      const packed = start + 4 * panel;
      // No columns: zeros.
      programs.pack(biasAt + first, 0, 4, bias ? panel : 0, 1, start);
      programs.copyRows(filterAt + first, row, packed, 4 * panel, depth, panel);
      for (let line = bandStart(band); line < bandStart(band + 1); line++) {
        const top = Math.floor(line / outHeight) * tall + (line % outHeight) * info.strideHeight;
        programs.multiplyPanelOnto(
          from + top * wide * pixel,
          info.strideWidth * pixel,
          4,
          (wide - filterWidth) * pixel,
          0,
          packed,
          into + line * outWidth * row + first,
          row,
          outWidth,
          filterWidth * info.inChannels,
          filterHeight,
          1,
          start,
        );
      }
    });
    return y;
  };
  const map = isPadded ? padded(backend, x, { paddings, constantValue: 0 }) : x;
  try {
    return withMemory(backend, threads.shares * bytes, (memory) => run(map, memory));
  } finally {
    if (isPadded) backend.disposeData(map.dataId);
  }
}
