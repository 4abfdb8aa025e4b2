/** The networks one method needs, read from a model source: autoencoder and one diffusion UNet. */

import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import type { BackendKind } from '../../gpu/backend.ts';
import { castToF16, supportsF16 } from '../../gpu/half.ts';
import { computedSide, type Tiling } from '../../imaging/tiling.ts';
import { autoencoderParamShapes } from '../../nn/autoencoder.ts';
import { autoencoderCost, unetCost } from '../../nn/cost/memory.ts';
import { compareNames, loadParams, type Params } from '../../nn/params.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import { buildSchedule, respaced } from '../../paper/schedule.ts';
import { noiseDraws, type SamplingMethod, type UpscaleNetworks } from '../../paper/upscale.ts';
import {
  type AutoencoderConfig,
  latentChannels,
  type ParamShapes,
  type UnetConfig,
  upscaleFactor,
} from '../../presets/architecture.ts';
import type { CoLearning, Manifest, ManifestFile } from '../../presets/manifest.ts';
import { isTaught, taughtId, taughtName } from '../../presets/teaching.ts';
import {
  isTeacher,
  type Method,
  type MethodRequest,
  methods,
  type Network,
  networkOf,
  respacedSteps,
} from '../../report/methods.ts';
import type { ModelSource } from './model-source.ts';
import { tilingOf } from './network-tiling.ts';
import { fewestRows, type TileCost } from './tile-choice.ts';

export interface NetworkCost extends TileCost {
  /** Of the peak, tensors, weights included, as tfjs counts them: the figure that is shown, and measured after a run. */
  readonly tensors: number;
}

export interface LoadedNetworks extends UpscaleNetworks {
  readonly method: Method;
  /** The manifest's methods, best first. */
  readonly methods: readonly Network[];
  /** Steps of the teacher among them; null: there is none. */
  readonly teacherSteps: number | null;
  /** Of the manifest's downsamplers. */
  readonly downsamplers: readonly CoLearning[];
  readonly parameters: number;
  readonly latentChannels: number;
  readonly sampling: SamplingMethod;
  readonly tiling: Tiling;
  /**
   * Memory of a tile of which so many LR pixels are computed.
   * @param rows of the latent that are decoded at once; left out: all
   */
  tileCost(height: number, width: number, rows?: number): NetworkCost;
  dispose(): void;
}

type Progress = (loaded: number, total: number, cached: boolean) => void;
type UpscaleFile = Extract<ManifestFile, { role: 'teacher' | 'student' }>;

/** A network of the user's own is known by its id, whatever its name is now. */
const isOf = (method: Network, other: Network): boolean =>
  isTaught(method) && isTaught(other) ? taughtId(method) === taughtId(other) : method === other;

/** The networks that upscale: downsamplers and discriminators are for training alone. */
const upscalers = ({ files }: Pick<Manifest, 'files'>) =>
  files.filter((file): file is UpscaleFile => file.role === 'teacher' || file.role === 'student');
const upscaler = (manifest: Manifest, method: Network) => upscalers(manifest).find((file) => isOf(file.method, method));

/** The teacher takes all its steps, ancestrally as in Table I unless asked otherwise; a student takes one. */
export function samplingOf(method: Method): SamplingMethod {
  if (!isTeacher(method) || respacedSteps(method) === 1) return 'one-step';
  return method === 'resshift-det' ? 'deterministic' : 'ancestral';
}

/** The methods whose weights a manifest names, best first; the user's own last. */
export const methodsOfManifest = (manifest: Manifest): Network[] => [
  ...methods.filter((method) => upscaler(manifest, method) !== undefined),
  ...upscalers(manifest).flatMap(({ method }) => (isTaught(method) ? [method] : [])),
];

/** Length of the teacher's schedule; null without a teacher. */
export function teacherStepsOf(manifest: Manifest): number | null {
  const teacher = upscaler(manifest, 'resshift');
  return teacher ? (teacher.diffusion ?? manifest.diffusion).steps : null;
}

/** The downsamplers that a manifest names, by the training that made each. */
const downsamplersOf = ({ files }: Pick<Manifest, 'files'>): CoLearning[] =>
  files.flatMap((file) => (file.role === 'downsampler' ? [file.method] : []));

/** Methods, teacher steps and downsamplers of a manifest, besides the network that is open. */
export const offeredBy = (manifest: Manifest) => ({
  methods: methodsOfManifest(manifest),
  teacherSteps: teacherStepsOf(manifest),
  downsamplers: downsamplersOf(manifest),
});

/** @throws one sentence that names what is missing */
export function findAutoencoder(manifest: Manifest): Extract<ManifestFile, { role: 'autoencoder' }> {
  const file = manifest.files.find((file) => file.role === 'autoencoder');
  if (!file) throw new Error(`The ${manifest.preset} weights have no autoencoder: no method can run with them.`);
  return file;
}

/** As a sentence names it: a network of the user's own by their name of it. */
const named = (network: Network): string => (isTaught(network) ? taughtName(network) : network);

/** The preset's weights lack the method that was asked for; another would do. */
export class MissingMethodError extends Error {}

/** @throws one sentence, when the weights lack the method above all */
export function findUpscaler(manifest: Manifest, request: MethodRequest): UpscaleFile {
  const offered = methodsOfManifest(manifest);
  const network = request === 'auto' ? offered[0] : networkOf(request);
  const file = network && upscaler(manifest, network);
  if (file) return file;
  if (offered.length === 0) throw new Error(`The ${manifest.preset} weights have no network that upscales.`);
  throw new MissingMethodError(
    `The ${manifest.preset} weights have no "${network && named(network)}" network: choose ${offered.map(named).join(', ')}.`,
  );
}

/** A file of weights that has every parameter of its network. @throws one sentence naming the first that doesn't fit */
export async function openNetworkFile(blob: Blob, shapes: ParamShapes, name: string): Promise<SafetensorsFile> {
  const file = await openSafetensors(blob);
  const { missing, unexpected, wrongShape } = compareNames(shapes, file.entries);
  const problem = [
    ...missing.map((tensor) => `${tensor} is missing`),
    ...wrongShape,
    ...unexpected.map((tensor) => `${tensor} is unknown`),
  ][0];
  if (problem) throw new Error(`${name} does not fit its configuration: ${problem}.`);
  return file;
}

/** Whether all of a file's weights are f16. */
export async function isHalf(blob: Blob): Promise<boolean> {
  const { entries } = await openSafetensors(blob);
  return [...entries.values()].every(({ dtype }) => dtype === 'F16');
}

/** Parameters on the active backend, as 32-bit floats. @throws one sentence */
export async function readParams(blob: Blob, shapes: ParamShapes, name: string): Promise<Params> {
  const file = await openNetworkFile(blob, shapes, name);
  return loadParams(shapes, (tensor) => file.readFloat32(tensor));
}

export interface Weights {
  readonly params: Params;
  /** On the backend. */
  readonly bytes: number;
}

/** As `readParams`; filters that came as f16 are kept so where our kernels run: half the memory, the same picture. */
export async function loadWeights(blob: Blob, shapes: ParamShapes, name: string): Promise<Weights> {
  const params = await readParams(blob, shapes, name);
  const bytes = 4 * params.count;
  if (!supportsF16() || !(await isHalf(blob))) return { params, bytes };
  const { filters } = params;
  castToF16(filters);
  return { params, bytes: bytes - 2 * filters.reduce((sum, { size }) => sum + size, 0) };
}

/** Bytes of a budget that weights take. On WebAssembly they count twice, since XNNPACK keeps a packed copy of each. */
export const weightCost = (bytes: number, backend: BackendKind): number => bytes * (backend === 'wasm' ? 2 : 1);

/**
 * Bytes that tfjs counts for each that must be alive: on WebGPU our kernels need nothing in between, elsewhere the stock ops do
 * (measured 1.91 for compact at any size).
 */
const countedPerAlive = { webgpu: 1, wasm: 1.91, cpu: 1.91 } as const satisfies Record<BackendKind, number>;

/**
 * Bytes that a tile holds on WebGPU beside those of its networks' maps, since a buffer serves tensors of just its size: a map
 * of the result's size for the colour lock, and the noise, whole and drawn.
 */
const heldBeside = (autoencoder: AutoencoderConfig, places: number, draws: number): number =>
  4 * places * (3 * upscaleFactor ** 2 + 2 * draws * latentChannels(autoencoder));

/**
 * Encoder, UNet and decoder run one after the other: the largest of them counts, and the weights always.
 * @param draws of noise
 */
export function tileCost(
  autoencoder: AutoencoderConfig,
  unet: UnetConfig,
  weightBytes: number,
  height: number,
  width: number,
  backend: BackendKind,
  rows = height,
  draws = 1,
): NetworkCost {
  const beside = backend === 'webgpu' ? heldBeside(autoencoder, height * width, draws) : 0;
  const costs = [autoencoderCost(autoencoder, height, width, backend, rows), unetCost(unet, height, width, backend)];
  return {
    peak: weightCost(weightBytes, backend) + beside + Math.max(...costs.map(({ peak }) => peak)),
    tensors: weightBytes + countedPerAlive[backend] * Math.max(...costs.map(({ alive }) => alive)),
    largest: Math.max(...costs.map(({ largest }) => largest)),
  };
}

/** Numbers in all parameters. */
export const values = (shapes: ParamShapes) =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);

/**
 * Bytes that the smallest tile of these networks needs, however it is sampled, weights of 32 bits included: known before any of
 * them is loaded.
 */
export function leastMemory(autoencoder: AutoencoderConfig, unet: UnetConfig, backend: BackendKind): number {
  const weightBytes = 4 * (values(autoencoderParamShapes(autoencoder)) + values(unetParamShapes(unet)));
  const tiling = tilingOf(autoencoder, unet, 'ancestral');
  const side = computedSide(tiling, tiling.align);
  return tileCost(autoencoder, unet, weightBytes, side, side, backend, fewestRows(tiling)).peak;
}

/** The files that a method needs, verified, and what the manifest says of them. */
export interface FetchedNetworks {
  readonly manifest: Manifest;
  readonly request: MethodRequest;
  readonly autoencoder: readonly [ReturnType<typeof findAutoencoder>, Blob];
  readonly unet: readonly [UpscaleFile, Blob];
}

/** Loads both files at once; no backend is needed for it. @throws one sentence */
export async function fetchNetworks(
  source: ModelSource,
  request: MethodRequest,
  onProgress: Progress,
): Promise<FetchedNetworks> {
  const manifest = await source.manifest();
  const [ae, unet] = [findAutoencoder(manifest), findUpscaler(manifest, request)];
  let [sum, isCached] = [0, true];
  const file = (entry: ManifestFile): Promise<Blob> => {
    let before = 0;
    return source.file(entry, (loaded, cached) => {
      [sum, before] = [sum + loaded - before, loaded];
      isCached &&= cached;
      onProgress(sum, ae.bytes + unet.bytes, isCached);
    });
  };
  const [aeBlob, unetBlob] = await Promise.all([file(ae), file(unet)]);
  return { manifest, request, autoencoder: [ae, aeBlob], unet: [unet, unetBlob] };
}

/**
 * Makes the networks on the active backend.
 * @param backend its kind; it decides what a tile's memory costs
 * @throws one sentence; nothing stays allocated then
 */
export async function loadNetworks(
  { manifest, request, autoencoder: [aeFile, aeBlob], unet: [unetFile, unetBlob] }: FetchedNetworks,
  backend: BackendKind,
): Promise<LoadedNetworks> {
  const ae = await loadWeights(aeBlob, autoencoderParamShapes(aeFile.config), aeFile.name);
  const autoencoder = ae.params;
  let loaded: Weights;
  try {
    loaded = await loadWeights(unetBlob, unetParamShapes(unetFile.config), unetFile.name);
  } catch (error) {
    autoencoder.dispose();
    throw error;
  }
  const unet = loaded.params;
  const weightBytes = ae.bytes + loaded.bytes;
  const method = request === 'auto' || isTaught(request) ? unetFile.method : request;
  const [sampling, kept] = [samplingOf(method), respacedSteps(method)];
  const schedule = buildSchedule(unetFile.diffusion ?? manifest.diffusion);
  const used = kept === null ? schedule : respaced(schedule, kept);
  const draws = noiseDraws(sampling, used);
  return {
    autoencoder: { config: aeFile.config, params: autoencoder },
    unet: { config: unetFile.config, params: unet },
    schedule: used,
    method,
    ...offeredBy(manifest),
    parameters: autoencoder.count + unet.count,
    latentChannels: latentChannels(aeFile.config),
    sampling,
    tiling: tilingOf(aeFile.config, unetFile.config, sampling),
    tileCost: (height, width, rows) =>
      tileCost(aeFile.config, unetFile.config, weightBytes, height, width, backend, rows, draws),
    dispose() {
      autoencoder.dispose();
      unet.dispose();
    },
  };
}
