import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import type { PanelName } from '../paper/names.ts';
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
    start: null,
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
    emit(state({ status: 'none' }));
    actions.playTraining();
    expect(training()).toEqual([
      { type: 'training-new', config: { ...pageConfig, seed: 7 } },
      { type: 'training-play', playback: fullSpeed },
    ]);
    emit(state({ config: { ...pageConfig, seed: 7 } }));
    actions.stepTraining('phase');
    expect(training().slice(2)).toEqual([{ type: 'training-step', unit: 'phase' }]);
  });

  it('put a run away with its settings kept, or for a new one on the defaults and the samples', async () => {
    const { actions, store, emit, training } = app();
    const own = { ...pageConfig, seed: 7, lambdaHr: 0.5 };
    const close = async (keepsSettings: boolean) => {
      emit(state({ run: 'a', config: own }));
      actions.closeRun(keepsSettings);
      // Events that were on their way before the engine heard of it.
      emit(state({ run: 'a', config: own }));
      emit(state({ status: 'none' }));
      await Promise.resolve();
      return store.getState().training.draft;
    };
    expect(await close(true)).toEqual(own);
    expect(training()).toEqual([{ type: 'training-close' }]);
    expect(await close(false)).toEqual(pageConfig);
    expect(training().slice(1)).toEqual([{ type: 'training-close' }, { type: 'training-choose-pictures', own: false }]);
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
    emit({ type: 'training-frame', frame: { step: 0, atlas, places: [], histograms: [], fixed: null } });
    vi.stubGlobal('OffscreenCanvas', function canvas() {
      throw new Error('out of memory');
    });
    await actions.downloadRun('a');
    expect(training()).toEqual([]);
    expect(store.getState().notices.list.at(-1)?.message).toMatch(/^The run was not downloaded.*\(out of memory\)/);
  });

  it('send a dropped run once the engine has looked for those of earlier visits', () => {
    const { actions, emit, training } = app();
    const file = new Blob(['a logbook']);
    actions.importRun(file);
    expect(training()).toEqual([]);
    emit(state({ status: 'none' }));
    emit(state({ status: 'none' }));
    expect(training()).toEqual([{ type: 'training-import', file }]);
    actions.importRun(file);
    expect(training()).toHaveLength(2);
  });

  it('leave the settings of a run that was reset on screen', () => {
    const { store, emit } = app();
    emit(state({ config: { ...pageConfig, lambdaLr: 0 } }));
    emit(state({ status: 'none', step: 0 }));
    expect(store.getState().training.draft.lambdaLr).toBe(0);
  });
});

describe('presses while the engine is busy', () => {
  const status = ({ store }: ReturnType<typeof app>) => store.getState().training.run?.status;

  it('show at once, and stay until the engine has heard of them', () => {
    const page = app();
    page.emit(state({ config: pageConfig, run: 'a' }));
    page.actions.playTraining();
    expect(status(page)).toBe('starting');
    page.emit(state({ status: 'running', config: pageConfig, run: 'a' }));
    page.actions.pauseTraining();
    expect(status(page)).toBe('pausing');
    // Told before the pause came through.
    page.emit(state({ status: 'running', config: pageConfig, run: 'a' }));
    expect(status(page)).toBe('pausing');
    page.emit(state({ status: 'paused', config: pageConfig, run: 'a' }));
    page.emit(state({ status: 'running', config: pageConfig, run: 'a' }));
    expect(status(page)).toBe('running');
  });

  it('give way where the run can’t begin', () => {
    const page = app();
    page.emit(state({ status: 'none' }));
    page.actions.playTraining();
    page.emit(state({ status: 'none' }));
    expect(status(page)).toBe('starting');
    page.emit(state({ status: 'none' }));
    expect(status(page)).toBe('none');
  });

  it('wait until it has looked for a run, so that a kept one goes on', async () => {
    const page = app();
    page.actions.playTraining();
    expect([page.training(), page.store.getState().training.asked?.wants]).toEqual([[], 'go']);
    page.emit(state({ status: 'stored', config: pageConfig, run: 'a', saved: 3 }));
    await Promise.resolve();
    expect(page.training()).toEqual([{ type: 'training-play', playback: fullSpeed }]);
  });
});

describe('the training feed', () => {
  it('draws what phases have made over the last pictures, until the iteration’s own come', () => {
    const { feed, emit } = app();
    const closed: string[] = [];
    const sheet = (name: string, step: number, ...panels: PanelName[]) => {
      const atlas = { name, width: 8, height: 8, close: () => closed.push(name) } as unknown as ImageBitmap;
      const places = panels.map((panel, y) => ({ name: panel, y, width: 1, height: 1 }));
      return { step, atlas, places, histograms: [], fixed: null };
    };
    const shown = (panel: PanelName, iteration: number | null = null) =>
      (feed.panel(iteration, panel)?.atlas as { name?: string } | undefined)?.name;
    emit({ type: 'training-frame', frame: sheet('first', 0, 'lr', 'student') });
    emit({ type: 'training-phase-frame', frame: sheet('teacher', 1, 'lr') });
    expect([shown('lr'), shown('student'), feed.partStep]).toEqual(['teacher', 'first', 1]);
    expect(shown('lr', 1)).toBe('first');
    emit({ type: 'training-frame', frame: sheet('second', 1, 'lr', 'student') });
    expect([shown('lr'), feed.partStep, closed]).toEqual(['second', null, ['teacher']]);
  });

  it('keeps a run’s pictures with its checkpoints, at most 16 evenly, none twice', async () => {
    const { emit, training } = app();
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => ({ drawImage() {} });
        convertToBlob = async () => new Blob(['x'], { type: 'image/png' });
      },
    );
    emit(state({ run: 'a', config: pageConfig, saved: null }));
    for (let step = 0; step < 40; step++) {
      const atlas = { width: 8, height: 8, close() {} } as unknown as ImageBitmap;
      emit({ type: 'training-frame', frame: { step, atlas, places: [], histograms: [], fixed: null } });
    }
    emit(state({ run: 'a', config: pageConfig, saved: 31 }));
    await vi.waitFor(() => expect(training().length).toBe(1));
    const [kept] = training();
    const steps = kept?.type === 'training-keep-pictures' ? kept.frames.map(({ frame }) => frame.step) : [];
    expect([steps.length, steps[0], steps.at(-1)]).toEqual([16, 0, 30]);
    emit(state({ run: 'a', config: pageConfig, saved: 31 }));
    await Promise.resolve();
    expect(training().length).toBe(1);
  });

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
      return { type: 'training-frame', frame: { step, atlas, places: [], histograms: [], fixed: null } };
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
