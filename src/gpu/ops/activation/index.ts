/** Activations, any shape; differentiable. Their kernels take a value at a time, each in one run forward and one back. */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { through } from '../../through.ts';
import { addressOf, product, threadsOn, type WasmBackend } from '../../wasm/copies.ts';
import { isOnWasm } from '../../wasm/kernels.ts';
import { onThreads } from '../../wasm/threads.ts';

/** x·σ(x). */
export const silu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('silu', x) : siluReference(x);

/** LeakyReLU with slope 0.2. */
export const leakyRelu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('leaky', x) : leakyReluReference(x);

/** min(max(x, 0), 6). */
export const relu6 = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('relu6', x) : relu6Reference(x);

/** GELU off the GPU. Differentiable. */
export const gelu = <T extends tf.Tensor>(x: T): T =>
  isOnWasm() && x.size % 4 === 0 ? activationKernel('gelu', x) : geluReference(x);

/** `silu` in tfjs's own ops. */
export function siluReference<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}

/** GELU in its exact form, ½x(1 + erf(x/√2)), in tfjs's own ops; the GPU's kernels have it within convolutions alone. */
function geluReference<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    const twice = through<tf.Tensor>(
      x,
      (t) => tf.mul(t, Math.SQRT1_2),
      (t) => tf.erf(t),
      (t) => tf.add(t, 1),
    );
    return through<tf.Tensor>(
      x,
      (t) => tf.mul(t, twice),
      (t) => tf.mul(t, 0.5),
    ) as T;
  });
}

/** In tfjs's own ops. */
function leakyReluReference<T extends tf.Tensor>(x: T): T {
  return tf.leakyRelu(x, 0.2) as T;
}

/** In tfjs's own ops. */
const relu6Reference = <T extends tf.Tensor>(x: T): T => tf.relu6(x) as T;

/** erf by Abramowitz and Stegun 7.1.26, to 1.5e-7: as tfjs's. */
const erf = (type: string) => `
fn erf(x: ${type}) -> ${type} {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - series * exp(-x * x));
}`;

interface Activation {
  /** @param type of x: f32 or a vector of it, where the slope is not asked for */
  readonly helpers: (type: string) => string;
  /** WGSL of x. */
  readonly value: string;
  readonly slope: string;
}

const activations = {
  gelu: {
    helpers: erf,
    value: '0.5 * x * (1.0 + erf(x * 0.70710678))',
    slope: '0.5 * (1.0 + erf(x * 0.70710678)) + x * 0.39894228 * exp(-0.5 * x * x)',
  },
  silu: {
    helpers: (type) => `fn sigmoid(x: ${type}) -> ${type} { return 1.0 / (1.0 + exp(-x)); }`,
    value: 'x * sigmoid(x)',
    slope: 'sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))',
  },
  /** LeakyReLU with slope 0.2. */
  leaky: { helpers: () => '', value: 'select(0.2 * x, x, x > 0.0)', slope: 'select(0.2, 1.0, x > 0.0)' },
  relu6: { helpers: () => '', value: 'clamp(x, 0.0, 6.0)', slope: 'select(0.0, 1.0, x > 0.0 && x < 6.0)' },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

/** Defines `activated`, for programs that end with it. */
export const activationText = (name: 'silu' | 'gelu', type: string): string => `
${activations[name].helpers(type)}
fn activated(x: ${type}) -> ${type} { return ${activations[name].value}; }`;

const [threads, mostWorkgroups] = [64, 65_535];

/** Every thread does every `all · threads`th value: maps may have more than there are workgroups for. */
const program = (name: ActivationName, isGradient: boolean): Program => ({
  name: `${name}${isGradient ? ', gradient' : ''}`,
  code: () => `
@group(0) @binding(0) var<storage, read> input: array<f32>;
${isGradient ? '@group(0) @binding(1) var<storage, read> dy: array<f32>;' : ''}
@group(0) @binding(${isGradient ? 2 : 1}) var<storage, read_write> output: array<f32>;
${activations[name].helpers('f32')}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  for (var i = g.x; i < arrayLength(&output); i += all.x * ${threads}u) {
    let x = input[i];
    output[i] = ${isGradient ? `dy[i] * (${activations[name].slope})` : activations[name].value};
  }
}`,
});

function run(name: ActivationName, inputs: readonly tf.TensorInfo[], output: tf.TensorInfo): void {
  const size = output.shape.reduce((product, n) => product * n, 1);
  const workgroups = [Math.min(mostWorkgroups, Math.ceil(size / threads)), 1, 1] as const;
  cosrBackend().dispatch({ program: program(name, inputs.length > 1), inputs, outputs: [output], workgroups });
}

function define(name: ActivationName) {
  return defineOp({
    name: `Cosr ${name}`,
    inputs: ['x'],
    forward: ({ x }) => {
      const y = cosrBackend().allocate(x.shape);
      run(name, [x], y);
      return [y];
    },
    gradient: (dy, [x]) => {
      const [dx] = jointGradients([dy.shape], ([output]) =>
        run(name, [x as tf.Tensor, dy], output as tf.TensorInfo),
      ) as [() => tf.Tensor];
      return { x: dx };
    },
    ...(name === 'gelu' ? { wasm: wasmGelu } : {}),
  });
}

/** A count of values that fours divide. */
const wasmGelu = {
  forward(backend: WasmBackend, { x }: { readonly x: tf.TensorInfo }): tf.TensorInfo[] {
    const y = backend.makeOutput(x.shape, 'float32');
    const [from, to] = [addressOf(backend, x), addressOf(backend, y)];
    onThreads(threadsOn(backend), product(x.shape) / 4, (programs, first, length) =>
      programs.gelu(from + 16 * first, 0, to + 16 * first, length),
    );
    return [y];
  },
  gradient: (backend: WasmBackend, dy: tf.Tensor, [x]: readonly tf.Tensor[]) => ({
    x: () => {
      const dx = backend.makeOutput(dy.shape, 'float32');
      const [from, slopes, to] = [x as tf.Tensor, dy, dx].map((t) => addressOf(backend, t)) as [number, number, number];
      onThreads(threadsOn(backend), product(dy.shape) / 4, (programs, first, length) =>
        programs.geluGradient(from + 16 * first, slopes + 16 * first, to + 16 * first, length),
      );
      return dx;
    },
  }),
};

const ops = { gelu: define('gelu'), silu: define('silu'), leaky: define('leaky'), relu6: define('relu6') } as const;

export function activationKernel<T extends tf.Tensor>(name: ActivationName, x: T): T {
  return ops[name]({ x }) as T;
}
