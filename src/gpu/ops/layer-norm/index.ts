/**
 * LayerNorm over the channels of each pixel. In its kernel a thread has a pixel, whose values lie side by side and are summed
 * twice, so that a large mean costs no digits; the gradients of γ and β are summed by threads of a channel each, in parts of
 * the pixels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { inParts } from '../../sums.ts';
import { through } from '../../through.ts';
import { addressOf, threadsOn } from '../../wasm/copies.ts';
import { isOnWasm } from '../../wasm/kernels.ts';
import { sumColumns } from '../../wasm/products.ts';
import { bitsOf } from '../../wasm/rows.ts';
import { onThreads } from '../../wasm/threads.ts';

/** Biased variance. Differentiable. @param x [B, H, W, C]; gamma and beta [C] */
export const layerNorm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D =>
  customKernelsEnabled() || (isOnWasm() && x.shape[3] % 4 === 0)
    ? layerNormKernel(x, gamma, beta, eps)
    : layerNormReference(x, gamma, beta, eps);

/** In tfjs's own ops. */
function layerNormReference(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, 3, true));
    const variance = tf.mean(tf.square(centred), 3, true);
    return through<tf.Tensor>(
      centred,
      (t) => tf.div(t, tf.sqrt(tf.add(variance, eps))),
      (t) => tf.mul(t, gamma),
      (t) => tf.add(t, beta),
    ) as tf.Tensor4D;
  });
}

const [threads, mostWorkgroups] = [64, 65_535];
/** Pixels of a part, until there are as many parts as are worth it. */
const [partPixels, mostParts] = [64, 256];

/** Values read at a time, and their sum. */
const kinds = {
  fours: { type: 'vec4<f32>', width: 4, sum: (value: string) => `dot(${value}, vec4(1.0))` },
  ones: { type: 'f32', width: 1, sum: (value: string) => value },
} as const;

type Kind = (typeof kinds)[keyof typeof kinds];

const kindOf = (channels: number): Kind => (channels % 4 === 0 ? kinds.fours : kinds.ones);

/** @param names of what is read, then of what is written; stats is [mean, 1/σ] of each pixel */
const pixelwise = ({ type, width }: Kind, read: readonly string[], written: readonly string[], text: string) => {
  const bindings = [...read, ...written].map((name, i) => {
    const access = i < read.length ? 'read' : 'read_write';
    return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${name === 'stats' ? 'vec2<f32>' : type}>;`;
  });
  return `
struct Sizes { pixels: u32, channels: u32 }
${bindings.join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let count = s.channels / ${width}u;
  for (var p = g.x; p < s.pixels; p += all.x * ${threads}u) {
    let start = p * count;
    ${text}
  }
}`;
};

const normalize = (kind: Kind, eps: number): Program => ({
  name: `layer norm of ${kind.type}, ${eps}`,
  code: () =>
    pixelwise(
      kind,
      ['x', 'gamma', 'beta'],
      ['y', 'stats'],
      `
    var sum = ${kind.type}();
    for (var i = 0u; i < count; i++) { sum += x[start + i]; }
    let mean = ${kind.sum('sum')} / f32(s.channels);
    var squares = ${kind.type}();
    for (var i = 0u; i < count; i++) {
      let apart = x[start + i] - mean;
      squares += apart * apart;
    }
    let inverse = inverseSqrt(${kind.sum('squares')} / f32(s.channels) + ${eps});
    for (var i = 0u; i < count; i++) { y[start + i] = (x[start + i] - mean) * inverse * gamma[i] + beta[i]; }
    stats[p] = vec2(mean, inverse);`,
    ),
});

const inputGradient = (kind: Kind): Program => ({
  name: `layer norm of ${kind.type}, gradient`,
  code: () =>
    pixelwise(
      kind,
      ['dy', 'x', 'gamma', 'stats'],
      ['dx'],
      `
    let stat = stats[p];
    var plain = ${kind.type}();
    var along = ${kind.type}();
    for (var i = 0u; i < count; i++) {
      let slope = dy[start + i] * gamma[i];
      plain += slope;
      along += slope * (x[start + i] - stat.x) * stat.y;
    }
    let means = vec2(${kind.sum('plain')}, ${kind.sum('along')}) / f32(s.channels);
    for (var i = 0u; i < count; i++) {
      let normal = (x[start + i] - stat.x) * stat.y;
      dx[start + i] = stat.y * (dy[start + i] * gamma[i] - means.x - normal * means.y);
    }`,
    ),
});

const parameterGradients: Program = {
  name: 'layer norm, gradients of its parameters',
  code: () => `
struct Sizes { pixels: u32, channels: u32, part: u32 }
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> dGamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> dBeta: array<f32>;
@group(0) @binding(5) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  if (g.x >= s.channels) { return; }
  var sums = vec2<f32>();
  for (var p = g.y * s.part; p < min((g.y + 1u) * s.part, s.pixels); p++) {
    let slope = dy[p * s.channels + g.x];
    sums += slope * vec2((x[p * s.channels + g.x] - stats[p].x) * stats[p].y, 1.0);
  }
  dGamma[g.y * s.channels + g.x] = sums.x;
  dBeta[g.y * s.channels + g.x] = sums.y;
}`,
};

const sizesOf = ({ shape }: tf.TensorInfo): [number, number] => {
  const channels = shape.at(-1) as number;
  return [shape.reduce((product, n) => product * n, 1) / channels, channels];
};

const perPixel = (pixels: number) => [Math.min(mostWorkgroups, Math.ceil(pixels / threads)), 1, 1] as const;

const op = defineOp({
  name: 'CosrLayerNorm',
  inputs: ['x', 'gamma', 'beta'],
  forward: ({ x, gamma, beta }, { eps }) => {
    const backend = cosrBackend();
    const [pixels, channels] = sizesOf(x);
    const outputs = [backend.allocate(x.shape), backend.allocate([pixels, 2])];
    backend.dispatch({
      program: normalize(kindOf(channels), eps as number),
      inputs: [x, gamma, beta],
      outputs,
      sizes: [pixels, channels],
      workgroups: perPixel(pixels),
    });
    return outputs;
  },
  kept: ['x', 'gamma'],
  saved: [1],
  gradient: (dy, tensors) => {
    const backend = cosrBackend();
    const [x, gamma, stats] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [pixels, channels] = sizesOf(x);
    const [dx] = jointGradients([x.shape], (outputs) =>
      backend.dispatch({
        program: inputGradient(kindOf(channels)),
        inputs: [dy, x, gamma, stats],
        outputs,
        sizes: [pixels, channels],
        workgroups: perPixel(pixels),
      }),
    ) as [() => tf.Tensor];
    const [dGamma, dBeta] = jointGradients([gamma.shape, gamma.shape], (outputs) => {
      const part = Math.max(partPixels, Math.ceil(pixels / mostParts));
      const parts = Math.ceil(pixels / part);
      inParts(parts, outputs, (into) =>
        backend.dispatch({
          program: parameterGradients,
          inputs: [dy, x, stats],
          outputs: into,
          sizes: [pixels, channels, part],
          workgroups: [Math.ceil(channels / threads), parts, 1],
        }),
      );
    }) as [() => tf.Tensor, () => tf.Tensor];
    return { x: dx, gamma: dGamma, beta: dBeta };
  },
  wasm: {
    forward: (backend, { x, gamma, beta }, { eps }) => {
      const [pixels, channels] = sizesOf(x);
      const [y, stats] = [backend.makeOutput(x.shape, 'float32'), backend.makeOutput([pixels, 2], 'float32')];
      const [from, to, scale, shift, kept] = [x, y, gamma, beta, stats].map((t) => addressOf(backend, t)) as Places;
      const bits = [bitsOf(eps as number), bitsOf(1 / channels)] as const;
      onThreads(threadsOn(backend), pixels, (programs, first, length) => {
        const skipped = 4 * first * channels;
        const places = [from + skipped, to + skipped, scale, shift, kept + 8 * first] as const;
        programs.layerNorm(...places, length, channels / 4, ...bits);
      });
      return [y, stats];
    },
    gradient: (backend, dy, tensors) => {
      const [x, gamma, stats] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [pixels, channels] = sizesOf(x);
      const threads = threadsOn(backend);
      return {
        x: () => {
          const dx = backend.makeOutput(x.shape, 'float32');
          const [from, values, scale, kept, to] = [dy, x, gamma, stats, dx].map((t) => addressOf(backend, t)) as Places;
          onThreads(threads, pixels, (programs, first, length) => {
            const skipped = 4 * first * channels;
            const places = [from + skipped, values + skipped, scale, kept + 8 * first, to + skipped] as const;
            programs.layerNormGradient(...places, length, channels / 4, bitsOf(1 / channels));
          });
          return dx;
        },
        gamma: () => {
          const dGamma = backend.makeOutput([channels], 'float32');
          new Float32Array(backend.wasm.HEAPU8.buffer, addressOf(backend, dGamma), channels).fill(0);
          const [from, values, kept, to] = [dy, x, stats, dGamma].map((t) => addressOf(backend, t)) as Places;
          threads.programs.layerNormScale(from, values, kept, to, pixels, channels / 4);
          return dGamma;
        },
        beta: () => {
          const dBeta = backend.makeOutput([channels], 'float32');
          sumColumns(backend, addressOf(backend, dy), addressOf(backend, dBeta), pixels, channels);
          return dBeta;
        },
      };
    },
  },
});

type Places = [number, number, number, number, number];

const layerNormKernel = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D =>
  op({ x, gamma, beta }, { eps }) as tf.Tensor4D;
