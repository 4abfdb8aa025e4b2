/** The methods that an evaluation compares: classical enlargement, the autoencoder alone, the networks, and external models. */
import type { Backend } from '../../gpu/backend.ts';
import { enlarge } from '../../imaging/enlarge.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { Manifest } from '../../presets/manifest.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { ColourLock, JobProgress } from '../../protocol/upscale.ts';
import {
  type ComputedMethod,
  type ExternalMethod,
  evaluationMethods,
  isExternal,
  isNetwork,
  type Method,
  networkOf,
  type OwnMethod,
  teacherSamplings,
} from '../../report/methods.ts';
import { upscaleWith } from '../external/external-model.ts';
import { type ExternalSource, openExternal } from '../external/open.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { methodsOfManifest, teacherStepsOf } from '../runtime/networks.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { upscaleImage } from '../upscale/tiled-upscale.ts';
import { RoundTrip } from './round-trip.ts';
import type { FinishedOutputs } from './sets.ts';

/** Whether a preset's weights allow a method; the autoencoder needs the truth for its input. */
export function isAvailable(method: OwnMethod, manifest: Manifest, hasTruth: boolean): boolean {
  if (method === 'autoencoder') return hasTruth;
  return !isNetwork(method) || methodsOfManifest(manifest).includes(networkOf(method));
}

/** Those that a preset's weights allow, the teacher's other samplings last. */
export const availableMethods = (manifest: Manifest, hasTruth: boolean): OwnMethod[] =>
  [...evaluationMethods, ...teacherSamplings(teacherStepsOf(manifest))].filter((method) =>
    isAvailable(method, manifest, hasTruth),
  );

export interface MethodSettings {
  readonly preset: PresetName;
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** LR pixels a side. */
  readonly tile: number | 'auto';
  readonly memoryBudget: number;
}

/** A picture as methods take it. */
export interface MethodInput {
  readonly name: string;
  readonly lr: Rgba8;
  /** For the autoencoder, whose input it is. */
  readonly truth: Rgba8 | null;
}

/** A method with its networks loaded and its kernels compiled. */
export interface OpenMethod {
  /** Values of its networks; null: none, or not known. */
  readonly parameters: number | null;
  /** @param onProgress told of tiles, by methods that run by tiles */
  run(input: MethodInput, signal?: AbortSignal, onProgress?: (progress: JobProgress) => void): Promise<Rgba8>;
  dispose(): void;
}

/** The networks of one method on a backend that is another's: disposing of them leaves it open. */
export function openOnLease(
  method: Method,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
): Promise<UpscaleEngine> {
  const lease: Backend = { ...backend, dispose: () => {} };
  const environment = { openBackend: async () => lease, models: () => models };
  return UpscaleEngine.open(environment, { ...settings, backend: 'auto', method }, () => {});
}

async function openNetworks(
  method: Method,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
): Promise<OpenMethod> {
  const compute = await openOnLease(method, backend, models, settings);
  const { memoryBudget } = settings;
  return {
    parameters: compute.networks.parameters,
    run: ({ lr }, signal, onProgress) =>
      upscaleImage(compute, lr, { ...settings, method }, { signal, memoryBudget, onProgress }),
    dispose: () => compute.dispose(),
  };
}

/** Colours stay as the model makes them: the colour lock belongs to our own methods. */
async function openExternalMethod(
  name: ExternalMethod,
  source: ExternalSource | undefined,
  settings: MethodSettings,
): Promise<OpenMethod> {
  if (!source) throw new Error(`External models (${name}) can't be opened here.`);
  const model = await openExternal(name, source, settings.tile);
  return {
    parameters: model.parameters,
    run: ({ lr }, signal, onProgress) => upscaleWith(model, lr, settings.seed, { signal, onProgress }),
    dispose: () => model.dispose(),
  };
}

/** Outputs that lie there, as large as ours would be. */
export function openFinished(outputs: FinishedOutputs): OpenMethod {
  return {
    parameters: null,
    async run({ name, lr }) {
      const output = await outputs.read(name);
      const [width, height] = [lr.width * upscaleFactor, lr.height * upscaleFactor];
      if (output.width === width && output.height === height) return output;
      throw new Error(
        `The output is ${output.width} × ${output.height} px; ×${upscaleFactor} of the LR picture is ${width} × ${height} px.`,
      );
    },
    dispose: () => {},
  };
}

/** @throws one sentence, when the weights lack the method above all */
export async function openMethod(
  method: ComputedMethod,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
  external?: ExternalSource,
): Promise<OpenMethod> {
  if (isExternal(method)) return openExternalMethod(method, external, settings);
  switch (method) {
    case 'nearest':
    case 'bicubic':
    case 'lanczos':
      return { parameters: null, run: async ({ lr }) => enlarge(lr, upscaleFactor, method), dispose: () => {} };
    case 'autoencoder': {
      const trip = await RoundTrip.load(models, backend, settings.memoryBudget);
      return {
        parameters: trip.parameters,
        run({ truth }) {
          if (!truth) throw new Error('The autoencoder’s round trip needs the HR pictures.');
          return trip.run(truth);
        },
        dispose: () => trip.dispose(),
      };
    }
    default:
      return openNetworks(method, backend, models, settings);
  }
}
