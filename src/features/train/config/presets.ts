/** The rows of Tables III and IV, and which of them a configuration is. */

import { defaultConfig, type TrainingConfig } from '../../../paper/config.ts';
import type { OptionName } from '../../../paper/options.ts';
import { type TrainingPreset, trainingPresets } from '../../../presets/training-presets.ts';

/** What any of the rows sets: a row that is silent about one of these means its default. */
const managed = [...new Set(trainingPresets.flatMap(({ settings }) => Object.keys(settings)))] as OptionName[];

export const presetSettings = ({ settings }: TrainingPreset): Partial<TrainingConfig> => ({
  ...Object.fromEntries(managed.map((name) => [name, defaultConfig[name]])),
  ...settings,
});

/** Null: none of them. */
export function presetOf(config: TrainingConfig): TrainingPreset | null {
  const isLike = (preset: TrainingPreset) =>
    Object.entries(presetSettings(preset)).every(([name, value]) => config[name as OptionName] === value);
  return trainingPresets.find(isLike) ?? null;
}
