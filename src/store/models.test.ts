/** Weights as the page knows them: added, reported, imported; and the preset that runs. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import type { Event } from '../protocol/index.ts';
import type { MappingReport, PresetModels } from '../protocol/models.ts';
import { createApp } from './store.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const { engine, sent, emit } = fakeEngine();
  const { store, actions } = createApp(engine);
  const last = () => sent.at(-1);
  const pending = () => store.getState().models.imports[0];
  const notices = () => store.getState().notices.list.map(({ message }) => message);
  return { store, actions, sent, last, emit, pending, notices };
}

const none = { count: 0, first: [] };
const report: MappingReport = {
  kind: 'torch',
  path: '',
  alternatives: [],
  preset: 'paper',
  part: 'unet',
  dtypes: ['F32'],
  needed: 540,
  matched: 540,
  missing: none,
  unexpected: none,
  wrongShape: none,
  complete: true,
  bytes: { f16: 1, f32: 2 },
};

const preset = (name: PresetModels['preset'], runs: boolean): PresetModels => ({
  preset: name,
  files: [],
  runs,
  memory: { webgpu: 2.1e9, wasm: 1.6e9 },
  message: null,
});
const listed = (paperRuns: boolean): Event => ({
  type: 'models',
  state: {
    presets: [preset('compact', true), preset('paper', paperRuns)],
    storage: { usage: 0, quota: 1, persisted: false, available: true },
  },
});

describe('a file that the user adds', () => {
  const addFile = () => {
    const app = start();
    app.actions.addWeights([new File(['x'], 'SinSR_v1.pth')]);
    const id = app.pending()?.id ?? '';
    return { ...app, id };
  };
  const reported = (id: string, suggested: 'sinsr' | null): Event => ({
    type: 'models-report',
    id,
    report,
    suggested,
    licence: null,
    source: null,
  });

  it('is looked into, and imported as the user says', () => {
    const { actions, emit, last, pending, id } = addFile();
    expect(last()).toMatchObject({ type: 'models-inspect', id });
    expect(pending()?.phase).toBe('reading');
    emit(reported(id, 'sinsr'));
    actions.chooseImport(id, { precision: 'f32' });
    actions.startImport(id);
    expect(last()).toEqual({ type: 'models-import', id, identity: 'sinsr', precision: 'f32' });
    emit({ type: 'models-progress', id, done: 1, total: 2, etaSeconds: 3 });
    expect(pending()).toMatchObject({ phase: 'importing', progress: { done: 1, total: 2, etaSeconds: 3 } });
    emit({ type: 'models-cancelled', id });
    expect(pending()?.phase).toBe('report');
  });

  it('is not imported before anybody has said what it is', () => {
    const { actions, emit, last, id } = addFile();
    emit(reported(id, null));
    actions.startImport(id);
    expect(last()?.type).toBe('models-inspect');
  });

  it('shows why it was refused, and goes when dismissed', () => {
    const { actions, emit, last, pending, id } = addFile();
    emit({ type: 'models-refused', id, message: 'Damaged.' });
    expect(pending()).toMatchObject({ phase: 'refused', message: 'Damaged.' });
    actions.dismissImport(id);
    expect(pending()).toBeUndefined();
    expect(last()).toEqual({ type: 'models-cancel', id });
  });

  it('must be added again when the engine was started again', () => {
    const { emit, pending, id } = addFile();
    emit({ type: 'restored', count: 0 });
    emit(reported(id, 'sinsr'));
    expect(pending()?.phase).toBe('report');
    emit({ type: 'restored', count: 0 });
    expect(pending()).toMatchObject({ phase: 'refused', message: expect.stringContaining('add the file again') });
  });
});

describe('the preset in the store', () => {
  it('that needs more memory raises the budget, and that is said', () => {
    const { store, actions, emit, notices } = start();
    emit(listed(true));
    actions.choosePreset('paper');
    expect(store.getState().settings.options).toMatchObject({ preset: 'paper', method: 'auto', memoryBudget: 2 ** 31 });
    expect(notices()).toEqual([expect.stringMatching(/need about 2.0 GB, so the memory budget was raised to 2.0 GB/)]);
    actions.choosePreset('compact');
    expect(store.getState().settings.options).toMatchObject({ preset: 'compact', memoryBudget: 2 ** 31 });
  });

  it('whose weights are gone gives way to one that runs everywhere', () => {
    const { store, actions, emit, notices } = start();
    emit(listed(true));
    actions.choosePreset('paper');
    emit(listed(false));
    expect(store.getState().settings.options.preset).toBe('compact');
    expect(notices().at(-1)).toMatch(/paper preset has no weights/);
  });
});

describe('an ONNX file', () => {
  it('that was not made says so at its own preset', () => {
    const { store, actions, emit } = start();
    actions.exportOnnx('paper', { method: 'ours', tile: 64, weights: 'float16', noiseSeed: null });
    emit({ type: 'models-onnx-ended', message: 'There is no room.' });
    expect(store.getState().models.onnxFault).toEqual({ preset: 'paper', message: 'There is no room.' });
    actions.exportOnnx('compact', { method: 'ours', tile: 64, weights: 'float16', noiseSeed: null });
    expect(store.getState().models.onnxFault).toBeNull();
  });
});
