// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import { type CompareResult, type CompareState, type CompareWork, isCurrent } from '../../../protocol/compare.ts';
import { defaultOptions } from '../../../protocol/upscale.ts';
import { metricsVersion } from '../../../report/columns.ts';
import { methodVersion } from '../../../report/methods.ts';
import { SeedSweep } from '../analysis/SeedSweep.tsx';
import { estimatedSeconds, RunBar, workShare, workText } from './RunBar.tsx';

const work: CompareWork = {
  task: 'methods',
  phase: 'running',
  method: 'ours',
  done: 1,
  total: 4,
  share: 0.5,
  etaSeconds: 12,
  etaOf: 'method',
};

describe('workText', () => {
  it('says which, how far and how long', () => {
    expect(workText(work, 'ours', true)).toBe('2 of 4: ours runs, 12 s left for it');
    expect(workText({ ...work, etaOf: 'all' }, 'ours', true)).toBe('2 of 4: ours runs, 12 s left');
    expect(workText({ ...work, phase: 'opening', etaSeconds: null }, 'ours', true)).toBe(
      '2 of 4: ours is warming up …',
    );
    expect(workText({ ...work, phase: 'queued' }, null, false)).toBe('Comparing: waits for the engine …');
  });

  it('knows its share', () => {
    expect(workShare(work)).toBe(0.375);
    expect(workShare({ ...work, phase: 'queued' })).toBeUndefined();
  });
});

describe('a sweep that runs', () => {
  it('shows its progress and its Cancel where it was asked for, and nothing beside Compare', () => {
    const prepared = { id: 'a', width: 64, height: 64, hasTruth: false };
    const state = { inputs: [], selected: 'a', prepared, methods: ['bicubic', 'ours'], models: [], results: [] };
    const { sent } = render(
      <>
        <section aria-label="Run">
          <RunBar />
        </section>
        <SeedSweep />
      </>,
      (_, emit) => {
        emit({ type: 'compare-state', state: { ...state, revision: 0, fault: null } as unknown as CompareState });
        emit({ type: 'compare-work', work: { ...work, task: 'sweep' } });
      },
    );
    const run = within(screen.getByRole('region', { name: 'Run' }));
    expect(run.queryByRole('progressbar')).toBeNull();
    expect(run.getByRole<HTMLButtonElement>('button').disabled).toBe(true);
    const sweep = within(screen.getByRole('region', { name: 'Spread over seeds' }));
    expect(sweep.getByRole('progressbar')).toBeTruthy();
    fireEvent.click(sweep.getByRole('button', { name: 'Cancel' }));
    expect(sent).toEqual([{ type: 'compare-cancel' }]);
  });
});

describe('isCurrent', () => {
  const { preset, seed, colourLock } = defaultOptions;
  const settings = { preset, seed, colourLock };
  const result = { method: 'ours', settings, fault: null, metrics: metricsVersion } as CompareResult;
  it('goes by what the picture depends on', () => {
    expect(isCurrent(result, defaultOptions)).toBe(true);
    const otherTile = { ...defaultOptions, tile: 16 };
    expect(isCurrent(result, otherTile)).toBe(true);
    expect(isCurrent(result, { ...defaultOptions, seed: 7 })).toBe(false);
    expect(isCurrent({ ...result, method: 'bicubic' }, { ...defaultOptions, seed: 7 })).toBe(true);
    expect(isCurrent({ ...result, fault: 'No.' }, defaultOptions)).toBe(false);
  });

  it('goes by the metrics it was measured with', () => {
    expect(isCurrent({ ...result, metrics: metricsVersion - 1 }, defaultOptions)).toBe(false);
    expect(isCurrent({ ...result, metrics: undefined }, defaultOptions)).toBe(false);
  });

  it('is not what an earlier version made under the same name: the teacher was sampled deterministically', () => {
    const teacher = { ...result, method: 'resshift' } as const;
    expect(isCurrent(teacher, defaultOptions)).toBe(false);
    expect(isCurrent({ ...teacher, version: methodVersion('resshift') }, defaultOptions)).toBe(true);
  });
});

describe('the time that a comparison takes', () => {
  it('is told by the engine’s own tile before it starts; methods of others are not known', () => {
    const ready = {
      method: 'ours',
      tile: 64,
      msPerTile: 500,
      methods: ['ours', 'resshift'],
      teacherSteps: 15,
    } as const;
    expect(estimatedSeconds(['bicubic', 'ours', 'resshift'], { width: 65, height: 64 }, ready)).toBe(16);
    // The tile that was timed was the teacher's: fifteen passes.
    const byTeacher = { ...ready, method: 'resshift', msPerTile: 7500 } as const;
    expect(estimatedSeconds(['ours'], { width: 64, height: 64 }, byTeacher)).toBe(0.5);
    expect(estimatedSeconds(['bicubic'], { width: 64, height: 64 }, ready)).toBeNull();
    expect(estimatedSeconds(['ours'], { width: 64, height: 64 }, null)).toBeNull();
  });
});
