/** The settings in the order of the form. Every option of co-training belongs to one group. */

import { defaultConfig, type TrainingConfig } from '../../../paper/config.ts';
import { type OptionName, options } from '../../../paper/options.ts';
import { type TrainingPreset, trainingPresets } from '../../../presets/cotraining.ts';

/** Settings that any row sets: a row that is silent about one means its default. */
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

interface OptionGroup {
  readonly title: string;
  readonly names: readonly OptionName[];
}

const optimizer: readonly OptionName[] = [
  'learningRate',
  'learningRateEnd',
  'warmup',
  'decaySteps',
  'downsamplerRate',
  'discriminatorRate',
  'featureRate',
  'beta1',
  'beta2',
  'discriminatorBeta1',
  'discriminatorBeta2',
  'clip',
  'ema',
];
const measurement: readonly OptionName[] = ['heldOutEvery'];
const all = Object.keys(options) as OptionName[];
const isStart = (name: OptionName) => !options[name].hot;

export const optionGroups: readonly OptionGroup[] = [
  {
    title: 'Losses and readings of the paper',
    names: all.filter((name) => !isStart(name) && ![...optimizer, ...measurement].includes(name)),
  },
  { title: 'Optimizer', names: optimizer },
  { title: 'Measurement', names: measurement },
  { title: 'Start of the run', names: all.filter(isStart) },
];
