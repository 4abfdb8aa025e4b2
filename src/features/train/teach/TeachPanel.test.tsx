// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import { readTrainingConfig } from '../../../paper/config.ts';
import type { Event } from '../../../protocol/index.ts';
import type { ModelEntry } from '../../../protocol/models.ts';
import type { Teaching, TrainingStatus } from '../../../protocol/train.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { metricsColumns } from '../../../report/run-metrics.ts';
import { pageConfig } from '../../../store/training.ts';
import { TaughtList } from './TaughtList.tsx';
import { TeachPanel, teachingPlan } from './TeachPanel.tsx';

const ready: EngineReady = {
  backend: 'wasm',
  backendReason: '',
  adapter: null,
  preset: 'compact',
  method: 'ours',
  methods: ['ours', 'l2'],
  teacherSteps: 15,
  downsamplers: ['ours'],
  parameters: 1,
  tile: 64,
  tileReason: '',
  msPerTile: 1,
};
const hardware = {
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  isSoftware: false,
} as EngineReady['adapter'];

describe('the settings of teaching', () => {
  it('are co-training’s, from the shipped weights, smaller on WebAssembly and in software', () => {
    const onWasm = teachingPlan(ready, 20, 'bicubic', null);
    expect(readTrainingConfig(onWasm.config)).toEqual(onWasm.config);
    expect(onWasm.config).toMatchObject({
      studentStart: 'shipped',
      partnerStart: 'shipped',
      degradation: 'bicubic',
      heldOutPictures: 4,
      heldOutCrops: 6,
    });
    const onGpu = teachingPlan({ ...ready, backend: 'webgpu', adapter: hardware }, 20, 'bicubic', null);
    expect(onGpu.config.crop).toBeGreaterThan(onWasm.config.crop);
    expect(onGpu.iterations * onGpu.config.batch).toBeGreaterThan(onWasm.iterations * onWasm.config.batch);
    const inSoftware = { ...ready, backend: 'webgpu', adapter: hardware && { ...hardware, isSoftware: true } } as const;
    expect(teachingPlan(inSoftware, 20, 'bicubic', null)).toEqual(onWasm);
  });

  it('follow the length that the user wants, and start fresh what these weights lack', () => {
    const { config, iterations } = teachingPlan(
      { ...ready, methods: ['l2'], downsamplers: [] },
      5,
      'realesrgan-test',
      4,
    );
    expect(iterations).toBe(4);
    expect(config).toMatchObject({ studentStart: 'teacher', partnerStart: 'fresh', ema: 0, heldOutPictures: 1 });
  });
});

it('says which lengths there are where another is typed, and takes none for the usual one', () => {
  const { sent } = render(<TeachPanel />, (_, emit) => {
    emit({ type: 'engine-ready', ready });
    emit({
      type: 'training-pictures',
      pictures: { isOwn: true, count: 5, bytes: 8, sides: [63, 640, 480, 40, 64], message: '' },
    });
  });
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Iterations' });
  const start = screen.getByRole<HTMLButtonElement>('button', { name: 'Teach “My pictures”' });
  expect(screen.getByText(/^2 of 5 are too small to be learnt from: under 64 px a side/)).toBeTruthy();
  const usual = Number(field.value);
  fireEvent.change(field, { target: { value: '0' } });
  expect([field.getAttribute('aria-invalid'), start.disabled]).toEqual(['true', true]);
  expect(screen.getByText(/a whole number from 1 to 100000, or empty; 0 is not/)).toBeTruthy();
  fireEvent.change(field, { target: { value: '' } });
  fireEvent.click(start);
  expect(sent.at(-1)).toMatchObject({ type: 'training-teach', iterations: usual });
});

it('discards a lesson after a question, and leaves its settings to no other run', async () => {
  const teaching: Teaching = { name: 'Owls', iterations: 2, before: null, after: null, method: null };
  const { sent } = render(<TeachPanel />, (_, emit) => {
    emit({ type: 'engine-ready', ready });
    emit({
      type: 'training-state',
      state: {
        status: 'running',
        message: '',
        fault: null,
        ended: null,
        step: 1,
        nextPhase: null,
        run: 'a',
        config: pageConfig,
        saved: null,
        start: null,
        teaching,
      },
    });
  });
  fireEvent.click(screen.getByRole('button', { name: 'Discard' }));
  expect(sent.some(({ type }) => type === 'training-delete')).toBe(false);
  fireEvent.click(await screen.findByRole('button', { name: 'Discard it' }));
  expect(sent.slice(-2)).toEqual([
    { type: 'training-delete', run: null },
    { type: 'training-choose-pictures', own: false },
  ]);
});

describe('the list of taught upscalers', () => {
  it('gives the focus back to the button that a renaming began with', () => {
    const entry = {
      preset: 'compact',
      name: 'owls.safetensors',
      title: 'Owls',
      bytes: 8,
      method: 'taught:Owls@0123abcd',
      inUse: true,
    } as ModelEntry;
    const { sent } = render(<TaughtList />, (_, emit) =>
      emit({
        type: 'models',
        state: {
          presets: [{ preset: 'compact', files: [entry], downloads: [], fault: null }],
          storage: { usage: 0, quota: 0, persisted: false, available: true },
        },
      } as unknown as Event),
    );
    const pencil = screen.getByRole('button', { name: 'Rename Owls' });
    for (const key of ['Enter', 'Escape']) {
      pencil.focus();
      fireEvent.click(pencil);
      const field = screen.getByRole('textbox', { name: 'Name' });
      expect(document.activeElement).toBe(field);
      fireEvent.change(field, { target: { value: 'Barn owls' } });
      if (key === 'Escape') fireEvent.keyDown(field, { key });
      else fireEvent.submit(field);
      expect(document.activeElement).toBe(pencil);
    }
    expect(sent.filter(({ type }) => type === 'models-rename')).toHaveLength(1);
  });
});

describe('a run that teaches and stopped before its method was kept', () => {
  const scores = [{ psnrY: 24, lpips: 0.3 }];
  const taught: Teaching = { name: 'Owls', iterations: 2, before: scores, after: null, method: null };
  const state = (teaching: Teaching, status: TrainingStatus): Event => ({
    type: 'training-state',
    state: {
      status,
      message: '',
      fault: null,
      ended: null,
      step: 2,
      nextPhase: null,
      run: 'a',
      config: pageConfig,
      saved: 2,
      start: null,
      teaching,
    },
  });
  const history = (): Event => {
    const values = new Float64Array(2 * metricsColumns.length).fill(Number.NaN);
    values[0] = 1;
    values[metricsColumns.length] = 2;
    return { type: 'training-history', values, annotations: [] };
  };

  it('is not said to be measured now, and goes on', () => {
    const { sent } = render(<TeachPanel />, (_, emit) => {
      emit(state(taught, 'stored'));
      emit(history());
    });
    expect(screen.queryByText(/^Measuring it/)).toBeNull();
    expect(screen.getByText(/^All iterations are done\. It is not measured/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Go on' }));
    expect(sent.at(-1)).toMatchObject({ type: 'training-play' });
  });

  it('is not said to be kept now, and can be kept', () => {
    const { sent, emit } = render(<TeachPanel />, (_, emitEarly) => {
      emitEarly(state({ ...taught, after: scores }, 'stored'));
    });
    expect(screen.queryByText(/^Keeping it/)).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Keep it as a method' }));
    expect(sent.at(-1)).toMatchObject({ type: 'training-play' });
    emit(state({ ...taught, after: scores }, 'running'));
    expect(screen.getByText(/^Keeping it/)).toBeTruthy();
  });

  it('is compared under its new name once the engine knows that', () => {
    const method = 'taught:Owls@0123abcd' as const;
    const renamed = 'taught:Barn owls@0123abcd' as const;
    const entry = { preset: 'compact', name: 'owls', origin: 'user', inUse: true, method: renamed, title: 'Barn owls' };
    const files = [entry as unknown as ModelEntry];
    const { emit } = render(<TeachPanel />, (_, emitEarly) => {
      emitEarly({ type: 'engine-ready', ready: { ...ready, methods: ['ours', method] } });
      emitEarly(state({ ...taught, after: scores, method }, 'stored'));
      emitEarly({ type: 'models', state: { presets: [{ preset: 'compact', files }] } } as unknown as Event);
    });
    expect(screen.getByRole('button', { name: 'Use it in Upscale' })).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Compare it with ours' })).toBeNull();
    emit({ type: 'engine-ready', ready: { ...ready, methods: ['ours', renamed] } });
    expect(screen.getByRole('link', { name: 'Compare it with ours' }).getAttribute('href')).toContain('Barn+owls');
  });
});
