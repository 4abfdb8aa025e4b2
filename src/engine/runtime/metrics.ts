/** The metrics that ship with weights of their own, loaded when something is to be measured. */
import { type NiqeModel, niqeModel, niqeShapes } from '../../imaging/metrics/index.ts';
import { Lpips } from './lpips.ts';
import type { KnownFile, ModelSource } from './model-source.ts';
import { openNetworkFile } from './networks.ts';

/** Folder beside the presets' that holds their weights. */
export const metricsFolder = 'metrics';

/** Made by `python -m trainer features` from the authors' model as BasicSR has it. */
const niqeFile: KnownFile = {
  name: 'niqe.safetensors',
  bytes: 5_932,
  sha256: '0d47a254d95e50ae93e215fb6beb9227b832961cd1dd873f21620348c6930327',
};

export interface ShippedMetrics {
  /** Null where no truth is there to compare with. */
  readonly lpips: Lpips | null;
  readonly niqe: NiqeModel;
  dispose(): void;
}

async function loadNiqe(source: Pick<ModelSource, 'file'>): Promise<NiqeModel> {
  const file = await openNetworkFile(await source.file(niqeFile, () => {}), niqeShapes, niqeFile.name);
  const read = (name: string) => file.readFloat32(name);
  return niqeModel(await read('mean'), await read('covariance'), await read('window'));
}

/**
 * Puts LPIPS, where it is needed, on the active backend.
 * @param source the folder `metricsFolder`
 * @throws one sentence when a file is missing, damaged or another
 */
export async function loadMetrics(source: Pick<ModelSource, 'file'>, hasTruth: boolean): Promise<ShippedMetrics> {
  const niqe = await loadNiqe(source);
  const lpips = hasTruth ? await Lpips.load(source) : null;
  return { lpips, niqe, dispose: () => lpips?.dispose() };
}
