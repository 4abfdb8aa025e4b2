/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { act } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import { defaultOptions, type EngineReady, type OnDemandState } from '../../../protocol/upscale.ts';
import type { UpscaleMethod } from '../../../report/methods.ts';
import { useAppState } from '../../../store/context.ts';
import { curveLine, scoreAt } from '../../viewer/sliders.tsx';
import { DetailDial, InventionLegend } from './faithful.tsx';

const points = [
  { detail: 0, psnr_y: 26, lpips_alex: 0.5 },
  { detail: 50, psnr_y: 25.8, lpips_alex: 0.4 },
  { detail: 100, psnr_y: 25, lpips_alex: 0.3 },
];

describe('the measured curve', () => {
  it('rises where the picture gets better, by both metrics', () => {
    expect(curveLine(points, 'psnr_y')).toBe('0,1.00 50,4.60 100,19.00');
    expect(curveLine(points, 'lpips_alex')).toBe('0,19.00 50,10.00 100,1.00');
  });

  it('has the values between two measured places', () => {
    expect(scoreAt(points, 0, 'psnr_y')).toBe(26);
    expect(scoreAt(points, 75, 'psnr_y')).toBeCloseTo(25.4);
    expect(scoreAt(points, 100, 'lpips_alex')).toBe(0.3);
  });
});

const done = (method: UpscaleMethod): Event => ({
  type: 'image-added',
  image: { id: 'a', name: 'a.png', width: 10, height: 20, hasAlpha: false, bytes: 100 },
  state: 'done',
  prediction: { outWidth: 40, outHeight: 80, run: null },
  result: { seconds: 1, megapixels: 1, options: { ...defaultOptions, method }, backend: 'wasm', tile: 64 },
  isKept: true,
  thumbnail: { close() {} } as unknown as ImageBitmap,
});
const ready = { preset: 'compact', method: 'ours', methods: ['ours', 'l2'] } as unknown as EngineReady;

const open = (method: UpscaleMethod) =>
  render(<DetailDial />, (_, emit) => {
    emit({ type: 'engine-ready', ready });
    emit(done(method));
  });

describe('DetailDial', () => {
  it('runs the faithful method at its first turn, once, and says how far that is', () => {
    const { sent, emit } = open('ours');
    const dial = screen.getByRole('slider', { name: 'Detail' });
    fireEvent.change(dial, { target: { value: '40' } });
    fireEvent.change(dial, { target: { value: '30' } });
    expect(sent).toEqual([{ type: 'run-faithful', id: 'a' }]);
    emit({ type: 'faithful', id: 'a', faithful: { state: 'running', share: 0.5, etaSeconds: 3 } });
    expect(screen.getByText(/3.0 s left/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(sent.at(-1)).toEqual({ type: 'cancel', id: 'a' });
  });

  it('goes back to all detail where making the faithful picture is cancelled, as there is nothing to blend', () => {
    const { app, emit } = open('ours');
    const dial = screen.getByRole('slider', { name: 'Detail' });
    fireEvent.change(dial, { target: { value: '40' } });
    emit({ type: 'faithful', id: 'a', faithful: { state: 'none' } });
    expect(app.store.getState().queue.items.a?.detail).toBe(100);
    expect(screen.getByText('100 %')).toBeTruthy();
  });

  it('says why there is no faithful picture, and tries again', () => {
    const { sent, emit } = open('sinsr');
    emit({ type: 'faithful', id: 'a', faithful: { state: 'failed', message: 'The weights are gone.' } });
    expect(screen.getByRole('alert').textContent).toContain('The weights are gone.');
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(sent).toEqual([{ type: 'run-faithful', id: 'a' }]);
  });

  it('is not there for the faithful method itself, the teacher or a model from elsewhere', () => {
    for (const method of ['l2', 'resshift', 'esrgan-slim'] as const) {
      const { container } = open(method);
      expect(container.textContent).toBe('');
    }
  });
});

const added = (faithful: OnDemandState): Event => ({
  type: 'image-added',
  image: { id: 'a', name: 'a.png', width: 10, height: 20, hasAlpha: false, bytes: 100 },
  state: 'done',
  prediction: { outWidth: 40, outHeight: 80, run: null },
  result: { seconds: 1, megapixels: 1, options: { ...defaultOptions, method: 'ours' }, backend: 'wasm', tile: 64 },
  faithful,
  isKept: true,
  thumbnail: { close() {} } as unknown as ImageBitmap,
});

function Shown() {
  const item = useAppState(({ queue }) => queue.items.a);
  return item && <InventionLegend viewer={{ current: null }} item={item} />;
}

it('asks for the map once there is a faithful picture, and again where the dial comes to rest', async () => {
  const { sent, app, emit } = render(<Shown />, (_, emit) =>
    emit(added({ state: 'running', share: 0, etaSeconds: null })),
  );
  expect(sent).toEqual([]);
  emit({ type: 'faithful', id: 'a', faithful: { state: 'ready' } });
  const map = { type: 'map-invention', id: 'a', of: 'faithful' };
  await vi.waitFor(() => expect(sent).toEqual([{ ...map, full: 16, detail: 100 }]));
  sent.length = 0;
  act(() => {
    app.actions.setDetail('a', 60);
    app.actions.setDetail('a', 30);
  });
  const asked = () => sent.filter(({ type }) => type === 'map-invention');
  await vi.waitFor(() => expect(asked()).toEqual([{ ...map, full: 16, detail: 30 }]));
  fireEvent.change(screen.getByLabelText(/^Full scale/), { target: { value: '64' } });
  await vi.waitFor(() => expect(asked().at(-1)).toEqual({ ...map, full: 64, detail: 30 }));
});

it('makes the faithful picture when it is told to, not by itself: what was cancelled stays so', () => {
  const { sent } = render(<Shown />, (_, emit) => emit(added({ state: 'none' })));
  expect(sent).toEqual([]);
  fireEvent.click(screen.getByRole('button', { name: 'Measure it' }));
  expect(sent).toEqual([{ type: 'run-faithful', id: 'a' }]);
});

it('measures the spread over seeds when it is told to, after saying what it costs, and can be cancelled', async () => {
  const { sent, emit } = render(<Shown />, (_, emit) => emit(added({ state: 'ready' })));
  const bitmap = {} as ImageBitmap;
  const map = (of: 'faithful' | 'seeds', mean: number): Event => ({
    type: 'invention',
    id: 'a',
    of,
    bitmap,
    facts: { mean, most: 9, againstInput: 2 },
  });
  emit(map('faithful', 3.25));
  expect(screen.getByRole('status').textContent).toMatch(/mean 3\.3/);
  fireEvent.change(screen.getByLabelText('Measure of the map'), { target: { value: 'seeds' } });
  expect(screen.getByRole('status').textContent).toBe('of 255');
  // Of the measure before, on its way meanwhile.
  emit(map('faithful', 3.25));
  expect(screen.getByRole('status').textContent).toBe('of 255');
  fireEvent.click(screen.getByRole('button', { name: 'Measure it: 3 more runs, about 3.0 s' }));
  expect(sent.at(-1)).toEqual({ type: 'run-spread', id: 'a' });
  emit({ type: 'spread', id: 'a', spread: { state: 'running', share: 0.3, etaSeconds: 2 } });
  expect(screen.getByText(/3 other seeds, 2\.0 s left/)).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(sent.at(-1)).toEqual({ type: 'cancel', id: 'a' });
  emit({ type: 'spread', id: 'a', spread: { state: 'ready' } });
  const asked = { type: 'map-invention', id: 'a', of: 'seeds', full: 16, detail: 100 };
  await vi.waitFor(() => expect(sent.at(-1)).toEqual(asked));
  emit(map('seeds', 1.5));
  expect(screen.getByRole('status').textContent).toMatch(/mean 1\.5/);
});
