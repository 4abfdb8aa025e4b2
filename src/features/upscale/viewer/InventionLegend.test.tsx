/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import { defaultOptions, type FaithfulState } from '../../../protocol/upscale.ts';
import { useAppState } from '../../../store/context.ts';
import { InventionLegend } from './InventionLegend.tsx';

const added = (faithful: FaithfulState): Event => ({
  type: 'image-added',
  image: { id: 'a', name: 'a.png', width: 10, height: 20, hasAlpha: false, bytes: 100 },
  state: 'done',
  prediction: { outWidth: 40, outHeight: 80, run: null },
  result: { seconds: 1, megapixels: 1, options: { ...defaultOptions, method: 'ours' }, backend: 'wasm', tile: 64 },
  faithful,
  restored: false,
  thumbnail: { close() {} } as unknown as ImageBitmap,
});

function Shown() {
  const item = useAppState(({ queue }) => queue.items.a);
  return item && <InventionLegend viewer={{ current: null }} item={item} />;
}

it('asks for the map once there is a faithful picture, and not again as the dial turns', () => {
  const { sent, app, emit } = render(<Shown />, (_, emit) =>
    emit(added({ state: 'running', share: 0, etaSeconds: null })),
  );
  expect(sent).toEqual([]);
  emit({ type: 'faithful', id: 'a', faithful: { state: 'ready' } });
  app.actions.setDetail('a', 30);
  expect(sent).toEqual([{ type: 'map-invention', id: 'a', full: 16 }]);
  fireEvent.change(screen.getByRole('combobox'), { target: { value: '64' } });
  expect(sent.at(-1)).toEqual({ type: 'map-invention', id: 'a', full: 64 });
});

it('makes the faithful picture when it is told to, not by itself: what was cancelled stays so', () => {
  const { sent } = render(<Shown />, (_, emit) => emit(added({ state: 'none' })));
  expect(sent).toEqual([]);
  fireEvent.click(screen.getByRole('button', { name: 'Measure it' }));
  expect(sent).toEqual([{ type: 'run-faithful', id: 'a' }]);
});
