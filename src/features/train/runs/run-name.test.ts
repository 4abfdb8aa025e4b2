import { describe, expect, it } from 'vitest';
import { readTrainingConfig } from '../../../engine/training-protocol.ts';
import { pageConfig } from '../../../store/training.ts';
import { runName } from './run-name.ts';

const name = (changes: object) => runName(readTrainingConfig(changes, pageConfig));

describe('a run’s name', () => {
  it('says what differs from the defaults, and the seed', () => {
    expect(name({})).toBe('Defaults, seed 42');
    expect(name({ seed: 7 })).toBe('Defaults, seed 7');
    expect(name({ learningRate: 1e-3, cycle: true })).toBe('Cycle on, Learning rate 0.001, seed 42');
  });

  it('takes the rows of the paper’s tables together', () => {
    expect(name({ lambdaHr: 0, lambdaLr: 0, batch: 2 })).toBe('Distill only, Batch 2, seed 42');
    expect(name({ downsampler: 'convolutional' })).toBe('Both, conv G, seed 42');
  });

  it('tells settings of one’s own one by one', () => {
    expect(name({ lambdaHr: 0.5 })).toBe('Weight of D_H 0.5, seed 42');
  });
});
