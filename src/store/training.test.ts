import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import type { Event } from '../protocol/index.ts';
import { fullSpeed, type TrainingState } from '../protocol/train.ts';
import { metricsColumns } from '../report/run-metrics.ts';
import { createApp } from './store.ts';
import { pageConfig } from './training.ts';

function app() {
  const { engine, sent, emit } = fakeEngine();
  const training = () => sent.filter(({ type }) => type.startsWith('training-'));
  return { ...createApp(engine), emit, training };
}

const state = (change: Partial<TrainingState>): Event => ({
  type: 'training-state',
  state: {
    status: 'paused',
    message: '',
    fault: null,
    ended: null,
    step: 3,
    nextPhase: null,
    run: null,
    config: null,
    saved: null,
    ...change,
  },
});
const row = (step: number, whole: number) => {
  const values = new Float64Array(metricsColumns.length).fill(Number.NaN);
  values[0] = step;
  values[metricsColumns.indexOf('timing.whole')] = whole;
  return values;
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('training actions', () => {
  it('start a run with the settings on screen, and only when there is none', () => {
    const { actions, emit, training } = app();
    actions.editTraining({ seed: 7 });
    expect(training()).toEqual([]);
    actions.playTraining();
    expect(training()).toEqual([
      { type: 'training-new', config: { ...pageConfig, seed: 7 } },
      { type: 'training-play', playback: fullSpeed },
    ]);
    emit(state({ config: { ...pageConfig, seed: 7 } }));
    actions.stepTraining('phase');
    expect(training().slice(2)).toEqual([{ type: 'training-step', unit: 'phase' }]);
  });

  it('edit the run where there is one, and refuse what belongs to its start', () => {
    const { actions, store, emit, training } = app();
    emit(state({ config: pageConfig }));
    actions.editTraining({ lambdaHr: 1 });
    expect(training()).toEqual([{ type: 'training-edit', changes: { lambdaHr: 1 } }]);
    expect(store.getState().training.run?.config?.lambdaHr).toBe(1);
    expect(() => actions.editTraining({ seed: 1 })).toThrow(/"seed" can't change/);
    expect(() => actions.editTraining({ lambdaHr: -1 })).toThrow(/"lambdaHr"/);
    expect(training().length).toBe(1);
  });

  it('say in a sentence that a run was not downloaded whose pictures could not be packed', async () => {
    const { actions, store, emit, training } = app();
    emit(state({ run: 'a', config: pageConfig }));
    const atlas = { width: 1, height: 1, close() {} } as ImageBitmap;
    emit({ type: 'training-frame', frame: { step: 0, atlas, places: [], histograms: [] } });
    vi.stubGlobal('OffscreenCanvas', function canvas() {
      throw new Error('out of memory');
    });
    await actions.downloadRun('a');
    expect(training()).toEqual([]);
    expect(store.getState().notices.list.at(-1)?.message).toMatch(/^The run was not downloaded.*\(out of memory\)/);
  });

  it('leave the settings of a run that was reset on screen', () => {
    const { store, emit } = app();
    emit(state({ config: { ...pageConfig, lambdaLr: 0 } }));
    emit(state({ status: 'none', step: 0 }));
    expect(store.getState().training.draft.lambdaLr).toBe(0);
  });
});

describe('the training feed', () => {
  it('collects rows by column, knows step and pace, and leaves the store alone', () => {
    const { store, feed, emit } = app();
    const before = store.getState().training;
    emit({ type: 'training-history', values: row(0, 500), annotations: [] });
    for (const step of [1, 2]) emit({ type: 'training-row', values: row(step, 250), targets: step });
    expect([feed.curves.end, feed.step, feed.pace, feed.targets]).toEqual([3, 3, 3, 2]);
    expect(feed.last('losses.distill')).toBeNull();
    expect(store.getState().training).toBe(before);
    emit({ type: 'training-history', values: new Float64Array(), annotations: [] });
    expect([feed.curves.end, feed.step, feed.pace]).toEqual([0, 0, null]);
  });

  it('has the pictures of past iterations, and closes those that go', () => {
    const { feed, emit } = app();
    const closed: number[] = [];
    const frame = (step: number): Event => {
      const atlas = { width: 8, height: 8, close: () => closed.push(step) } as unknown as ImageBitmap;
      return { type: 'training-frame', frame: { step, atlas, places: [], histograms: [] } };
    };
    for (const step of [0, 1, 2]) emit(frame(step));
    expect([feed.frame(null)?.step, feed.frame(2)?.step]).toEqual([2, 1]);
    // Back to a checkpoint after the first two iterations.
    emit({ type: 'training-history', values: Float64Array.of(...row(0, 1), ...row(1, 1)), annotations: [] });
    expect([feed.frame(null)?.step, closed]).toEqual([1, [2]]);
    emit({ type: 'training-frame', frame: null });
    expect([feed.frame(null), closed.length]).toEqual([null, 3]);
  });
});
