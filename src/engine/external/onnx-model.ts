/** An ONNX file from anywhere as a model that upscales: checked, tried on one tile, and run by onnxruntime. */

import type * as Ort from 'onnxruntime-web';
import { errorMessage } from '../../formats/errors.ts';
import { floatToHalf, halfToFloat } from '../../formats/half.ts';
import { inspectOnnx } from '../../formats/onnx/inspect.ts';
import type { FloatImage } from '../../imaging/image.ts';
import { fillNoise } from '../../imaging/noise-field.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import { defaultTile, type ExternalModel, externalTiling } from './external-model.ts';

export interface OnnxRuntime {
  readonly ort: typeof Ort;
  /** What to run on, best first: the next is taken where one can't start or run the model. */
  readonly providers: readonly ('webgpu' | 'wasm')[];
}

/** The model is of a kind that is not run here, wherever it would run. */
class Refusal extends Error {}

/** An output this far from the probe (root mean square, of [−1, 1]) shows something else, or in another range. */
const farthest = 0.3;
/** This near, no other range has to be tried. */
const near = 0.1;

const message = (error: unknown) => errorMessage(error).split('\n')[0] ?? '';

/** @throws Refusal when the output is not the tile four times as large */
function outputLayout(dims: readonly number[], side: number): OnnxLayout {
  const wanted = side * upscaleFactor;
  const found = `[${dims.join(', ')}]`;
  const [batch, a, b, c] = dims;
  const layout = a === 3 ? 'NCHW' : c === 3 ? 'NHWC' : null;
  if (dims.length !== 4 || batch !== 1 || !layout)
    throw new Refusal(
      `The model can't upscale pictures here: expected an output [1, 3, ${wanted}, ${wanted}]; it gives ${found}.`,
    );
  const [height, width] = layout === 'NCHW' ? [b, c] : [a, b];
  if (height === wanted && width === wanted) return layout;
  const times = height === width ? `${Math.round(((height as number) / side) * 100) / 100} times` : 'by other amounts';
  throw new Refusal(
    `Only models that enlarge ${upscaleFactor} times can be compared; this one enlarges ${times} (${side} px to ${found}).`,
  );
}

class OnnxModel implements ExternalModel {
  readonly tile: number;
  readonly tiling = externalTiling;
  readonly parameters = null;
  readonly licence: string | null;
  readonly source: string | null;
  readonly device: string;
  readonly #ort: typeof Ort;
  readonly #session: Ort.InferenceSession;
  readonly #signature: OnnxSignature;
  #white: { readonly input: White; readonly output: White } = { input: 1, output: 1 };
  #layout: OnnxLayout = 'NCHW';

  constructor(
    ort: typeof Ort,
    session: Ort.InferenceSession,
    provider: OnnxRuntime['providers'][number],
    metadata: Readonly<Record<string, string>>,
    tile: number,
  ) {
    const { inputMetadata, outputMetadata } = session;
    try {
      this.#signature = readSignature(inputMetadata, outputMetadata);
    } catch (error) {
      throw new Refusal(message(error));
    }
    this.#ort = ort;
    this.#session = session;
    this.tile = this.#signature.side ?? tile;
    this.licence = metadata.licence ?? metadata.license ?? null;
    this.source = metadata.source ?? metadata.author ?? null;
    this.device = provider === 'webgpu' ? 'WebGPU' : 'WebAssembly';
  }

  get latentChannels(): number {
    return this.#signature.noise?.channels ?? 0;
  }

  async runTile(lr: FloatImage, noise: Float32Array): Promise<Float32Array> {
    const output = await this.#run(lr.data, noise, this.#white.input);
    const tile = fromModel(output.data as ArrayLike<number>, this.#layout, this.#white.output);
    if (!Number.isFinite(tile[0]) || !Number.isFinite(tile[tile.length >> 1]))
      throw new Error('The model gave values that are no numbers.');
    return tile;
  }

  async #run(lr: Float32Array, noise: Float32Array, white: White): Promise<Ort.Tensor> {
    const { image, noise: noiseInput, output } = this.#signature;
    const side = this.tile;
    const dims = image.layout === 'NCHW' ? [1, 3, side, side] : [1, side, side, 3];
    const data = toModel(lr, image.layout, image.type, white);
    const feeds: Record<string, Ort.Tensor> = {
      [image.name]: new this.#ort.Tensor(image.type, data as Float32Array, dims),
    };
    if (noiseInput) {
      const planes = arrange(noise, noiseInput.channels, 'NCHW');
      feeds[noiseInput.name] = new this.#ort.Tensor('float32', planes, [1, noiseInput.channels, side, side]);
    }
    return (await this.#session.run(feeds))[output] as Ort.Tensor;
  }

  /**
   * Runs one tile: the output's size is checked, and the range of values found that makes it look like the input.
   * @param declared what the file says of its range; null: nothing
   */
  async probe(declared: White | null): Promise<void> {
    const side = this.tile;
    const lr = probePicture(side);
    const noise = new Float32Array(side * side * this.latentChannels);
    fillNoise(noise, 0, 0, 0, side, side, this.latentChannels);
    const ranges = (type: string): readonly White[] => (declared ? [declared] : type === 'uint8' ? [255] : [1, 255]);
    let best = Number.POSITIVE_INFINITY;
    for (const input of ranges(this.#signature.image.type)) {
      const { dims, data, type } = await this.#run(lr, noise, input);
      this.#layout = outputLayout(dims, side);
      for (const output of ranges(type)) {
        const apart = distance(lr, fromModel(data as ArrayLike<number>, this.#layout, output), side);
        if (apart >= best) continue;
        best = apart;
        this.#white = { input, output };
      }
      if (best < near) return;
    }
    if (declared || best < farthest) return;
    throw new Refusal(
      `The model can't upscale pictures here: expected RGB in [0, 1] or [0, 255]; its output has little to do with its input (${best.toFixed(2)} apart, of 2).`,
    );
  }

  dispose(): void {
    void this.#session.release();
  }
}

/** What a file says of its range in its metadata, as this project's exports do. */
function declaredRange({ input_range: range }: Readonly<Record<string, string>>): White | null {
  if (range === '[0, 1]') return 1;
  return range === '[0, 255]' ? 255 : null;
}

/**
 * @param tile LR pixels a side for models that take any size; 'auto' for the usual one
 * @throws one sentence saying what was expected and what was found
 */
export async function openOnnxModel(
  file: Blob,
  runtime: OnnxRuntime,
  tile: number | 'auto' = 'auto',
): Promise<ExternalModel> {
  const { metadata } = await inspectOnnx(file);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const failures: string[] = [];
  for (const provider of runtime.providers) {
    let session: Ort.InferenceSession | undefined;
    try {
      session = await runtime.ort.InferenceSession.create(bytes, { executionProviders: [provider] });
      const model = new OnnxModel(runtime.ort, session, provider, metadata, tile === 'auto' ? defaultTile : tile);
      await model.probe(declaredRange(metadata));
      return model;
    } catch (error) {
      void session?.release();
      if (error instanceof Refusal) throw error;
      failures.push(`${provider}: ${message(error)}`);
    }
  }
  const why = failures.join('; ');
  if (/external data|external_data/i.test(why))
    throw new Error(
      'The model keeps its weights in a second file: save it as one file (onnx.save without external data).',
    );
  throw new Error(`onnxruntime can't run the model (${why}).`);
}

/** What an ONNX model takes, read from the runtime's description of it and checked before anything runs. */

/** As onnxruntime describes an input or output; a length that is free comes as a name. */
export interface TensorDescription {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export type PixelType = 'float32' | 'float16' | 'uint8';
export type OnnxLayout = 'NCHW' | 'NHWC';

export interface OnnxSignature {
  readonly image: { readonly name: string; readonly type: PixelType; readonly layout: OnnxLayout };
  /** Pixels a side that the model wants; null: any. */
  readonly side: number | null;
  /** A second input as this project's own exports have it: standard normals, NCHW, this many channels. */
  readonly noise: { readonly name: string; readonly channels: number } | null;
  readonly output: string;
}

const pixelTypes: readonly string[] = ['float32', 'float16', 'uint8'] satisfies PixelType[];

const expected =
  'expected one picture: a float32, float16 or uint8 tensor [1, 3, height, width] or [1, height, width, 3]';

const describe = ({ name, type, shape }: TensorDescription) =>
  `"${name}", ${type ?? 'no tensor'}${shape ? ` [${shape.join(', ')}]` : ''}`;

const isFree = (length: number | string | undefined) => typeof length === 'string' || (length ?? 0) < 1;

function layoutOf(shape: readonly (number | string)[]): OnnxLayout | null {
  if (shape[1] === 3) return 'NCHW';
  return shape[3] === 3 ? 'NHWC' : null;
}

/** @throws one sentence saying what was expected and what the model has */
export function readSignature(
  inputs: readonly TensorDescription[],
  outputs: readonly TensorDescription[],
): OnnxSignature {
  const refuse = (found: string): never => {
    throw new Error(`The model can't upscale pictures here: ${expected}; it has ${found}.`);
  };
  const all = inputs.map(describe).join(' and ');
  const noise = inputs.length === 2 ? inputs.find(({ name }) => name === 'noise') : undefined;
  const image = inputs.find((input) => input !== noise);
  if (!image || inputs.length > (noise ? 2 : 1)) return refuse(`${inputs.length} inputs (${all})`);

  const { type = '', shape = [] } = image;
  const layout = layoutOf(shape);
  const fits =
    image.isTensor && pixelTypes.includes(type) && shape.length === 4 && (isFree(shape[0]) || shape[0] === 1);
  if (!fits || !layout) return refuse(`the input ${describe(image)}`);
  const [height, width] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
  const side = isFree(height) ? (isFree(width) ? null : width) : height;
  if (!isFree(height) && !isFree(width) && height !== width)
    return refuse(`a fixed size of ${width} × ${height} px, and only square tiles are cut here`);

  const channels = noise?.shape?.[1];
  if (noise && !(noise.type === 'float32' && noise.shape?.length === 4 && typeof channels === 'number' && channels > 0))
    return refuse(`a noise input of another kind (${describe(noise)})`);

  const [output] = outputs;
  if (!output || outputs.length > 1)
    return refuse(`${outputs.length} outputs (${outputs.map(describe).join(' and ')})`);
  return {
    image: { name: image.name, type: type as PixelType, layout },
    side: side as number | null,
    noise: noise ? { name: noise.name, channels: channels as number } : null,
    output: output.name,
  };
}

/** Tiles in the shapes that models want, and back. Ours are HWC in [−1, 1]. */

/** What white is: 1 or 255; black is 0. */
export type White = 1 | 255;

export type PixelData = Float32Array | Uint16Array | Uint8Array;

/** @returns for each position of the layout, where that value lies in HWC */
function position(layout: OnnxLayout, places: number, channels: number): (i: number) => number {
  if (layout === 'NHWC') return (i) => i;
  return (i) => (i % places) * channels + Math.floor(i / places);
}

/** Values in the layout, not scaled. */
export function arrange(values: Float32Array, channels: number, layout: OnnxLayout): Float32Array {
  const from = position(layout, values.length / channels, channels);
  return Float32Array.from(values, (_, i) => values[from(i)] as number);
}

/** A tile as a model's input; float16 as bit patterns. */
export function toModel(tile: Float32Array, layout: OnnxLayout, type: PixelType, white: White): PixelData {
  const scaled = arrange(tile, 3, layout).map((value) => ((value + 1) / 2) * white);
  if (type === 'float32') return scaled;
  return type === 'float16' ? floatToHalf(scaled) : Uint8Array.from(scaled, Math.round);
}

/** A model's output as a tile in [−1, 1], clamped. NaN stays, to be seen. */
export function fromModel(output: ArrayLike<number>, layout: OnnxLayout, white: White): Float32Array {
  const values = output instanceof Uint16Array ? halfToFloat(output) : output;
  const to = position(layout, values.length / 3, 3);
  const tile = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    tile[to(i)] = Math.min(1, Math.max(-1, ((values[i] as number) / white) * 2 - 1));
  }
  return tile;
}

/** Soft ramps with a step: neither flat, nor fine enough to be changed much by enlarging. HWC in [−1, 1]. */
export function probePicture(side: number): Float32Array {
  const picture = new Float32Array(side * side * 3);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = [x / Math.max(1, side - 1), y / Math.max(1, side - 1)];
      for (const value of [across, down, x < side / 2 ? 0.3 : 0.7]) picture[i++] = 1.4 * value - 0.7;
    }
  }
  return picture;
}

/** Root mean square of the difference between a tile and its enlargement brought back by means over 4 × 4; of [−1, 1]. */
export function distance(tile: Float32Array, enlarged: Float32Array, side: number): number {
  let sum = 0;
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++, i++) {
        let mean = 0;
        for (let k = 0; k < 16; k++) {
          mean += (enlarged[((4 * y + (k >> 2)) * 4 * side + 4 * x + (k & 3)) * 3 + c] as number) / 16;
        }
        sum += (mean - (tile[i] as number)) ** 2;
      }
    }
  }
  return Math.sqrt(sum / tile.length);
}
