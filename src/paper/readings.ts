/**
 * The readings of the paper that settings choose. README.md, section 8, explains each and names the same settings; a reading
 * is a heading "### 8.5 Title" there.
 */
import type { OptionName } from './options.ts';

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
};

/** The first reading that a setting chooses, "8.5"; null for settings without one. */
export const readingOf = (name: OptionName): string | null =>
  Object.keys(readings).find((reading) => readings[reading]?.includes(name)) ?? null;
