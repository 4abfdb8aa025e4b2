/** Estimates a run's memory before anything is allocated. memory.numeric.test.ts compares it with a run. */

import { lpipsSmallestSide } from '../imaging/metrics/planes.ts';
import { autoencoderParamShapes } from '../nn/autoencoder.ts';
import { convDownsamplerParamShapes } from '../nn/conv-downsampler.ts';
import { convTape, decoderTape, discriminatorTape, lpipsTape, unetTape } from '../nn/cost/taped.ts';
import { discriminatorMultiple, discriminatorParamShapes } from '../nn/discriminator.ts';
import { lpipsParamShapes } from '../nn/lpips.ts';
import { planUnet, unetParamShapes } from '../nn/unet-plan.ts';
import { participants, type TrainingConfig } from '../paper/config.ts';
import {
  type AutoencoderConfig,
  type DiscriminatorConfig,
  latentChannels,
  type ParamShapes,
} from '../presets/architecture.ts';
import { type LearningModels, shapesOf } from './learner.ts';

export type PlannedNetworks = LearningModels & { readonly autoencoder: AutoencoderConfig };

const floatBytes = 4;
/** A network that learns: its vector, its variables, its average and two moments. */
const vectorsKept = 5;
/** While it is updated: the gradient, its parts, and what takes the place of vector and moments. */
const vectorsUpdating = 4;
/** WebAssembly copies the weights of LPIPS for each of its two pictures, and turns them for the gradient. */
const vectorsCompared = 3;
/**
 * Bytes that a backend holds for each that is in use: measured 1.3 to 1.8 over iterations of compact and smaller. Recorded phases
 * hold the same, as they share it; budget.gpu.test.ts compares.
 */
const heldPerUsed = 1.8;

const sum = (shapes: ParamShapes) =>
  [...shapes.values()].reduce((all, shape) => all + shape.reduce((product, n) => product * n, 1), 0);

/** Bytes of the tensors of an iteration at its widest moment, with everything that stays between iterations. */
export function bytesInUse(networks: PlannedNetworks, config: TrainingConfig): number {
  const { autoencoder, unet, downsampler } = networks;
  const { batch, crop, window, windowMargin, pool, lambdaHr, lambdaLr, perceptualWeight } = config;
  const perceptual = perceptualWeight > 0 ? sum(lpipsParamShapes()) : 0;
  const frozen = sum(autoencoderParamShapes(autoencoder)) + sum(unetParamShapes(unet)) + perceptual;
  const sizes = participants(config).map((name) => sum(shapesOf(networks, name)));
  const kept = vectorsKept * sizes.reduce((all, size) => all + size, 0);
  // Of a crop: HR and LR pixels, z₀, z_y, ε and the teacher's sample.
  const crops = pool * crop ** 2 * (16 * 3 + 3 + 4 * latentChannels(autoencoder));
  const places = batch * crop ** 2;
  // The decoder's side of a window (§8.31).
  const seen = Math.min(crop, window + 2 * windowMargin);
  const ofDownsampler = downsampler.kind === 'diffusion' ? unetTape(downsampler.config) : convTape(downsampler.config);
  const downsamplerSize =
    downsampler.kind === 'diffusion'
      ? sum(unetParamShapes(downsampler.config))
      : sum(convDownsamplerParamShapes(downsampler.config));
  const judged = (config: DiscriminatorConfig, side: number) =>
    vectorsUpdating * sum(discriminatorParamShapes(config)) + 2 * batch * discriminatorTape(config, side);
  const moments = [
    vectorsUpdating * sum(unetParamShapes(unet)) + places * unetTape(unet),
    lambdaHr > 0 ? batch * seen ** 2 * decoderTape(autoencoder) : 0,
    perceptualWeight > 0
      ? vectorsCompared * perceptual + batch * (seen ** 2 * decoderTape(autoencoder) + lpipsTape(4 * window))
      : 0,
    lambdaLr > 0 ? vectorsUpdating * downsamplerSize + places * ofDownsampler : 0,
    // Real and fake at once.
    lambdaHr > 0 ? judged(networks.discriminatorHR, 4 * window) : 0,
    lambdaLr > 0 ? judged(networks.discriminatorLR, crop) : 0,
  ];
  return floatBytes * (frozen + kept + crops + Math.max(...moments));
}

/** Bytes that a run takes, as far as that can be told before it starts. */
export const estimateBytes = (networks: PlannedNetworks, config: TrainingConfig): number =>
  heldPerUsed * bytesInUse(networks, config);

/**
 * The smallest crop of the preset's from 16 px up, and the largest batch with which a run stays within the budget; 1 where
 * none does.
 * @param largestBatch a power of two
 */
export function proposeSizes(
  networks: PlannedNetworks,
  config: TrainingConfig,
  budget: number,
  largestBatch: number,
): Pick<TrainingConfig, 'crop' | 'batch'> {
  const { alignment } = planUnet(networks.unet);
  const crop = alignment * Math.ceil(16 / alignment);
  const window = Math.min(config.window, crop);
  let batch = largestBatch;
  while (batch > 1 && estimateBytes(networks, { ...config, crop, window, batch }) > budget) batch /= 2;
  return { crop, batch };
}

/** The reason why a run's sizes do not fit its networks, a sentence; null when they do. */
export function sizeFault(
  models: LearningModels,
  { crop, window, perceptualWeight }: Pick<TrainingConfig, 'crop' | 'window' | 'perceptualWeight'>,
): string | null {
  const { alignment } = planUnet(models.unet);
  if (crop % alignment !== 0)
    return `Crops of ${crop} px don't fit the network: their side must be a multiple of ${alignment}.`;
  const [hr, lr] = [discriminatorMultiple(models.discriminatorHR), discriminatorMultiple(models.discriminatorLR)];
  if (perceptualWeight > 0 && 4 * window < lpipsSmallestSide)
    return `The perceptual term needs a window of ${Math.ceil(lpipsSmallestSide / 4)} at least; ${window} is less.`;
  if ((4 * window) % hr !== 0) return `D_H needs a window of a multiple of ${hr / 4}; ${window} is none.`;
  return crop % lr === 0 ? null : `D_L needs crops of a multiple of ${lr} px; ${crop} is none.`;
}
