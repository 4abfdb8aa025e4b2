/**
 * Window attention on WebAssembly, a window and a head at a time: scores, softmax and values stay in a few kilobytes, and a
 * shifted map is not written out.
 */
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, threadsOn, type WasmBackend, withMemory } from '../../wasm/copies.ts';
import { defineWasmKernel, wasmKernelsRun } from '../../wasm/kernels.ts';
import { panel } from '../../wasm/panels.ts';
import { bitsOf } from '../../wasm/rows.ts';
import { hidden, isHidden, relativeIndex, type WindowAttentionOptions } from './reference.ts';

const name = 'CosrWindowAttention';

/** The bias of each head and pair, [heads, N, N], with what hides pairs in shifted windows in one of the last rows or columns. */
function biasOf(
  table: Float32Array,
  options: WindowAttentionOptions,
  last: { readonly row: boolean; readonly column: boolean },
  values: Float32Array,
): void {
  const { heads, window } = options;
  const index = relativeIndex(window);
  const tokens = window ** 2;
  index.forEach((entry, pair) => {
    const apart = isHidden(options, last, Math.floor(pair / tokens), pair % tokens) ? hidden : 0;
    for (let head = 0; head < heads; head++) {
      values[head * index.length + pair] = (table[entry * heads + head] as number) + apart;
    }
  });
}

function attend(
  backend: WasmBackend,
  qkv: tf.TensorInfo,
  table: tf.TensorInfo,
  options: WindowAttentionOptions,
): tf.TensorInfo {
  const { heads, window, shift } = options;
  const threads = threadsOn(backend);
  const [batch, height, width, wide] = qkv.shape as [number, number, number, number];
  const channels = wide / 3;
  const [tokens, depth] = [window ** 2, channels / heads];
  /** Values of a window's rows, of its result, of a head's scores, of a packed panel. */
  const sizes = [tokens * wide, tokens * channels, tokens ** 2, panel * Math.max(depth, tokens)];
  const bytes = 4 * sizes.reduce((sum, size) => sum + size, 0);
  return withMemory(backend, threads.shares * bytes + 16 * heads * tokens ** 2, (memory) => {
    const y = backend.makeOutput([batch, height, width, channels], 'float32');
    const biases = memory + threads.shares * bytes;
    const heap = new Float32Array(backend.wasm.HEAPU8.buffer);
    const tableAt = addressOf(backend, table) / 4;
    const entries = heap.slice(tableAt, tableAt + (2 * window - 1) ** 2 * heads);
    /** Address of the biases, by which of the last row and column a window is in. */
    const known = new Map<number, number>();
    const biasFor = (row: boolean, column: boolean): number => {
      const kind = shift > 0 ? Number(row) + 2 * Number(column) : 0;
      const address = biases + 4 * kind * heads * tokens ** 2;
      if (!known.has(kind)) {
        const last = { row: row && shift > 0, column: column && shift > 0 };
        biasOf(entries, options, last, heap.subarray(address / 4, address / 4 + heads * tokens ** 2));
        known.set(kind, address);
      }
      return address;
    };
    /** Rows of the window between the map and their own place: `count` values a token; the shift may part a row in two. */
    const eachRun = (top: number, left: number, visit: (pixel: number, token: number, length: number) => void) => {
      const start = (left + shift) % width;
      const first = Math.min(window, width - start);
      for (let row = 0; row < window; row++) {
        const line = ((top + row + shift) % height) * width;
        visit(line + start, row * window, first);
        if (first < window) visit(line, row * window + first, window - first);
      }
    };
    const scale = bitsOf(depth ** -0.5);
    const [down, across] = [height / window, width / window];
    threads.run(batch * down * across, (programs, item, share) => {
      const [image, top, left] = [
        Math.floor(item / down / across),
        (Math.floor(item / across) % down) * window,
        (item % across) * window,
      ];
      const [from, to] = [
        addressOf(backend, qkv) + 4 * image * height * width * wide,
        addressOf(backend, y) + 4 * image * height * width * channels,
      ];
      let end = memory + share * bytes;
      const [own, result, scores, packed] = sizes.map((size) => {
        end += 4 * size;
        return end - 4 * size;
      }) as [number, number, number, number];
      eachRun(top, left, (pixel, token, length) =>
        programs.copyRows(from + 4 * pixel * wide, 0, own + 4 * token * wide, 0, 1, length * wide),
      );
      const bias = biasFor(top + window === height, left + window === width);
      for (let head = 0; head < heads; head++) {
        const [q, k, v] = [0, 1, 2].map((part) => own + 4 * (part * channels + head * depth)) as [
          number,
          number,
          number,
        ];
        for (let key = 0; key < tokens; key += panel) {
          programs.pack(k + 4 * key * wide, 4, 4 * wide, panel, depth, packed);
          programs.multiplyPanel(q, 4 * wide, 4, 0, 0, packed, scores + 4 * key, 4 * tokens, tokens, depth, 1, 1);
        }
        programs.softmax(scores, bias + 4 * head * tokens ** 2, scale, tokens, tokens / 4);
        for (let channel = 0; channel < depth; channel += panel) {
          const target = result + 4 * (head * depth + channel);
          programs.pack(v + 4 * channel, 4 * wide, 4, panel, tokens, packed);
          programs.multiplyPanel(scores, 4 * tokens, 4, 0, 0, packed, target, 4 * channels, tokens, tokens, 1, 1);
        }
      }
      eachRun(top, left, (pixel, token, length) =>
        programs.copyRows(result + 4 * token * channels, 0, to + 4 * pixel * channels, 0, 1, length * channels),
      );
    });
    return y;
  });
}

defineWasmKernel(name, (backend, { qkv, table }, options: WindowAttentionOptions) =>
  attend(backend, qkv as tf.TensorInfo, table as tf.TensorInfo, options),
);

/** Whether it runs now, and takes windows and heads of these sizes. @param depth channels of a head */
export const wasmAttentionFits = (window: number, depth: number): boolean =>
  wasmKernelsRun() && window ** 2 % panel === 0 && depth % panel === 0;

/** As `windowAttentionKernel`; it has no gradient. */
export const wasmAttention = (qkv: tf.Tensor4D, table: tf.Tensor2D, options: WindowAttentionOptions): tf.Tensor4D =>
  tf.engine().runKernel(name, { qkv, table }, options as unknown as tf.NamedAttrMap) as tf.Tensor4D;
