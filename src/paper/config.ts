/** The configuration of a co-training run: defaults, and the reader that trusts nothing in a file or an address. */

import { type TrainingPreset, trainingPresets } from '../presets/cotraining.ts';
import type { NetworkName } from './names.ts';
import {
  type ChoiceOption,
  earlierSettings,
  type Option,
  type OptionName,
  options,
  type SwitchOption,
} from './options.ts';

type ValueOf<O> = O extends ChoiceOption<infer C> ? C : O extends SwitchOption ? boolean : number;

export type TrainingConfig = { readonly [K in OptionName]: ValueOf<(typeof options)[K]> };

const names = Object.keys(options) as OptionName[];

export const defaultConfig = Object.fromEntries(names.map((name) => [name, options[name].value])) as TrainingConfig;

/** A value as it may stand in a message. */
function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

const isOption = (name: string): name is OptionName => Object.hasOwn(options, name);

/** @returns what the value must be, when it isn't */
function demand(option: Option, value: unknown): string | null {
  switch (option.kind) {
    case 'switch':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'choice':
      return option.choices.includes(value as string) ? null : `one of ${option.choices.join(', ')}`;
    default: {
      const inRange = typeof value === 'number' && value >= option.low && value <= option.high;
      const whole = option.kind === 'whole';
      if (inRange && (!whole || Number.isInteger(value))) return null;
      return `a ${whole ? 'whole number' : 'number'} from ${option.low} to ${option.high}`;
    }
  }
}

/**
 * A whole configuration from some of its settings.
 * @param base what holds where the JSON says nothing
 * @throws one sentence naming the first setting that is unknown or out of range
 */
export function readTrainingConfig(json: unknown, base: TrainingConfig = defaultConfig): TrainingConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error('The training configuration is not an object of settings: write {"batch": 4}, for example.');
  }
  for (const [name, value] of Object.entries(json)) {
    if (!isOption(name))
      throw new Error(`The training configuration has an unknown setting ${shortened(name)}: leave it out.`);
    const wanted = demand(options[name], value);
    if (wanted) throw new Error(`The setting "${name}" must be ${wanted}; ${shortened(value)} is not.`);
  }
  const config: TrainingConfig = { ...base, ...json };
  if (config.window > config.crop) {
    throw new Error(
      `The setting "window" of ${config.window} is larger than the crop of ${config.crop}: make it as large at most.`,
    );
  }
  return config;
}

/**
 * The configuration of a run that is kept: settings that were not there when it began are as it did without them.
 * @throws as `readTrainingConfig`
 */
export const readKeptConfig = (json: unknown): TrainingConfig =>
  readTrainingConfig(json, { ...defaultConfig, ...earlierSettings });

/** The differences between two configurations in words: "Learning rate 0.00005 → 0.0001". */
export function describeChange(before: TrainingConfig, after: TrainingConfig): string {
  const shown = (value: boolean | number | string) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : value);
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${options[name].label} ${shown(before[name])} → ${shown(after[name])}`)
    .join(', ');
}

/**
 * The configuration of a run that goes on, with some settings changed.
 * @throws one sentence for a setting that belongs to the start of a run, and as `readTrainingConfig`
 */
export function editTrainingConfig(config: TrainingConfig, changes: unknown): TrainingConfig {
  const next = readTrainingConfig(changes, config);
  const fixed = names.find((name) => !options[name].hot && next[name] !== config[name]);
  if (fixed) throw new Error(`The setting "${fixed}" can't change while a run goes: start another one.`);
  return next;
}

/** The networks that a configuration trains (§8.5: a weight of 0 switches D_H off, or G and D_L). */
export function participants({ lambdaHr, lambdaLr }: Pick<TrainingConfig, 'lambdaHr' | 'lambdaLr'>): NetworkName[] {
  return [
    'student',
    ...(lambdaHr > 0 ? (['discriminatorHR'] as const) : []),
    ...(lambdaLr > 0 ? (['downsampler', 'discriminatorLR'] as const) : []),
  ];
}

/**
 * The readings of the paper that settings choose. README.md, section 8, explains each and names the same settings; a reading
 * is a heading "### 8.5 Title" there.
 */
export const readings: Readonly<Record<string, readonly OptionName[]>> = {
  '8.1': ['discriminatorLoss'],
  '8.2': ['discriminatorLoss'],
  '8.4': ['weightMode'],
  '8.5': ['lambdaHr', 'lambdaLr', 'lambdaMode'],
  '8.6': ['denoiseWeight'],
  '8.10': ['distillWeight', 'freshChains', 'pool'],
  '8.11': ['inverseWeight', 'gtWeight'],
  '8.12': ['downsamplerInput'],
  '8.13': ['downsamplerSpace'],
  '8.14': ['downsamplerSpace'],
  '8.15': ['cycle'],
  '8.16': [
    'learningRate',
    'learningRateEnd',
    'warmup',
    'decaySteps',
    'downsamplerRate',
    'discriminatorRate',
    'beta1',
    'beta2',
    'discriminatorBeta1',
    'discriminatorBeta2',
    'clip',
    'ema',
    'batch',
  ],
  '8.17': ['studentStart', 'partnerStart'],
  '8.18': ['downsampler'],
  '8.19': ['degradation', 'crop'],
  '8.24': ['hrReal'],
  '8.28': ['discriminator', 'featureRate'],
  '8.29': ['discriminatorWarmup', 'discriminatorSteps'],
  '8.30': ['quantiseLr'],
  '8.31': ['window', 'windowMargin'],
  '8.32': ['perceptualWeight'],
  '8.33': ['latticeFree'],
  '8.34': ['flatShare', 'flatWeight'],
};

/** The first reading that a setting chooses, "8.5"; null for settings without one. */
export const readingOf = (name: OptionName): string | null =>
  Object.keys(readings).find((reading) => readings[reading]?.includes(name)) ?? null;

/** Settings that any row of Tables III and IV sets: a row that is silent about one means its default. */
const managed = [...new Set(trainingPresets.flatMap(({ settings }) => Object.keys(settings)))] as OptionName[];

/** A row as settings, those of the other rows at their defaults. */
export const presetSettings = ({ settings }: TrainingPreset): Partial<TrainingConfig> => ({
  ...Object.fromEntries(managed.map((name) => [name, defaultConfig[name]])),
  ...settings,
});

/** The row that a configuration is; null: none of them. */
export function presetOf(config: TrainingConfig): TrainingPreset | null {
  const isLike = (preset: TrainingPreset) =>
    Object.entries(presetSettings(preset)).every(([name, value]) => config[name as OptionName] === value);
  return trainingPresets.find(isLike) ?? null;
}
