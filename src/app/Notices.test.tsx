/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { act } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { render } from '../../tests/support/render.tsx';
import { Notices } from './Notices.tsx';

beforeEach(() => {
  vi.useFakeTimers();
  // A message belongs to the page that it comes on.
  location.hash = '#/upscale';
});
afterEach(() => void vi.useRealTimers());

it('a message stays while it is focused, though the pointer passes over it', () => {
  render(<Notices page="upscale" />, ({ actions }) => actions.notify('info', 'Saved.'));
  const wait = () => act(() => vi.advanceTimersByTime(8000));
  const button = screen.getByRole('button', { name: 'Dismiss' });
  fireEvent.focus(button);
  fireEvent.pointerEnter(button);
  fireEvent.pointerLeave(screen.getByText('Saved.').closest('[data-level]') as Element);
  wait();
  expect(screen.getByText('Saved.')).toBeTruthy();
  fireEvent.blur(button);
  wait();
  expect(screen.queryByText('Saved.')).toBeNull();
});
