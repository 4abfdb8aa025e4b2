/**
 * Registers a custom kernel as an op of tfjs: for the WebGPU backend, some for WebAssembly too, by a name of its own, with a
 * gradient that works out only what is asked for. Whether ours run is a switch, so that stock ops can be compared in the same run.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasm/copies.ts';
import type { CosrWebGPUBackend } from './webgpu-backend.ts';

/** direct: values straight from memory, for software adapters, whose shared memory is slow; tiled: for GPUs. */
export type Tuning = 'direct' | 'tiled';

const state: { enabled: boolean; tuning: Tuning } = { enabled: true, tuning: 'tiled' };

/** Chosen once for each device that is opened. */
export function tuneFor(isSoftware: boolean): void {
  state.tuning = isSoftware ? 'direct' : 'tiled';
}

export const tuning = (): Tuning => state.tuning;

/** Whether kernels of ours are wanted where there are any: unless switched off. */
export const ownKernelsWanted = (): boolean => state.enabled;

/** Whether ops run on our kernels of WebGPU. */
export const customKernelsEnabled = (): boolean => state.enabled && tf.getBackend() === 'webgpu';

/** From now on stock ops alone, or kernels tuned in another way: for comparisons. @returns the way back */
export function chooseKernels(choice: 'stock' | Tuning): () => void {
  const before = { ...state };
  state.enabled = choice !== 'stock';
  if (choice !== 'stock') state.tuning = choice;
  return () => Object.assign(state, before);
}

/** Runs something with kernels so chosen. */
export function withKernels<T>(choice: 'stock' | Tuning, run: () => T): T {
  const back = chooseKernels(choice);
  try {
    return run();
  } finally {
    back();
  }
}

/** Whether a gradient is being recorded: a kernel that does several steps at once may have none. */
export const isDifferentiated = (): boolean => tf.engine().state.gradientDepth > 0;

/** Hands everything recorded so far to the GPU, where there is one. */
export function flushGpu(): void {
  if (tf.getBackend() === 'webgpu') cosrBackend().flush();
}

export const cosrBackend = (): CosrWebGPUBackend => tf.backend() as CosrWebGPUBackend;

export type Attributes = Readonly<Record<string, number | boolean>>;

interface OwnOp<Input extends string> {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** Outputs, of which the first is the op's value. */
  forward(inputs: Readonly<Record<Input, tf.TensorInfo>>, attributes: Attributes): tf.TensorInfo[];
  /** Inputs that the gradient needs; default all. */
  readonly kept?: readonly Input[];
  /** Outputs that the gradient needs, by place. */
  readonly saved?: readonly number[];
  /**
   * By input, what works out its gradient. Called only for inputs that a gradient is wanted of; without an entry there is none.
   * @param tensors inputs named by `kept`, then outputs named by `saved`
   */
  gradient(dy: tf.Tensor, tensors: readonly tf.Tensor[], attributes: Attributes): Record<Input, () => tf.Tensor>;
  /** The same on WebAssembly, where it has programs for that as well. */
  readonly wasm?: WasmOp<Input>;
}

interface WasmOp<Input extends string> {
  forward(
    backend: WasmBackend,
    inputs: Readonly<Record<Input, tf.TensorInfo>>,
    attributes: Attributes,
  ): tf.TensorInfo[];
  gradient(
    backend: WasmBackend,
    dy: tf.Tensor,
    tensors: readonly tf.Tensor[],
    attributes: Attributes,
  ): Record<Input, () => tf.TensorInfo>;
}

/** Registers an op. @returns how to call it */
export function defineOp<Input extends string>(
  op: OwnOp<Input>,
): (inputs: Readonly<Record<Input, tf.Tensor>>, attributes?: Attributes) => tf.Tensor {
  const { name, kept = op.inputs, saved = [] } = op;
  tf.registerKernel({
    kernelName: name,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs }) =>
      op.forward(inputs as unknown as Record<Input, tf.TensorInfo>, attrs as unknown as Attributes),
  });
  const { wasm } = op;
  if (wasm) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) =>
        wasm.forward(backend as unknown as WasmBackend, inputs as never, attrs as unknown as Attributes),
    });
  }
  const onWasm = (
    { gradient }: WasmOp<Input>,
    dy: tf.Tensor,
    tensors: tf.Tensor[],
    attributes: Attributes,
  ): Record<Input, () => tf.Tensor> => {
    const found = Object.entries<() => tf.TensorInfo>(gradient(tf.backend() as never, dy, tensors, attributes));
    const tensor = (of: () => tf.TensorInfo) => () => tf.engine().makeTensorFromTensorInfo(of());
    return Object.fromEntries(found.map(([input, of]) => [input, tensor(of)])) as Record<Input, () => tf.Tensor>;
  };
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...kept],
    outputsToSave: Array.from({ length: Math.max(-1, ...saved) + 1 }, (_, i) => saved.includes(i)),
    gradFunc: (dys, inputs, attrs) => {
      const [dy, attributes] = [Array.isArray(dys) ? (dys[0] as tf.Tensor) : dys, attrs as unknown as Attributes];
      return wasm && tf.getBackend() === 'wasm'
        ? onWasm(wasm, dy, inputs, attributes)
        : op.gradient(dy, inputs, attributes);
    },
  });
  return (inputs, attributes = {}) => {
    const outputs = tf.engine().runKernel(name, inputs, attributes as unknown as tf.NamedAttrMap) as
      | tf.Tensor
      | tf.Tensor[];
    if (!Array.isArray(outputs)) return outputs;
    const [value, ...rest] = outputs as [tf.Tensor, ...tf.Tensor[]];
    tf.dispose(rest);
    return value;
  };
}

/**
 * Gradients of several inputs that one run works out together, when the first of them is asked for.
 * @param run fills the tensors, which have the shapes given
 */
export function jointGradients(
  shapes: readonly number[][],
  run: (gradients: readonly tf.TensorInfo[]) => void,
): readonly (() => tf.Tensor)[] {
  const backend = cosrBackend();
  // No memory is taken as yet. They belong to the whole backward pass, which frees them at its end.
  const gradients = shapes.map((shape) => tf.engine().makeTensorFromTensorInfo(backend.allocate(shape)));
  let done = false;
  return gradients.map((gradient) => () => {
    if (!done) run(gradients);
    done = true;
    return tf.clone(gradient);
  });
}
