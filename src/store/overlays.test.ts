import { describe, expect, it } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import type { Event } from '../protocol/index.ts';
import type { StoredRunSummary, TrainingState } from '../protocol/train.ts';
import { metricsColumns } from '../report/run-metrics.ts';
import { freeColour, mostShown, shownRuns } from './chart-view.ts';
import { createApp } from './store.ts';
import { pageConfig } from './training.ts';

function app() {
  const { engine, sent, emit } = fakeEngine();
  const asked = () => sent.flatMap((command) => (command.type === 'training-rows' ? [command.run] : []));
  return { ...createApp(engine), emit, asked };
}

const kept = (id: string, step: number): StoredRunSummary => ({
  id,
  preset: 'compact',
  config: pageConfig,
  ran: pageConfig,
  pictures: null,
  created: 0,
  parent: null,
  checkpoints: [{ step, bytes: 1, saved: 0, pinned: false, psnrY: null, psnrStep: null }],
  notes: '',
  pins: [],
});
const open = (run: string | null): Event => ({
  type: 'training-state',
  state: { status: 'paused', message: '', fault: null, ended: null, step: 1, run, config: null } as TrainingState,
});
const rows = (run: string, count: number): Event => {
  const values = new Float32Array(count * metricsColumns.length).fill(Number.NaN);
  for (let step = 0; step < count; step++) values[step * metricsColumns.length] = step;
  return { type: 'training-rows', run, saved: count, values };
};

describe('runs on the charts', () => {
  it('have colours of their own, which stay; the open one always is there', () => {
    const ticked = [
      { run: 'b', colour: 1 },
      { run: 'c', colour: 2 },
    ];
    expect(shownRuns(ticked, null)).toEqual(ticked);
    expect(shownRuns(ticked, 'a')).toEqual([{ run: 'a', colour: 0 }, ...ticked]);
    expect(shownRuns(ticked, 'c')).toEqual([ticked[1], ticked[0]]);
    expect(freeColour(shownRuns(ticked, 'a'))).toBe(3);
    const full = Array.from({ length: mostShown }, (_, i) => ({ run: `${i}`, colour: i }));
    expect(shownRuns(full, 'a')).toHaveLength(mostShown);
    expect(new Set(shownRuns(full, 'a').map(({ colour }) => colour)).size).toBe(mostShown);
  });

  it('are at most eight; a ninth changes nothing and says so', () => {
    const { actions, chartView, store, emit } = app();
    emit({ type: 'training-runs', runs: Array.from({ length: 10 }, (_, i) => kept(`${i}`, 1)) });
    emit(open('0'));
    for (let i = 1; i < mostShown; i++) actions.showRun(`${i}`, true);
    expect(store.getState().notices.list).toEqual([]);
    const before = chartView.now.shown;
    actions.showRun('8', true);
    expect(chartView.now.shown).toBe(before);
    expect(store.getState().notices.list.at(-1)?.message).toMatch(/show 8 runs at most/);
    actions.showRun('3', false);
    actions.showRun('8', true);
    expect(chartView.now.shown.at(-1)).toEqual({ run: '8', colour: 3 });
    // The recording, which is there without an open run, has a place too.
    emit(open(null));
    actions.showRun('8', false);
    actions.showRun('8', true);
    expect(chartView.now.shown).toHaveLength(mostShown - 1);
    actions.showRun('9', true);
    expect(chartView.now.shown).toHaveLength(mostShown - 1);
  });
});

describe('the curves of other runs', () => {
  it('are asked for once, and again after the run was saved anew or put away', () => {
    const { actions, feed, emit, asked } = app();
    emit({ type: 'training-runs', runs: [kept('a', 2), kept('b', 4)] });
    emit(open('a'));
    actions.showRun('b', true);
    expect(asked()).toEqual(['b']);
    expect(feed.overlays.of('b')).toBeNull();
    let told = 0;
    feed.listen((change) => {
      if (change === 'rows') told++;
    });
    emit(rows('b', 4));
    expect([feed.overlays.of('b')?.span, told]).toEqual([[1, 4], 1]);
    emit({ type: 'training-runs', runs: [kept('a', 3), kept('b', 4)] });
    expect(asked()).toEqual(['b']);
    // The open run is the feed's own; put away it has more rows than before.
    emit(open('b'));
    expect(feed.overlays.of('b')).toBeNull();
    emit({ type: 'training-runs', runs: [kept('b', 6), kept('a', 3)] });
    emit(open('a'));
    expect(asked()).toEqual(['b', 'b']);
  });

  it('are asked for again by an engine that was started anew, where the one before never answered', () => {
    const { actions, feed, emit, asked } = app();
    const runs: Event = { type: 'training-runs', runs: [kept('a', 2), kept('b', 4)] };
    emit(runs);
    actions.showRun('a', true);
    actions.showRun('b', true);
    emit(rows('a', 2));
    emit(runs);
    expect(asked()).toEqual(['a', 'b']);
    emit({ type: 'restored', count: 0 });
    emit(runs);
    expect(asked()).toEqual(['a', 'b', 'b']);
    emit(rows('b', 4));
    expect([feed.overlays.of('a')?.span, feed.overlays.of('b')?.span]).toEqual([
      [1, 2],
      [1, 4],
    ]);
  });

  it('go with the tick and with the run; an answer that comes too late is left', () => {
    const { actions, feed, chartView, emit, asked } = app();
    emit({ type: 'training-runs', runs: [kept('a', 2), kept('b', 4)] });
    actions.showRun('a', true);
    actions.showRun('b', true);
    expect(asked()).toEqual(['a', 'b']);
    emit(rows('a', 2));
    actions.showRun('a', false);
    emit(rows('a', 2));
    expect(feed.overlays.of('a')).toBeNull();
    emit({ type: 'training-runs', runs: [kept('a', 2)] });
    expect(chartView.now.shown).toEqual([]);
  });
});
