import { describe, expect, it } from 'vitest';
import { readTrainingConfig } from '../../../paper/config.ts';
import { trainingPresets } from '../../../presets/cotraining.ts';
import { pageConfig } from '../../../store/training.ts';
import { optionGroups, presetOf, presetSettings } from './option-groups.ts';

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

describe('the form of training settings', () => {
  it('has every setting once', () => {
    const names = optionGroups.flatMap((group) => group.names);
    expect([...names].sort()).toEqual(Object.keys(pageConfig).sort());
  });
});
