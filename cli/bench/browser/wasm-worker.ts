/// <reference path="../../../src/engine/vite-env.d.ts" />
/**
 * The rate of arithmetic of a tile of the shipped student, and of its U-Net's gradient, beside that of a bare chain of
 * convolutions, in turns on the same threads of WebAssembly. It runs in a worker, as the app's engine does.
 */

import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { httpModelSource } from '../../../src/engine/runtime/model-source.ts';
import { UpscaleEngine } from '../../../src/engine/runtime/upscale-engine.ts';
import { openBackend } from '../../../src/gpu/backend.ts';
import { withKernels } from '../../../src/gpu/custom-op.ts';
import { computedSide } from '../../../src/imaging/tiling.ts';
import { autoencoderMacs, unetMacs } from '../../../src/nn/cost/macs.ts';
import { unetSwin } from '../../../src/nn/unet.ts';
import { type ModelPreset, type PresetName, presets } from '../../../src/presets/presets.ts';
import { uniform } from '../../../tests/support/hashed.ts';

export interface RatesRequest {
  /** null: one a logical core. */
  readonly threads: number | null;
  readonly preset: PresetName;
  /** LR pixels a side, without what is computed around them. */
  readonly tile: number;
  readonly repeats: number;
}

export interface Rates {
  readonly threads: number;
  readonly chain: Times;
  readonly works: readonly Work[];
}

interface Work {
  readonly name: string;
  /** LR pixels a side that are computed. */
  readonly side: number;
  readonly times: Times;
}

/** Of the repeats. GFLOP/s count two for each multiplication with addition. */
export interface Times {
  readonly leastMs: number;
  readonly medianMs: number;
  readonly gflops: { readonly best: number; readonly median: number };
}

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
};

/** @param times milliseconds of each repeat */
function timesOf(times: readonly number[], flops: number): Times {
  const sorted = [...times].sort((a, b) => a - b);
  const [leastMs, medianMs] = [sorted[0], sorted[sorted.length >> 1]] as [number, number];
  return { leastMs, medianMs, gflops: { best: flops / leastMs / 1e6, median: flops / medianMs / 1e6 } };
}

/** Times that nothing is kept of: until then the browser compiles. */
const warmUps = 3;

/** Side of the chain's map, its channels, and how many convolutions it has. */
const [chainSide, chainChannels, chainLength] = [64, 64, 16];
const chainFlops = 2 * chainLength * chainSide ** 2 * 9 * chainChannels ** 2;

/** 3×3 convolutions with bias and SiLU in tfjs's own ops and kernels. @returns runs it once */
function bareChain(): () => void {
  const filters = Array.from({ length: chainLength }, (_, i) =>
    tf.tensor4d(uniform(`filter ${i}`, 9 * chainChannels ** 2, 0.05), [3, 3, chainChannels, chainChannels]),
  );
  const bias = tf.zeros<tf.Rank.R1>([chainChannels]);
  const x = tf.tensor4d(uniform('map', chainSide ** 2 * chainChannels, 1), [1, chainSide, chainSide, chainChannels]);
  const layer = (map: tf.Tensor4D, filter: tf.Tensor4D) =>
    tf.tidy(() => {
      const sums = tf.fused.conv2d({ x: map, filter, bias, strides: 1, pad: 'same' });
      return tf.mul(sums, tf.sigmoid(sums)) as tf.Tensor4D;
    });
  const run = () => {
    const end = filters.reduce((map, filter) => {
      const next = layer(map, filter);
      if (map !== x) map.dispose();
      return next;
    }, x);
    end.dispose();
  };
  return () => withKernels('stock', run);
}

/** A tile with what is computed around it. */
function tileOf(engine: UpscaleEngine, { autoencoder, unet }: ModelPreset) {
  const side = computedSide(engine.tiling, engine.ready.tile);
  const { encode, decode } = autoencoderMacs(autoencoder, side, side);
  const lr = { width: side, height: side, channels: 3, data: uniform('picture', side * side * 3, 1) };
  const noise = uniform('noise', engine.noiseDraws * side * side * engine.latentChannels, 1.7);
  return {
    name: 'a tile',
    side,
    flops: 2 * (encode + unetMacs(unet, side, side) + decode),
    run: () => engine.runTile(lr, noise, 'wavelet'),
  };
}

/** The U-Net's forward pass and its gradients by input and parameters, each of which takes as many products again. */
function gradientOf(engine: UpscaleEngine, { unet }: ModelPreset, side: number) {
  const { params } = engine.own.unet;
  const map = (name: string, channels: number) =>
    tf.tensor4d(uniform(name, side ** 2 * channels, 1), [1, side, side, channels]);
  const [x, lr] = [map('latent', unet.in_channels), map('picture', 3)];
  const gradients = tf.grads((input, ...tensors) => {
    const own = params.with(new Map(params.names.map((name, i) => [name, tensors[i] as tf.Tensor])));
    return tf.mean(tf.square(unetSwin(own, unet, input as tf.Tensor4D, [14], lr)));
  });
  return {
    name: 'U-Net and its gradients',
    side,
    flops: 3 * 2 * unetMacs(unet, side, side),
    run: () =>
      // Parameters are new tensors each time, as they are after an update: nothing is known of them from the last one.
      tf.tidy(() => void gradients([x, ...params.names.map((name) => tf.mul(params.get(name), 1))])),
  };
}

async function measure({ threads, preset, tile, repeats }: RatesRequest): Promise<Rates> {
  // The backend starts a thread for each core that the navigator tells of.
  if (threads !== null) Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads, configurable: true });
  const root = new URL('/', location.href);
  const engine = await UpscaleEngine.open(
    {
      openBackend: (kind) => openBackend({ kind, gpu: undefined, wasmPaths }),
      models: (name) =>
        httpModelSource(new URL(`models/${name}`, root).href, { get: async () => null, put: async () => {} }),
    },
    { backend: 'wasm', preset, method: 'auto', tile, memoryBudget: 2 ** 31 },
    () => {},
  );
  const used = presets[preset];
  const chain = { run: bareChain(), flops: chainFlops, times: [] as number[] };
  const works = [tileOf(engine, used), gradientOf(engine, used, tile)].map((work) => ({
    ...work,
    times: [] as number[],
  }));
  const time = async ({ times, run }: { readonly times: number[]; run(): unknown }) => {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  };
  for (let repeat = 0; repeat < warmUps + repeats; repeat++) {
    for (const work of works) {
      await time(chain);
      await time(work);
    }
  }
  return {
    threads: engine.backend.threads,
    chain: timesOf(chain.times.slice(warmUps * works.length), chain.flops),
    works: works.map(({ name, side, flops, times }) => ({ name, side, times: timesOf(times.slice(warmUps), flops) })),
  };
}

/** Answers with the rates, or with why there are none. */
self.onmessage = ({ data }: MessageEvent<RatesRequest>) => {
  measure(data).then(
    (rates) => self.postMessage({ rates }),
    (error) => self.postMessage({ error: String(error) }),
  );
};
