/** @vitest-environment happy-dom */
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import { DataPanel } from './DataPanel.tsx';

const bitmap = { width: 1, height: 1, close() {} } as unknown as ImageBitmap;
const previewed = (...steps: string[]): Event => ({
  type: 'training-previewed',
  preview: { index: 0, hr: bitmap, lr: bitmap, steps },
  fault: null,
});

it('lists the steps of the crop that is shown, also where the one before had the same step twice', () => {
  const { emit } = render(<DataPanel />, (_, tell) =>
    tell(previewed('JPEG: quality 90', 'Resize', 'JPEG: quality 90')),
  );
  const steps = () =>
    within(screen.getByRole('list', { name: 'Steps of the degradation' }))
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent);
  expect(steps()).toEqual(['JPEG: quality 90', 'Resize', 'JPEG: quality 90']);
  emit(previewed('Blur'));
  expect(steps()).toEqual(['Blur']);
});
