/** An ONNX file from anywhere as a model that upscales: checked, tried on one tile, and run by onnxruntime. */

import type * as Ort from 'onnxruntime-web';
import { errorMessage } from '../../formats/errors.ts';
import { inspectOnnx } from '../../formats/onnx/inspect.ts';
import type { FloatImage } from '../../imaging/image.ts';
import { fillNoise } from '../../imaging/random.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import { defaultTile, type ExternalModel, externalTiling } from './external-model.ts';
import {
  arrange,
  distance,
  fromModel,
  type OnnxLayout,
  type OnnxSignature,
  probePicture,
  readSignature,
  toModel,
  type White,
} from './onnx-tiles.ts';

export interface OnnxRuntime {
  readonly ort: typeof Ort;
  /** Execution providers, best first: the next is taken if one can't start or run the model. */
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
  readonly noiseDraws = 1;
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
    return (await this.#session.run(feeds))[output];
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

/** The pixel range in a file's metadata, as this project's exports state it. */
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
