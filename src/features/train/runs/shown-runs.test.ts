import { describe, expect, it } from 'vitest';
import { readTrainingConfig } from '../../../paper/config.ts';
import { pageConfig } from '../../../store/training.ts';
import { differenceNames, type Named, settingsText } from './shown-runs.ts';

const name = (changes: object) => settingsText(readTrainingConfig(changes, pageConfig));

describe('a run’s settings', () => {
  it('says what differs from the defaults, and the seed', () => {
    expect(name({})).toBe('Defaults, seed 42');
    expect(name({ seed: 7 })).toBe('Defaults, seed 7');
    expect(name({ learningRate: 1e-3, cycle: true })).toBe('Cycle on, Learning rate 0.001, seed 42');
  });

  it('takes the rows of the paper’s tables together', () => {
    expect(name({ lambdaHr: 0, lambdaLr: 0, batch: 2 })).toBe('Distill only, Batch size 2, seed 42');
    expect(name({ downsampler: 'convolutional' })).toBe('Both, conv G, seed 42');
  });

  it('tells settings of one’s own one by one', () => {
    expect(name({ lambdaHr: 0.5 })).toBe('Weight of D_H 0.5, seed 42');
  });
});

describe('names of several runs', () => {
  const run = (id: string, changes: object, rest: Partial<Named> = {}): Named => ({
    id,
    preset: 'compact',
    config: readTrainingConfig(changes, pageConfig),
    pictures: null,
    created: new Date(2026, 10, 3, 14, 5).getTime(),
    ...rest,
  });
  const names = (...runs: Named[]) => [...differenceNames(runs).values()];

  it('are short where much differs: the time, in the place of all settings', () => {
    const much = { cycle: true, batch: 2, learningRate: 1e-4, ema: 0.9583333333333334, lambdaHr: 0.1 };
    const [a, b] = [run('a', much), run('b', {})];
    expect(names(a)).toEqual(['Run · 3 Nov, 14:05']);
    expect(names(a, b)).toEqual(['Run · 3 Nov, 14:05', 'defaults']);
    expect(names(a, { ...a, id: 'c' })).toEqual(['Run · 3 Nov, 14:05', 'Run · 3 Nov, 14:05 (2)']);
    expect(settingsText(a.config)).toContain('EMA decay 0.9583,');
    expect(settingsText({ ...a.config, ema: 0.99999 })).toContain('EMA decay 0.99999,');
  });

  it('say what differs between them, by the paper’s symbols, and nothing else', () => {
    const [a, b] = [run('a', { lambdaHr: 0.1, seed: 3, batch: 2 }), run('b', { lambdaHr: 0.02, seed: 4, batch: 2 })];
    expect(names(a, b)).toEqual(['λ_H 0.1 · seed 3', 'λ_H 0.02 · seed 4']);
    expect(names(run('a', { cycle: true }), run('b', {}))).toEqual(['cycle on', 'cycle off']);
    expect(names(run('a', {}), run('b', {}, { preset: 'paper', pictures: [] }))).toEqual([
      'compact · samples',
      'paper · own pictures',
    ]);
  });

  it('leave defaults out where much differs', () => {
    const all = [{}, { seed: 3, lambdaHr: 0.1 }, { cycle: true }, { learningRate: 1e-4 }];
    expect(names(...all.map((changes, i) => run(`${i}`, changes)))).toEqual([
      'defaults',
      'λ_H 0.1 · seed 3',
      'cycle on',
      'learning rate 0.0001',
    ]);
  });

  it('of one run alone are those beside the defaults', () => {
    expect(names(run('a', { seed: 7 }))).toEqual(['Defaults, seed 7']);
  });

  it('are the user’s, of runs that teach an upscaler', () => {
    const teaching = { name: 'My owls', iterations: 9, before: null, after: null, method: null };
    expect(names(run('a', {}, { teaching }))).toEqual(['My owls']);
    expect(names(run('a', {}, { teaching }), run('b', { seed: 7 }))).toEqual(['My owls', 'seed 7']);
  });

  it('tell runs of the same settings apart by time, then by number', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => run(id, { seed: 7 })) as [Named, Named, Named];
    const late = { ...b, created: new Date(2026, 10, 4, 9, 0).getTime() };
    expect(names(a, late)).toEqual(['Defaults, seed 7 · 3 Nov, 14:05', 'Defaults, seed 7 · 4 Nov, 09:00']);
    expect(new Set(names(a, b, c)).size).toBe(3);
  });
});
