/**
 * An upscaler as an ONNX file: bicubic ×4, encoder, one evaluation of the student (or all steps of the teacher) and decoder
 * in one graph, recorded while the code of `upscaleTile` runs. The tile's size is fixed, as it is in a session here.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type ValueInfo, writeOnnx } from '../../formats/onnx/model.ts';
import { fillNoise } from '../../imaging/random.ts';
import { autoencoderParamShapes } from '../../nn/autoencoder.ts';
import { fromTorch, Params } from '../../nn/params.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import { buildSchedule } from '../../paper/schedule.ts';
import { upscaleTile } from '../../paper/upscale.ts';
import { latentChannels, type ParamShapes, upscaleFactor } from '../../presets/architecture.ts';
import type { Method, MethodRequest } from '../../report/methods.ts';
import type { KnownFile, ModelSource } from '../runtime/model-source.ts';
import { tilingOf } from '../runtime/network-tiling.ts';
import { findAutoencoder, findUpscaler, openNetworkFile, samplingOf } from '../runtime/networks.ts';
import { record } from './kernels.ts';
import type { Recorder } from './recorder.ts';

export interface ExportOptions {
  readonly method: MethodRequest;
  /** LR pixels a side; a multiple of what the network's windows need. */
  readonly tile: number;
  /** Precision of stored parameters; they are computed with as float32 either way. */
  readonly weights: 'float32' | 'float16';
  /**
   * Null: the noise is an input. A seed: the noise of that seed at the picture's top left stands in the file, which then has
   * one input, as tools for upscalers expect.
   */
  readonly noiseSeed: number | null;
}

export interface ExportedModel {
  readonly file: Blob;
  readonly method: Method;
  readonly tile: number;
}

/** Names of the graph's inputs and its output. */
const graphNames = { image: 'image', noise: 'noise', output: 'upscaled' } as const;

type Arrays = ReadonlyMap<string, Float32Array>;

export interface ExportHooks {
  readonly signal?: AbortSignal;
  /** Parameter tensors read, of all; the graph is recorded once all are. */
  readonly onProgress?: (done: number, total: number) => void;
}

async function readArrays(
  source: ModelSource,
  entry: KnownFile,
  shapes: ParamShapes,
  read: () => void,
): Promise<Arrays> {
  const file = await openNetworkFile(await source.file(entry, () => {}), shapes, entry.name);
  const arrays = new Map<string, Float32Array>();
  for (const name of shapes.keys()) {
    arrays.set(name, await file.readFloat32(name));
    read();
  }
  return arrays;
}

function recordParams(recorder: Recorder, part: string, shapes: ParamShapes, arrays: Arrays): Params {
  const tensors = [...shapes].map(([name, shape]): [string, tf.Tensor] => {
    const tensor = fromTorch(name, shape, arrays.get(name) as Float32Array);
    recorder.label(tensor, `${part}.${name}`);
    return [name, tensor];
  });
  return new Params(new Map(tensors));
}

function noiseOf(seed: number, tile: number, channels: number): Float32Array {
  const noise = new Float32Array(tile * tile * channels);
  fillNoise(noise, seed, 0, 0, tile, tile, channels);
  return noise;
}

/**
 * Inputs: `image` [1, 3, tile, tile], RGB in [0, 1], and `noise` [1, C, tile, tile], standard normals, unless it was fixed.
 * Output: `upscaled` [1, 3, 4·tile, 4·tile], RGB in [0, 1].
 * @throws one sentence when the weights lack the method or the tile doesn't suit it; the signal's reason
 */
export async function exportUpscaler(
  source: ModelSource,
  options: ExportOptions,
  { signal, onProgress }: ExportHooks = {},
): Promise<ExportedModel> {
  const { tile, weights, noiseSeed } = options;
  const manifest = await source.manifest();
  const aeFile = findAutoencoder(manifest);
  const unetFile = findUpscaler(manifest, options.method);
  // One picture of noise is the file's input: the teacher's chain takes no other.
  const sampling = samplingOf(unetFile.method === 'resshift' ? 'resshift-det' : unetFile.method);
  const tiling = tilingOf(aeFile.config, unetFile.config, sampling);
  if (tile < tiling.align || tile % tiling.align !== 0)
    throw new Error(`A tile of ${tile} px does not suit this network: it must be a multiple of ${tiling.align} px.`);
  const aeShapes = autoencoderParamShapes(aeFile.config);
  const unetShapes = unetParamShapes(unetFile.config);
  const total = aeShapes.size + unetShapes.size;
  let done = 0;
  const read = () => {
    signal?.throwIfAborted();
    onProgress?.(++done, total);
  };
  const aeArrays = await readArrays(source, aeFile, aeShapes, read);
  const unetArrays = await readArrays(source, unetFile, unetShapes, read);
  // Lets a waiting cancel in: recording can't be stopped.
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();

  const channels = latentChannels(aeFile.config);
  const side = tile * upscaleFactor;
  const image: ValueInfo = {
    name: graphNames.image,
    type: 'float32',
    shape: [1, 3, tile, tile],
    description: 'LR picture, RGB in [0, 1], planes of rows',
  };
  const noise: ValueInfo = {
    name: graphNames.noise,
    type: 'float32',
    shape: [1, channels, tile, tile],
    description: 'Standard normals; the same noise gives the same picture',
  };
  const output: ValueInfo = {
    name: graphNames.output,
    type: 'float32',
    shape: [1, 3, side, side],
    description: `The picture ${upscaleFactor} times as wide and high, RGB in [0, 1]`,
  };

  const graph = record(weights === 'float16', (recorder) => {
    const networks = {
      autoencoder: { config: aeFile.config, params: recordParams(recorder, 'autoencoder', aeShapes, aeArrays) },
      unet: { config: unetFile.config, params: recordParams(recorder, 'unet', unetShapes, unetArrays) },
      schedule: buildSchedule(unetFile.diffusion ?? manifest.diffusion),
    };
    const [half, one, two] = [0.5, 1, 2].map((value) => recorder.floats([value], [])) as [string, string, string];
    const pixels = recorder.one('Sub', [recorder.one('Mul', [image.name, two]), one]);
    const y = recorder.input([1, tile, tile, 3], pixels);
    const epsilon =
      noiseSeed === null
        ? recorder.input([1, tile, tile, channels], noise.name)
        : tf.tensor4d(noiseOf(noiseSeed, tile, channels), [1, tile, tile, channels]);
    const upscaled = upscaleTile(networks, y, epsilon, sampling);
    const halved = recorder.one('Add', [recorder.one('Mul', [recorder.first(upscaled), half]), half]);
    return recorder.graph({ [output.name]: halved });
  });

  const inputs = noiseSeed === null ? [image, noise] : [image];
  const facts = Object.entries({
    preset: manifest.preset,
    method: unetFile.method,
    scale: String(upscaleFactor),
    tile: String(tile),
    tile_alignment: String(tiling.align),
    tile_context: String(tiling.join === 'context' ? tiling.context : 0),
    weights,
    noise: noiseSeed === null ? 'input' : `fixed, seed ${noiseSeed}`,
    input_range: '[0, 1]',
    output_range: '[0, 1]',
    colour: 'RGB',
    licence: manifest.licence,
    source: `CoSR Playground, ${manifest.preset} weights of ${manifest.created}`,
    autoencoder_sha256: aeFile.sha256,
    unet_sha256: unetFile.sha256,
  });
  const file = writeOnnx({
    name: `${manifest.preset}-${unetFile.method}`,
    description: `Super-resolution ×${upscaleFactor}: ${unetFile.method} of the CoSR Playground, ${manifest.preset} weights, tiles of ${tile} px.`,
    ...graph,
    inputs,
    outputs: [output],
    metadata: Object.fromEntries(facts),
  });
  return { file, method: unetFile.method, tile };
}
