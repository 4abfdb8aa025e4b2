import { describe, expect, it } from 'vitest';
import { readTrainingConfig } from '../../paper/config.ts';
import { pageConfig } from '../../store/training.ts';
import { addressOf, readAddress } from './training-run.ts';

describe('settings in the address', () => {
  it('are those that differ from the defaults, and come back as they were', () => {
    expect(addressOf(pageConfig)).toBe('#/train');
    const changes = { seed: 7, downsampler: 'convolutional', cycle: true, learningRate: 2e-5 };
    const config = readTrainingConfig(changes, pageConfig);
    expect(addressOf(config)).toContain('seed=7');
    expect(readAddress(addressOf(config))).toEqual(config);
  });

  it('are none without a question mark', () => {
    expect([readAddress('#/train'), readAddress('#/train?')]).toEqual([null, null]);
  });

  it.each([
    ['#/train?seed=x', /"seed" must be a whole number/],
    ['#/train?seed=', /"seed"/],
    ['#/train?sed=1', /unknown setting "sed"/],
    ['#/train?cycle=yes', /true or false/],
    ['#/train?__proto__=1', /unknown setting "__proto__"/],
  ])('are refused where they can’t be: %s', (hash, sentence) => {
    expect(() => readAddress(hash)).toThrow(sentence);
  });
});
