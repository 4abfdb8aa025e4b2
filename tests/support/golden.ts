/** One golden file, and the list of comparisons that a check makes against it. */
import { existsSync, openAsBlob } from 'node:fs';
import { basename, extname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { openSafetensors, type SafetensorsFile } from '../../src/formats/safetensors.ts';
import { loadParams, type Params } from '../../src/nn/params.ts';
import type {
  AutoencoderConfig,
  DiffusionConfig,
  ParamShapes,
  TinyAutoencoderConfig,
  UnetConfig,
  VqAutoencoderConfig,
} from '../../src/presets/architecture.ts';
import { hashedParameter, uniform } from './hashed.ts';

export interface Comparison {
  readonly name: string;
  /** Largest |Δ| relative to the reference's largest magnitude. */
  readonly error: number;
  readonly tolerance: number;
}

export const tolerances = { forward: 1e-4, fullSize: 5e-4, gradient: 1e-3, table: 1e-6 } as const;

/**
 * A bias right before a GroupNorm of one channel a group has no effect, so its gradient is rounding noise: gradients this
 * far below the network's largest are measured against this magnitude instead of their own.
 */
export const gradientFloor = (norms: Readonly<Record<string, number>>): number =>
  1e-4 * Math.max(...Object.values(norms));

/** A tensor's values in NCHW order. */
export async function nchw(tensor: tf.Tensor): Promise<Float32Array> {
  const ordered = tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tf.clone(tensor);
  const values = (await ordered.data()) as Float32Array;
  ordered.dispose();
  return values;
}

/** NCHW values as an NHWC tensor. */
export function fromNchw(values: Float32Array, shape: readonly number[]): tf.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, shape as [number, number, number, number]), [0, 2, 3, 1]));
}

/** Parameters from files, in the place of hashed ones. @param salt what they would be hashed with: it names the network */
export type WeightReader = (shapes: ParamShapes, salt: string) => Promise<Params>;

const hashed: WeightReader = (shapes, salt) =>
  loadParams(shapes, async (name) => hashedParameter(salt, name, shapes.get(name) ?? []));

export class Golden {
  /** Salt of the hashes that make weights and inputs: its metadata's `salt`, else the file's name. */
  readonly name: string;
  readonly #file: SafetensorsFile;
  readonly #weights: WeightReader;
  readonly #used = new Set<string>();
  readonly rows: Comparison[] = [];

  private constructor(name: string, file: SafetensorsFile, weights: WeightReader) {
    this.name = name;
    this.#file = file;
    this.#weights = weights;
  }

  static async open(path: string, weights: WeightReader = hashed): Promise<Golden> {
    if (!existsSync(path)) throw new Error('there is no such file.');
    const file = await openSafetensors(await openAsBlob(path));
    const { salt } = file.metadata;
    return new Golden(salt === undefined ? basename(path, extname(path)) : JSON.parse(salt), file, weights);
  }

  has = (name: string) => this.#file.entries.has(name);
  names = () => [...this.#file.entries.keys()];
  hasMetadata = (key: string) => this.#file.metadata[key] !== undefined;

  metadata<T>(key: string): T {
    const text = this.#file.metadata[key];
    if (text === undefined) throw new Error(`${this.name}: no "${key}" in its metadata.`);
    return JSON.parse(text) as T;
  }

  unetConfig = (key: string) => this.metadata<UnetConfig>(key);
  diffusionConfig = () => this.metadata<DiffusionConfig>('diffusion');

  autoencoderConfig(key: string, shapesKey: string): AutoencoderConfig {
    const { kind } = this.metadata<{ kind?: string }>(key);
    return kind === 'tiny' ? this.metadata<TinyAutoencoderConfig>(key) : this.vqConfig(key, shapesKey);
  }

  /** The public configuration names no codebook or embedding size; the parameters' shapes do. */
  vqConfig(key: string, shapesKey: string): VqAutoencoderConfig {
    const shapes = this.metadata<Record<string, number[]>>(shapesKey);
    return {
      ...this.metadata<VqAutoencoderConfig>(key),
      kind: 'vq',
      n_embed: shapes['quantize.embedding.weight']?.[0] ?? null,
      embed_dim: shapes['quant_conv.weight']?.[0] ?? 0,
    };
  }

  /** Compares our parameter list with the file's, if it has one, then fills every parameter: from its hash, unless weights were given. */
  async params(shapes: ParamShapes, salt: string, shapesKey?: string): Promise<Params> {
    if (shapesKey) {
      const theirs = new Map(Object.entries(this.metadata<Record<string, number[]>>(shapesKey)));
      const differing = [...theirs].filter(([name, shape]) => shapes.get(name)?.join() !== shape.join());
      if (differing.length > 0 || theirs.size !== shapes.size) {
        throw new Error(
          `${this.name}: our parameters differ from its list, first at "${differing[0]?.[0] ?? 'an extra one of ours'}".`,
        );
      }
    }
    return this.#weights(shapes, salt);
  }

  /** The input `NAME#suffix`, NCHW shape, as an NHWC tensor. */
  input(suffix: string, shape: readonly number[], scale: number): tf.Tensor4D {
    const count = shape.reduce((product, n) => product * n, 1);
    return fromNchw(uniform(`${this.name}#${suffix}`, count, scale), shape);
  }

  shape = (name: string): readonly number[] => this.#file.entries.get(name)?.shape ?? [];
  async reference(name: string): Promise<Float32Array> {
    this.#used.add(name);
    return this.#file.readFloat32(name);
  }
  /** A small tensor's values as they are stored, without a rounding to float32. */
  async numbers(name: string): Promise<number[]> {
    this.#used.add(name);
    return Array.from(await this.#file.readRaw(name), Number);
  }
  /** The file's tensors that no check has read. */
  unused = () => this.names().filter((name) => !this.#used.has(name));

  /** @param floor least magnitude to measure against, for tensors that are nothing but rounding noise */
  compare(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number, floor = 0): void {
    let largest = floor;
    let difference = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < theirs.length; i++) {
      largest = Math.max(largest, Math.abs(theirs[i]));
      const delta = Math.abs(ours[i] - theirs[i]);
      difference = Math.max(difference, delta);
    }
    // A NaN would pass every comparison with a tolerance: make it an error of its own.
    const error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / (largest || 1);
    this.rows.push({ name, error, tolerance });
  }

  async compareTensor(name: string, tensor: tf.Tensor, tolerance: number): Promise<void> {
    this.compare(name, await nchw(tensor), await this.reference(name), tolerance);
  }

  /** L2 norms by parameter name; a norm that is rounding noise itself is measured against the largest. */
  compareNorms(
    name: string,
    ours: ReadonlyMap<string, number>,
    theirs: Readonly<Record<string, number>>,
    tolerance: number,
  ): void {
    const names = Object.keys(theirs);
    const floor = gradientFloor(theirs);
    let error = names.length === ours.size ? 0 : Number.POSITIVE_INFINITY;
    for (const key of names) {
      const [mine, other] = [ours.get(key) ?? Number.NaN, theirs[key]];
      const relative = Math.abs(mine - other) / Math.max(other, floor);
      error = Math.max(error, relative);
    }
    this.rows.push({ name, error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, tolerance });
  }
}
