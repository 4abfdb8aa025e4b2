/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { act } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import { defaultOptions, type EngineReady } from '../../../protocol/upscale.ts';
import { Stage } from './Stage.tsx';
import { Viewer } from './viewer.ts';

const added = (id: string): Event => ({
  type: 'image-added',
  image: { id, name: `${id}.png`, width: 20, height: 20, hasAlpha: false, bytes: 100 },
  state: 'done',
  prediction: { outWidth: 80, outHeight: 80, run: null },
  result: { seconds: 1, megapixels: 1, options: { ...defaultOptions, method: 'ours' }, backend: 'wasm', tile: 64 },
  isKept: true,
  thumbnail: { close() {} } as unknown as ImageBitmap,
});
const ready = { preset: 'compact', method: 'ours', methods: ['ours', 'l2'] } as unknown as EngineReady;

// It never paints: without a size there is nothing to paint.
const canvas = { width: 0, height: 0 };
beforeEach(() => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ canvas } as never);
  Object.assign(HTMLElement.prototype, { setPointerCapture() {}, hasPointerCapture: () => true });
});
afterEach(() => void vi.restoreAllMocks());

const open = () =>
  render(<Stage />, ({ actions }, emit) => {
    emit({ type: 'engine-ready', ready });
    emit(added('a'));
    emit(added('b'));
    actions.select('a');
  });

it('moves the picture by arrows, but for those of a slider or a list over it', () => {
  const { app } = open();
  const stage = screen.getByRole('application', { name: 'Image viewer' });
  /** Whether the viewer took the key. */
  const press = (element: Element) => !fireEvent.keyDown(element, { key: 'ArrowLeft' });
  const { centre } = app.store.getState().view;
  act(() => app.actions.setView({ mapping: true }));
  const dial = screen.getByRole('slider', { name: 'Detail' });
  const list = screen.getByRole('combobox', { name: 'Measure of the map' });
  expect([press(dial), press(list)]).toEqual([false, false]);
  expect(app.store.getState().view.centre).toEqual(centre);
  expect(press(stage)).toBe(true);
  expect(app.store.getState().view.fit).toBe(false);
});

it('forgets a frame with the picture that it was drawn on', () => {
  vi.spyOn(Viewer.prototype, 'rectBetween').mockReturnValue({ x: 0, y: 0, width: 5, height: 6 });
  const { app } = open();
  act(() => app.actions.setView({ framing: true }));
  const layer = screen.getByText('Drag a frame around the part to upscale.').parentElement as HTMLElement;
  fireEvent.pointerDown(layer, { pointerId: 1 });
  fireEvent.pointerUp(layer, { pointerId: 1 });
  expect(screen.getByText(/5 × 6 pixels framed/)).toBeTruthy();
  for (const id of ['b', 'a']) {
    act(() => app.actions.select(id));
    expect(screen.queryByText(/pixels framed/)).toBeNull();
    expect(screen.getByText('Drag a frame around the part to upscale.')).toBeTruthy();
  }
});
