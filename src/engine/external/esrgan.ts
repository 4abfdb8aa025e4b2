/**
 * UpscalerJS's ESRGAN models ×4 (MIT, Kevin Scott): Keras networks in tfjs's layers format, run by tfjs-layers on the
 * backend that is active. Their two layers that Keras has not are written here from what they do.
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { FormatError } from '../../formats/errors.ts';
import { watchPeakBytes } from '../../gpu/counters.ts';
import { floatImage } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { EsrganName } from '../../report/methods.ts';
import type { OutsideNetwork } from '../runtime/open-networks.ts';
import { defaultTile, type ExternalModel, externalTiling } from './external-model.ts';

/** The files of one model's ×4 folder. */
export interface EsrganFiles {
  /** `model.json`, parsed. */
  readonly model: unknown;
  /** Another file beside it. */
  file(name: string): Promise<ArrayBuffer>;
}

/** The value of white to each: residual dense networks were trained on bytes, the RRDN on [0, 1]. */
const white: Readonly<Record<EsrganName, number>> = { 'esrgan-slim': 255, 'esrgan-medium': 255, 'esrgan-thick': 1 };

interface ModelJson {
  readonly format: string;
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: tf.io.WeightsManifestEntry[];
  }[];
}

function checked(model: unknown): ModelJson {
  const json = model as Partial<ModelJson> | null;
  const { format, modelTopology, weightsManifest } = json ?? {};
  const paths = Array.isArray(weightsManifest) ? weightsManifest.flatMap((group) => group?.paths) : [];
  const isPlain = paths.length > 0 && paths.every((path) => typeof path === 'string' && /^[\w.-]+\.bin$/.test(path));
  if (format !== 'layers-model' || typeof modelTopology !== 'object' || !isPlain)
    throw new FormatError('The ESRGAN’s model.json is damaged: it does not describe a tfjs layers model.');
  return json as ModelJson;
}

async function weightData({ weightsManifest }: ModelJson, files: EsrganFiles): Promise<ArrayBuffer> {
  const parts = await Promise.all(weightsManifest.flatMap(({ paths }) => paths.map((path) => files.file(path))));
  const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const wanted = weightsManifest
    .flatMap(({ weights }) => weights)
    .reduce((sum, { shape }) => sum + 4 * shape.reduce((product, n) => product * n, 1), 0);
  if (bytes !== wanted)
    throw new FormatError(`The ESRGAN’s weights have ${bytes} bytes where its model.json needs ${wanted}.`);
  return new Blob(parts).arrayBuffer();
}

let registered = false;

/** Layers by the names that the models use. tfjs knows custom layers by name only, once for all. */
function registerLayers({ layers }: typeof Layers): void {
  if (registered) return;
  registered = true;
  const single = (inputs: tf.Tensor | tf.Tensor[]) => (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
  type Config = ConstructorParameters<typeof layers.Layer>[0];
  class MultiplyBeta extends layers.Layer {
    static className = 'MultiplyBeta';
    readonly #beta: number;
    constructor(config: Config & { readonly beta: number }) {
      super(config);
      this.#beta = config.beta;
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul(single(inputs), this.#beta);
    }
  }
  class PixelShuffle4x extends layers.Layer {
    static className = 'PixelShuffle4x';
    override computeOutputShape([batch]: Layers.Shape): Layers.Shape {
      return [batch ?? null, null, null, 3];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.depthToSpace(single(inputs), upscaleFactor, 'NHWC');
    }
  }
  for (const layer of [MultiplyBeta, PixelShuffle4x]) tf.serialization.registerClass(layer as never);
}

/** @throws one sentence when its files are damaged */
async function loadEsrgan(
  name: EsrganName,
  files: EsrganFiles,
): Promise<Pick<OutsideNetwork, 'parameters' | 'enlarge' | 'dispose'>> {
  const layers = await import('@tensorflow/tfjs-layers');
  registerLayers(layers);
  const json = checked(files.model);
  const network = await layers.loadLayersModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: await weightData(json, files),
    }),
  });
  return {
    parameters: network.countParams(),
    enlarge(lr) {
      const enlarged = network.predict(tf.mul(tf.add(lr, 1), white[name] / 2)) as tf.Tensor4D;
      return tf.clipByValue(tf.sub(tf.mul(enlarged, 2 / white[name]), 1), -1, 1);
    },
    dispose: () => network.dispose(),
  };
}

/** Of the tile that tells how much memory a pixel takes. */
const measuredSide = 16;

/**
 * The model for the upscale engine, its memory measured on a small tile: Keras' graphs say little of what is alive at once.
 * @throws one sentence when its files are damaged
 */
export async function esrganNetwork(name: EsrganName, files: EsrganFiles): Promise<OutsideNetwork> {
  const { enlarge, parameters, dispose } = await loadEsrgan(name, files);
  const bytes = watchPeakBytes();
  try {
    tf.tidy(() => void enlarge(tf.zeros([1, measuredSide, measuredSide, 3])));
    const perPixel = bytes.read() / measuredSide ** 2;
    return {
      parameters,
      tiling: externalTiling,
      enlarge,
      tileCost(height, width) {
        const activations = perPixel * height * width;
        const tensors = 4 * parameters + activations;
        return { peak: tensors, tensors, largest: activations };
      },
      dispose,
    };
  } finally {
    bytes.stop();
  }
}

/**
 * Puts the model on the active backend and runs a tile, which compiles its kernels.
 * @throws one sentence when its files are damaged
 */
export async function openEsrgan(
  name: EsrganName,
  files: EsrganFiles,
  tile: number | 'auto' = 'auto',
): Promise<ExternalModel> {
  const { enlarge, parameters, dispose } = await loadEsrgan(name, files);
  const side = tile === 'auto' ? defaultTile : tile;
  const model: ExternalModel = {
    tile: side,
    tiling: externalTiling,
    latentChannels: 0,
    noiseDraws: 1,
    parameters,
    licence: 'MIT',
    source: `@upscalerjs/${name}, © 2022 Kevin Scott`,
    device: tf.getBackend() === 'webgpu' ? 'WebGPU' : 'WebAssembly',
    async runTile({ data, height, width }) {
      const output = tf.tidy(() => enlarge(tf.tensor4d(data, [1, height, width, 3])));
      const values = (await output.data()) as Float32Array;
      output.dispose();
      return values;
    },
    dispose,
  };
  await model.runTile(floatImage(side, side, 3), new Float32Array(0), 'off');
  return model;
}
