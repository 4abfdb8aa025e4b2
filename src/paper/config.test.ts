import { describe, expect, it } from 'vitest';
import { trainingPresets } from '../presets/cotraining.ts';
import { pageConfig } from '../store/training.ts';
import {
  defaultConfig,
  editTrainingConfig,
  presetOf,
  presetSettings,
  readKeptConfig,
  readTrainingConfig,
} from './config.ts';
import { earlierSettings, options } from './options.ts';

describe('the training configuration', () => {
  it('has the defaults of §8 where a file says nothing', () => {
    expect(readTrainingConfig({})).toEqual(defaultConfig);
    expect(defaultConfig).toMatchObject({
      discriminatorLoss: 'hinge',
      weightMode: 'none',
      lambdaHr: 0.02,
      lambdaLr: 0.02,
      downsamplerInput: 'concat',
      downsamplerSpace: 'pixels',
      hrReal: 'original',
      lambdaMode: 'fixed',
      perceptualWeight: 0,
      discriminatorSteps: 1,
      discriminatorWarmup: 0,
      quantiseLr: true,
      freshChains: false,
      discriminator: 'efficientnet-lite0',
      featureRate: 0.25,
      cycle: false,
      learningRate: 5e-5,
      discriminatorBeta1: 0,
    });
  });

  it('has defaults within its own ranges', () => {
    expect(readTrainingConfig({ ...defaultConfig })).toEqual(defaultConfig);
    expect(Object.values(options).every(({ label, effect }) => label !== '' && effect.endsWith('.'))).toBe(true);
  });

  it.each([
    ['a list', [], /not an object/],
    ['an unknown setting', { lamdaHr: 1 }, /unknown setting "lamdaHr"/],
    ['a name of every object', { constructor: 1 }, /unknown setting "constructor"/],
    ['a text for a number', { lambdaHr: '1' }, /"lambdaHr" must be a number from 0 to 1000; "1" is not/],
    ['no number', { clip: Number.NaN }, /"clip"/],
    ['half a crop', { crop: 16.5 }, /"crop" must be a whole number/],
    ['an unknown choice', { weightMode: 'sum' }, /one of none, snr/],
    ['a number for a switch', { cycle: 1 }, /true or false/],
    ['a window larger than the crop', { window: 32 }, /larger than the crop/],
  ])('refuses %s', (_, json, sentence) => {
    expect(() => readTrainingConfig(json)).toThrow(sentence);
  });

  it('of a run from before some settings were there is what it did then', () => {
    const old = { ...defaultConfig, hrReal: 'decoded' };
    const known = Object.fromEntries(Object.entries(old).filter(([name]) => !Object.hasOwn(earlierSettings, name)));
    expect(readKeptConfig(known)).toEqual({ ...old, ...earlierSettings });
    expect(readKeptConfig({ ...old, discriminator: 'efficientnet-lite0' }).discriminator).toBe('efficientnet-lite0');
  });

  it('lets the live settings change, and no others', () => {
    expect(editTrainingConfig(defaultConfig, { lambdaHr: 1 })).toEqual({ ...defaultConfig, lambdaHr: 1 });
    expect(() => editTrainingConfig(defaultConfig, { batch: 2 })).toThrow(/"batch" can't change while a run goes/);
    expect(editTrainingConfig(defaultConfig, { batch: defaultConfig.batch })).toEqual(defaultConfig);
  });
});

describe('training presets', () => {
  it('are valid settings, and each is recognized as itself whatever came before', () => {
    for (const before of trainingPresets) {
      const config = readTrainingConfig(presetSettings(before), pageConfig);
      for (const preset of trainingPresets) {
        expect(presetOf(readTrainingConfig(presetSettings(preset), config))?.name).toBe(preset.name);
      }
    }
  });

  it('leave settings of one’s own without a name', () => {
    expect(presetOf({ ...pageConfig, lambdaHr: 0.5 })).toBeNull();
    expect(presetOf({ ...pageConfig, learningRate: 1e-3 })?.name).toBe('Both, diffusion G');
  });
});
