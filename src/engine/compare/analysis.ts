/** Closer looks at the input on screen: the teacher's chain, the spread over seeds, where two pictures differ. */

import * as tf from '@tensorflow/tfjs-core';
import type { BackendKind } from '../../gpu/backend.ts';
import { blendDetail } from '../../imaging/detail.ts';
import { errorMap, heatMap, PixelSpread } from '../../imaging/heat-map.ts';
import { cropReflectRgb, cropRgba8, floatToRgba8, type Rect, type Rgba8 } from '../../imaging/image.ts';
import { psnrRgb, psnrY, ssimY } from '../../imaging/metrics/fidelity.ts';
import { ssimWindow } from '../../imaging/metrics/planes.ts';
import { enlarge } from '../../imaging/resize.ts';
import { tileAround } from '../../imaging/tiling.ts';
import { upscaleChain } from '../../paper/upscale.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import {
  blendEnds,
  type CompareCommand,
  type CompareLayer,
  type CompareResult,
  type CompareScores,
  type SweepRow,
} from '../../protocol/compare.ts';
import type { Method } from '../../report/methods.ts';
import { openOnLease } from '../evaluation/methods.ts';
import type { ExternalSource } from '../external/open.ts';
import type { UserOnnxStore } from '../external/user-onnx.ts';
import type { GpuLease, RunExclusive } from '../runtime/gpu-scheduler.ts';
import type { Emit } from '../runtime/handlers.ts';
import { loadMetrics, type ShippedMetrics } from '../runtime/metrics.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { tileNoise } from '../runtime/network-tiling.ts';
import type { Files } from '../storage/files.ts';
import { upscaleImage } from '../upscale/tiled-upscale.ts';
import { judgeAll } from './critic.ts';
import type { CompareInputs, PictureCodec, PreparedPictures } from './inputs.ts';
import { measured, methodSettingsOf, type PicturePair } from './run-methods.ts';
import type { CompareTask } from './tasks.ts';

type Asked<T extends CompareCommand['type']> = Omit<Extract<CompareCommand, { readonly type: T }>, 'type'>;

/** Supplied by the realm that comparing runs in: the browser's worker, or a test's Node. */
export interface CompareEnvironment extends PictureCodec {
  readonly files: Files;
  readonly userOnnx: UserOnnxStore;
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  /** @param files the user's ONNX files, by name */
  readonly external: (backend: BackendKind, files: (name: string) => Promise<Blob>) => ExternalSource;
  readonly bitmap: (pixels: Rgba8) => Promise<ImageBitmap>;
  readonly runExclusive: RunExclusive;
}

/** Against the truth, where SSIM's window fits. */
function fidelity(picture: Rgba8, truth: Rgba8 | null): CompareScores {
  if (!truth || Math.min(truth.width, truth.height) < ssimWindow) return {};
  return { psnrRgb: psnrRgb(picture, truth), psnrY: psnrY(picture, truth), ssimY: ssimY(picture, truth) };
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, value), 0);
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

export class Analysis {
  readonly #inputs: CompareInputs;
  readonly #environment: CompareEnvironment;
  readonly #emit: Emit;
  /** Read once for as long as the results are the same; null: not yet. */
  #ends: { readonly results: readonly CompareResult[]; readonly pictures: readonly Rgba8[] } | null = null;
  #blend: Rgba8 | null = null;

  constructor(inputs: CompareInputs, environment: CompareEnvironment, emit: Emit) {
    this.#inputs = inputs;
    this.#environment = environment;
    this.#emit = emit;
  }

  async chain(prepared: PreparedPictures, at: Asked<'compare-chain'>['at'], task: CompareTask): Promise<void> {
    task.update({ method: 'resshift' });
    const { rect, steps } = await task.onEngine((lease, signal) => {
      task.update({ phase: 'running' });
      return chainAt(at, prepared, lease, signal);
    });
    const shown = await Promise.all(
      steps.map(async ({ t, psnrY, pixels }) => ({ t, psnrY, bitmap: await this.#environment.bitmap(pixels) })),
    );
    const bitmaps = shown.map(({ bitmap }) => bitmap);
    this.#emit({ type: 'compare-chained', rect, steps: shown }, bitmaps);
  }

  async sweep(prepared: PreparedPictures, { method, count }: Asked<'compare-sweep'>, task: CompareTask): Promise<void> {
    task.update({ method, total: count });
    const { rows, deviation } = await task.onEngine(async (lease, signal) => {
      const metrics = await loadMetrics(this.#environment.metrics, prepared.truth !== null);
      let started = 0;
      const onProgress = (done: number, share: number) => {
        started ||= performance.now();
        const part = (done + share) / count;
        const etaSeconds = part > 0 ? ((performance.now() - started) / 1000 / part) * (1 - part) : null;
        task.update({ phase: 'running', done, share, etaSeconds });
      };
      try {
        return await sweepSeeds(method, count, prepared, lease, { signal, metrics, onProgress });
      } finally {
        metrics.dispose();
      }
    });
    const { width, height } = prepared.lr;
    const full = Math.max(1, largest(deviation));
    const map = await this.#environment.bitmap(heatMap(deviation, width * upscaleFactor, height * upscaleFactor, full));
    this.#emit({ type: 'compare-swept', sweep: { method, rows, map, full, mean: mean(deviation) } }, [map]);
  }

  /** Answers whatever happens: the page's dial waits for it. */
  async blend(
    prepared: PreparedPictures | null,
    results: readonly CompareResult[],
    { detail }: Asked<'compare-blend'>,
  ): Promise<void> {
    let scores: CompareScores | null = null;
    try {
      scores = await this.#blended(prepared, results, detail);
    } finally {
      this.#emit({ type: 'compare-blended', detail, scores });
    }
  }

  /** Measures only what keeps up with a moving dial: LPIPS and NIQE take too long. @returns null where an end is missing */
  async #blended(
    prepared: PreparedPictures | null,
    results: readonly CompareResult[],
    detail: number,
  ): Promise<CompareScores | null> {
    if (this.#ends?.results !== results)
      this.#ends = prepared && { results, pictures: await this.#readEnds(prepared.facts.id) };
    const [faithful, detailed] = this.#ends?.pictures ?? [];
    if (!prepared || !faithful || !detailed) return null;
    const picture = blendDetail(faithful, detailed, detail);
    this.#blend = picture;
    const bitmap = await this.#environment.bitmap(picture);
    this.#emit({ type: 'compare-picture', layer: 'blend', bitmap }, [bitmap]);
    return fidelity(picture, prepared.truth);
  }

  /** None where one is missing. */
  async #readEnds(id: string): Promise<readonly Rgba8[]> {
    const pictures = await Promise.all(blendEnds.map((method) => this.#inputs.picture(id, method)));
    const there = pictures.filter((picture) => picture !== null);
    return there.length === blendEnds.length ? there : [];
  }

  async critic(prepared: PreparedPictures, layers: readonly CompareLayer[], task: CompareTask): Promise<void> {
    const pictures = new Map<CompareLayer, Rgba8>();
    for (const layer of layers) {
      const picture = await this.#picture(prepared, layer);
      if (picture) pictures.set(layer, picture);
    }
    task.update({ total: pictures.size });
    const judged = await task.onEngine((lease, signal) =>
      judgeAll(pictures, lease, signal, (done) => task.update({ phase: 'running', done })),
    );
    const judgements = await Promise.all(
      judged.map(async ({ layer, map, mean }) => ({ layer, mean, bitmap: await this.#environment.bitmap(map) })),
    );
    this.#emit(
      { type: 'compare-judged', judgements },
      judgements.map(({ bitmap }) => bitmap),
    );
  }

  async difference(prepared: PreparedPictures | null, { of, from, full }: Asked<'compare-difference'>): Promise<void> {
    if (!prepared) return;
    const [a, b] = [await this.#layer(prepared, of), await this.#layer(prepared, from)];
    if (!a || !b) return;
    const { picture, mean, most } = errorMap(a, b, full);
    const bitmap = await this.#environment.bitmap(picture);
    this.#emit({ type: 'compare-differs', of, from, full, bitmap, mean, most }, [bitmap]);
  }

  /** At the results' size; LR pictures as squares. */
  async #layer(prepared: PreparedPictures, layer: CompareLayer): Promise<Rgba8 | null> {
    const picture = await this.#picture(prepared, layer);
    const isLow = layer === 'lr' || layer === 'reference';
    return picture && isLow ? enlarge(picture, upscaleFactor, 'nearest') : picture;
  }

  async #picture({ lr, reference, truth, facts }: PreparedPictures, layer: CompareLayer): Promise<Rgba8 | null> {
    if (layer === 'truth') return truth;
    if (layer === 'lr') return lr;
    if (layer === 'reference') return reference;
    if (layer === 'blend') return this.#blend;
    return this.#inputs.picture(facts.id, layer);
  }
}

// The teacher's way: its x̂₀ at every step, of a part of the picture.

export interface TeacherChain {
  /** The part of the picture, LR pixels. */
  readonly rect: Rect;
  /** From x_T on; t is the index that x̂₀ was predicted from, counted from 1. */
  readonly steps: readonly { readonly t: number; readonly psnrY: number | null; readonly pixels: Rgba8 }[];
}

/** LR pixels a side, at the most, of what is shown: fifteen evaluations of a larger part would take long. */
const largestSide = 64;

/**
 * @param at LR position whose surroundings are shown
 * @throws one sentence when the weights have no teacher; the signal's reason
 */
export async function chainAt(
  at: { readonly x: number; readonly y: number },
  { lr, truth }: PicturePair,
  lease: GpuLease,
  signal: AbortSignal,
): Promise<TeacherChain> {
  const compute = await openOnLease('resshift', lease.backend, lease.models, methodSettingsOf(lease));
  try {
    signal.throwIfAborted();
    const { latentChannels, noiseDraws, own: networks, ready, tiling } = compute;
    const { x, y, width, height, used } = tileAround(lr, at, Math.min(ready.tile, largestSide), tiling);
    const noise = tileNoise(compute, lease.options.seed, { x, y, width, height });
    // A chain shown step by step is not replayed: it needs the memory that the probe's recording holds.
    compute.backend.trim();
    const pictures = tf.tidy(() =>
      upscaleChain(
        networks,
        tf.tensor4d(cropReflectRgb(lr, x, y, width, height).data, [1, height, width, 3]),
        tf.tensor4d(noise, [noiseDraws, height, width, latentChannels]),
        'ancestral',
      ),
    );
    const part = [used.width * upscaleFactor, used.height * upscaleFactor] as const;
    const goal = truth && cropRgba8(truth, used.x * upscaleFactor, used.y * upscaleFactor, ...part);
    const steps: TeacherChain['steps'][number][] = [];
    for (const [i, picture] of pictures.entries()) {
      const data = (await picture.data()) as Float32Array;
      picture.dispose();
      const whole = { width: width * upscaleFactor, height: height * upscaleFactor, channels: 3, data };
      const pixels = floatToRgba8(whole, (used.x - x) * upscaleFactor, (used.y - y) * upscaleFactor, ...part);
      steps.push({ t: pictures.length - i, psnrY: goal && psnrY(pixels, goal), pixels });
    }
    return { rect: used, steps };
  } finally {
    compute.dispose();
  }
}

// Seed sweep: the same picture with several seeds, and their spread at each pixel.

export interface SweepHooks {
  readonly signal: AbortSignal;
  readonly metrics: ShippedMetrics;
  /** Seeds done, and the share of the one in work. */
  readonly onProgress: (done: number, share: number) => void;
}

/**
 * @param count seeds, from that of the settings on
 * @returns a row a seed, and the standard deviation over them at each pixel, 8-bit levels
 */
async function sweepSeeds(
  method: Method,
  count: number,
  picture: PicturePair,
  lease: GpuLease,
  { signal, metrics, onProgress }: SweepHooks,
): Promise<{ rows: SweepRow[]; deviation: Float32Array }> {
  const settings = methodSettingsOf(lease);
  const compute = await openOnLease(method, lease.backend, lease.models, settings);
  try {
    const { width, height } = picture.lr;
    const spread = new PixelSpread(width * upscaleFactor, height * upscaleFactor);
    const rows: SweepRow[] = [];
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      const seed = (settings.seed + i) % 2 ** 32;
      const started = performance.now();
      const output = await upscaleImage(
        compute,
        picture.lr,
        { ...settings, method, seed },
        {
          signal,
          memoryBudget: settings.memoryBudget,
          onProgress: ({ done, total }) => onProgress(i, done / total),
        },
      );
      const ms = performance.now() - started;
      spread.add(output);
      rows.push({ seed, ms, scores: await measured(output, picture, metrics) });
    }
    return { rows, deviation: spread.variance().map(Math.sqrt) };
  } finally {
    compute.dispose();
  }
}
