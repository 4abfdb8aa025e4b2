/** Parameters and arithmetic of the networks that are compared: the peers', kept beside their files, and a student's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { values } from '../../src/engine/runtime/networks.ts';
import { autoencoderParamShapes } from '../../src/nn/autoencoder.ts';
import { autoencoderMacs, unetMacs } from '../../src/nn/cost/macs.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import { upscaleFactor } from '../../src/presets/architecture.ts';
import { type PresetName, presets } from '../../src/presets/presets.ts';
import { type EvaluationMethod, isNetwork, isTeacher, respacedSteps } from '../../src/report/methods.ts';

export interface PeerCost {
  readonly parameters: number;
  /** Of a megapixel of output, without what tiles compute twice. */
  readonly gmac: number;
}

export const costsFileOf = (folder: string): string => join(folder, 'costs.json');

/** The cost of each converted network of a folder, by its name. */
export async function knownCosts(folder: string): Promise<Record<string, PeerCost>> {
  try {
    return JSON.parse(await readFile(costsFileOf(folder), 'utf8'));
  } catch {
    return {};
  }
}

/** Of a student of a preset with its autoencoder. @param side of a tile without context, LR pixels @param steps of the UNet */
export function ownCost(preset: PresetName, side = 64, steps = 1): PeerCost {
  const { autoencoder, unet } = presets[preset];
  const { encode, decode } = autoencoderMacs(autoencoder, side, side);
  const macs = encode + decode + steps * unetMacs(unet, side, side);
  return {
    parameters: values(autoencoderParamShapes(autoencoder)) + values(unetParamShapes(unet)),
    gmac: macs / 1e9 / ((side * upscaleFactor) ** 2 / 1e6),
  };
}

/** GMAC of a megapixel by a method of a preset's networks; null for others. @param steps of the teacher's own schedule */
export function gmacOf(method: EvaluationMethod, preset: PresetName, steps = 1): number | null {
  if (method === 'autoencoder') return ownCost(preset, undefined, 0).gmac;
  if (!isNetwork(method)) return null;
  return ownCost(preset, undefined, respacedSteps(method) ?? (isTeacher(method) ? steps : 1)).gmac;
}
