/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { ProtectMask } from '../../../imaging/detail.ts';
import type { Event } from '../../../protocol/index.ts';
import { defaultOptions } from '../../../protocol/upscale.ts';
import { useAppState } from '../../../store/context.ts';
import type { Point } from '../../../store/view.ts';
import { ProtectBrush } from './ProtectBrush.tsx';
import { ViewerFooter } from './ViewerFooter.tsx';
import type { Viewer } from './viewer.ts';

const added: Event = {
  type: 'image-added',
  image: { id: 'a', name: 'a.png', width: 2, height: 2, hasAlpha: false, bytes: 100 },
  state: 'done',
  prediction: { outWidth: 8, outHeight: 8, run: null },
  result: { seconds: 1, megapixels: 1, options: { ...defaultOptions, method: 'ours' }, backend: 'wasm', tile: 64 },
  isKept: true,
  thumbnail: { close() {} } as unknown as ImageBitmap,
};
const suggestion = (...data: number[]): Event => ({
  type: 'protect',
  id: 'a',
  mask: { width: 2, height: 2, data: Uint8Array.from(data) },
  isSuggestion: true,
});

/** The brush over a viewer whose canvases are plain masks. */
function open() {
  const shown: { suggested: ProtectMask | null; mask: ProtectMask | null } = { suggested: null, mask: null };
  const strokes: string[] = [];
  const protect = {
    canUndo: false,
    begin: () => void strokes.push('begin'),
    stroke: (from: Point, to: Point) => void strokes.push(`${from.x} → ${to.x}`),
    add(mask: ProtectMask) {
      shown.mask = mask;
    },
    mask: () => shown.mask,
  };
  const viewer = {
    protect,
    showMask() {},
    maskChanged() {},
    inputAt: (at: Point) => at,
    suggest(mask: ProtectMask | null) {
      shown.suggested = mask;
    },
  } as unknown as Viewer;
  function Shown() {
    const item = useAppState(({ queue }) => queue.items.a);
    return item && <ProtectBrush viewer={{ current: viewer }} item={item} />;
  }
  const parts = (
    <>
      <Shown />
      <ViewerFooter />
    </>
  );
  return { shown, strokes, ...render(parts, (_, emit) => emit(added)) };
}

it('protects what looks like text when the user accepts it, and says how much that is', () => {
  const { shown, sent, emit } = open();
  fireEvent.click(screen.getByRole('button', { name: 'Find text' }));
  expect(sent).toEqual([{ type: 'suggest-protect', id: 'a' }]);
  emit(suggestion(255, 255, 255, 0));
  expect(screen.getByRole('status').textContent).toBe('75 % of the picture looks like text, in blue.');
  expect(shown.suggested?.data).toEqual(Uint8Array.of(255, 255, 255, 0));
  expect(sent).toHaveLength(1);
  fireEvent.click(screen.getByRole('button', { name: 'Protect these' }));
  expect(shown.suggested).toBeNull();
  expect(sent.slice(1).map(({ type }) => type)).toEqual(['set-protect', 'run-faithful']);
  expect(screen.getByText(/75 % protected/)).toBeTruthy();
});

it('leaves the picture as it is when the user does not accept it', () => {
  const { shown, sent, emit } = open();
  emit(suggestion(255, 0, 0, 0));
  fireEvent.click(screen.getByRole('button', { name: 'No' }));
  expect([shown.suggested, shown.mask]).toEqual([null, null]);
  expect(sent).toEqual([]);
  expect(screen.queryByRole('button', { name: 'Protect these' })).toBeNull();
});

it('says what to do where nothing looks like text', () => {
  const { emit } = open();
  emit(suggestion(0, 0, 0, 0));
  expect(screen.getByRole('status').textContent).toBe('Nothing here looks like text: paint it by hand.');
  expect(screen.queryByRole('button', { name: 'Protect these' })).toBeNull();
});

it('says what is protected of a picture of the last visit', () => {
  const { emit } = open();
  expect(screen.queryByText(/protected/)).toBeNull();
  emit({ ...suggestion(255, 0, 0, 0), isSuggestion: false } as Event);
  expect(screen.getByText(/25 % protected/)).toBeTruthy();
});

it('follows one finger of several, and keeps a stroke that the system cuts off', () => {
  Object.assign(HTMLElement.prototype, { setPointerCapture() {}, hasPointerCapture: () => true });
  const { strokes, sent, container } = open();
  const layer = container.querySelector('[data-protect-layer]') as HTMLElement;
  fireEvent.pointerDown(layer, { pointerId: 1, isPrimary: true, clientX: 10 });
  fireEvent.pointerDown(layer, { pointerId: 2, isPrimary: false, clientX: 90 });
  fireEvent.pointerMove(layer, { pointerId: 2, isPrimary: false, clientX: 95 });
  fireEvent.pointerMove(layer, { pointerId: 1, isPrimary: true, clientX: 12 });
  expect(strokes).toEqual(['begin', '10 → 10', '10 → 12']);
  expect(sent).toEqual([]);
  fireEvent.pointerCancel(layer, { pointerId: 1, isPrimary: true });
  expect(sent).toEqual([{ type: 'set-protect', id: 'a', mask: null }]);
});
