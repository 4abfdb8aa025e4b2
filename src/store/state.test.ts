import { describe, expect, it } from 'vitest';
import type { Event } from '../protocol/index.ts';
import { type AppState, applyEvent, initialState } from './state.ts';

const play = (events: readonly Event[], state: AppState = initialState) => events.reduce(applyEvent, state);

describe('the state of the engine', () => {
  it('opens: messages, bytes, ready', () => {
    const ready = {
      backend: 'wasm',
      backendReason: 'No WebGPU.',
      adapter: null,
      preset: 'compact',
      method: 'sinsr',
      methods: ['sinsr'],
      teacherSteps: null,
      downsamplers: [],
      parameters: 10,
      tile: 64,
      tileReason: '64 px.',
      msPerTile: 5,
    } as const;
    const opening = play([
      { type: 'engine-opening', message: 'Loading …' },
      { type: 'model-progress', loaded: 1, total: 4, cached: false },
    ]);
    expect(opening.engine).toMatchObject({ phase: 'opening', message: 'Loading …', download: { loaded: 1, total: 4 } });
    const open = play([{ type: 'engine-ready', ready }], opening);
    expect(open.engine).toEqual({ phase: 'ready', message: '', download: null, ready });
    // While a changed setting re-opens it, what was ready stays on the panel.
    expect(play([{ type: 'engine-opening', message: 'Again …' }], open).engine.ready).toBe(ready);
    expect(play([{ type: 'engine-failed', message: 'No weights.' }], open).engine.ready).toBeNull();
  });
});

describe('the state of the diagnosis', () => {
  it('is kept when it comes', () => {
    const diagnosis = { advice: [] } as unknown as Extract<Event, { type: 'diagnosis' }>['diagnosis'];
    const state = play([{ type: 'diagnosis', diagnosis }], {
      ...initialState,
      diagnosis: { running: true, report: null },
    });
    expect(state.diagnosis).toEqual({ running: false, report: diagnosis });
  });
});

describe('the state of measuring', () => {
  const step = { name: 'tile', done: 2, total: 3 } as const;
  const report = { created: '2026' } as unknown as Extract<Event, { type: 'measured' }>['report'];

  it('tells the part in work, then the report or why there is none', () => {
    expect(play([{ type: 'measuring', step }]).measuring.step).toEqual(step);
    expect(
      play([
        { type: 'measuring', step },
        { type: 'measured', report, message: null },
      ]).measuring,
    ).toEqual({
      step: null,
      report,
      message: null,
    });
    expect(play([{ type: 'measured', report: null, message: 'No.' }]).measuring).toMatchObject({ message: 'No.' });
  });

  it('ends with the engine', () => {
    expect(
      play([
        { type: 'measuring', step },
        { type: 'restored', count: 0 },
      ]).measuring.step,
    ).toBeNull();
  });
});

describe('the state of the profile', () => {
  it('is kept when it comes, or why there is none', () => {
    const running = { ...initialState, profile: { running: true, profile: null, message: null } };
    const profile = { tile: 64 } as unknown as Extract<Event, { type: 'profile' }>['profile'];
    expect(play([{ type: 'profile', profile, message: null }], running).profile).toEqual({
      running: false,
      profile,
      message: null,
    });
    expect(play([{ type: 'profile', profile: null, message: 'No.' }], running).profile).toEqual({
      running: false,
      profile: null,
      message: 'No.',
    });
  });
});
