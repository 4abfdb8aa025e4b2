/** Kernels of our own on tfjs's WebAssembly backend, in place of its own that take many times as long. */
import * as tf from '@tensorflow/tfjs-core';
import { isDifferentiated, ownKernelsWanted } from '../custom-op.ts';
import { type ConvolutionInputs, convolution } from './convolution.ts';
import { concat, pad, reverse, slice, split, transpose, type WasmBackend } from './copies.ts';
import { filterGradient, matrixProducts, sum } from './products.ts';
import { hasPrograms } from './programs.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Run = (backend: WasmBackend, inputs: Inputs, attributes: never) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** Our kernels by tfjs's names, for values of four bytes. Inputs that one does not take (undefined) stay tfjs's, as text and truth values do. */
const kernels: Readonly<Record<string, Run>> = {
  // The same values under another name: tfjs copies them.
  [tf.Identity]: (backend, { x }) => {
    const { dataId, shape, dtype } = x as tf.TensorInfo;
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  },
  [tf.Slice]: (backend, { x }, attributes: tf.SliceAttrs) => slice(backend, x as tf.TensorInfo, attributes),
  [tf.SplitV]: (backend, { x }, attributes: tf.SplitVAttrs) => split(backend, x as tf.TensorInfo, attributes),
  [tf.Concat]: (backend, inputs, { axis }: tf.ConcatAttrs) => {
    const parts = Object.values(inputs);
    return concat(backend, parts, tf.util.parseAxisParam(axis, (parts[0] as tf.TensorInfo).shape)[0] as number);
  },
  [tf.Reverse]: (backend, { x }, attributes: tf.ReverseAttrs) => reverse(backend, x as tf.TensorInfo, attributes),
  [tf.PadV2]: (backend, { x }, attributes: tf.PadV2Attrs) =>
    x?.dtype === 'float32' ? pad(backend, x, attributes) : undefined,
  [tf.Transpose]: (backend, { x }, { perm }: tf.TransposeAttrs) => transpose(backend, x as tf.TensorInfo, perm),
  [tf.Sum]: (backend, { x }, attributes: tf.SumAttrs) => sum(backend, x as tf.TensorInfo, attributes),
  [tf.BatchMatMul]: (backend, { a, b }, attributes: tf.BatchMatMulAttrs) =>
    matrixProducts(backend, a as tf.TensorInfo, b as tf.TensorInfo, attributes),
  [tf.Conv2D]: (backend, inputs, attributes: tf.Conv2DAttrs) =>
    convolution(backend, inputs as unknown as ConvolutionInputs, attributes),
  [tf.FusedConv2D]: (backend, inputs, attributes: tf.FusedConv2DAttrs) =>
    convolution(backend, inputs as unknown as ConvolutionInputs, attributes),
  [tf.Conv2DBackpropFilter]: (backend, { x, dy }, { filterShape, strides }: tf.Conv2DBackpropFilterAttrs) =>
    filterGradient(backend, x as tf.TensorInfo, dy as tf.TensorInfo, filterShape, strides as number),
};

const isAble = hasPrograms();

/** Registers an op of our own, whose gradient is that of tfjs's ops: while one is recorded, those run. */
export function defineWasmKernel(kernelName: string, run: Run): void {
  const kernelFunc: tf.KernelFunc = (call) =>
    run(call.backend as unknown as WasmBackend, call.inputs as Inputs, call.attrs as never) as tf.TensorInfo;
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

/** Whether programs of ours run now. */
export const isOnWasm = (): boolean => isAble && ownKernelsWanted() && tf.getBackend() === 'wasm';

/** Whether ops of our own without a gradient do. */
export const wasmKernelsRun = (): boolean => isOnWasm() && !isDifferentiated();

let replaced = false;

/** Puts them in tfjs's place; before the backend is used, once. Without SIMD tfjs's stay. */
export function replaceWasmKernels(): void {
  if (replaced || !isAble) return;
  replaced = true;
  for (const [kernelName, run] of Object.entries(kernels)) {
    const stock = tf.getKernel(kernelName, 'wasm');
    if (stock) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      ...stock,
      kernelName,
      backendName: 'wasm',
      kernelFunc: (call) => {
        const inputs = call.inputs as Inputs;
        const isOurs = Object.values(inputs).every(
          (t) => t === undefined || t.dtype === 'float32' || t.dtype === 'int32',
        );
        const own =
          isOurs && ownKernelsWanted()
            ? run(call.backend as unknown as WasmBackend, inputs, call.attrs as never)
            : undefined;
        return own ?? stock.kernelFunc(call);
      },
    });
  }
}
