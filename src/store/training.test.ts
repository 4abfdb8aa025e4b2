import { describe, expect, it } from 'vitest';
import type { EngineClient, Listener } from '../engine/client.ts';
import type { Command, Event } from '../engine/protocol.ts';
import { columns, fullSpeed, type TrainingState } from '../engine/training-protocol.ts';
import { createApp } from './store.ts';
import { pageConfig } from './training.ts';

function app() {
  const listeners = new Set<Listener>();
  const sent: Command[] = [];
  const engine: EngineClient = {
    send: (command) => sent.push(command),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const emit = (event: Event) => {
    for (const listener of listeners) listener(event);
  };
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
  const values = new Float64Array(columns.length).fill(Number.NaN);
  values[0] = step;
  values[columns.indexOf('timing.whole')] = whole;
  return values;
};

describe('training actions', () => {
  it('start a run with the settings on screen, and only when there is none', () => {
    const { actions, emit, training } = app();
    actions.editTraining({ seed: 7 });
    expect(training()).toEqual([]);
    actions.playTraining();
    expect(training()).toEqual([
      { type: 'training-new', config: { ...pageConfig, seed: 7 } },
      { type: 'training-play', drive: fullSpeed },
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
    expect([feed.length, feed.step, feed.pace, feed.targets]).toEqual([3, 3, 3, 2]);
    expect(feed.column('losses.distill')).toEqual([null, null, null]);
    expect(store.getState().training).toBe(before);
    emit({ type: 'training-history', values: new Float64Array(), annotations: [] });
    expect([feed.length, feed.step, feed.pace]).toEqual([0, 0, null]);
  });

  it('closes the pictures that it replaces', () => {
    const { feed, emit } = app();
    let closed = 0;
    const bitmap = { close: () => closed++ } as unknown as ImageBitmap;
    emit({ type: 'training-frame', frame: { step: 1, sheet: bitmap, places: [], histograms: [] } });
    expect(feed.frame?.sheet).toBe(bitmap);
    emit({ type: 'training-frame', frame: null });
    expect([feed.frame, closed]).toEqual([null, 1]);
  });
});
