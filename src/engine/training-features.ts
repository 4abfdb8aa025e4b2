/** Weights that co-training takes from beside the presets: the discriminators' pretrained features, and LPIPS. */
import { efficientnetParamShapes } from '../nn/efficientnet-plan.ts';
import type { Params } from '../nn/params.ts';
import type { FeatureDiscriminatorConfig } from '../presets/architecture.ts';
import { loadLpipsParams } from './lpips.ts';
import { metricsFolder } from './metrics.ts';
import type { KnownFile, ModelSource } from './model-source.ts';
import { openWeights } from './networks.ts';

/** Folders of weights beside the presets', by name. */
export type WeightFolders = (folder: string) => Pick<ModelSource, 'file'>;

/** Made by `python -m trainer features`; another file would give other runs. */
export const featureFile: KnownFile = {
  name: 'efficientnet-lite0.safetensors',
  bytes: 1_392_088,
  sha256: 'd361b43713d233895be7e49118618d523175cc81481afbd050742a526db5412d',
};

/**
 * Values by name, PyTorch's layout.
 * @throws one sentence when the file is missing, damaged or another
 */
export async function loadFeatures(
  folders: WeightFolders,
  config: Pick<FeatureDiscriminatorConfig, 'blocks'>,
): Promise<Map<string, Float32Array>> {
  const shapes = efficientnetParamShapes(config);
  const weights = await openWeights(await folders('compact').file(featureFile, () => {}), shapes, featureFile.name);
  const values = new Map<string, Float32Array>();
  for (const name of shapes.keys()) values.set(name, await weights.readFloat32(name));
  return values;
}

/** LPIPS's network on the active backend. @throws as `loadFeatures` */
export const loadPerceptual = (folders: WeightFolders): Promise<Params> => loadLpipsParams(folders(metricsFolder));
