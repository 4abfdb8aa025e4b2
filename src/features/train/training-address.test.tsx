/** @vitest-environment happy-dom */
import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { useTraining } from './training-run.ts';

afterEach(() => {
  location.hash = '';
});

function Page() {
  useTraining();
  return null;
}
const arriveAt = (hash: string) =>
  act(() => {
    location.hash = hash;
    window.dispatchEvent(new Event('hashchange'));
  });

it('takes the settings of a link that is followed while the page is open', () => {
  location.hash = '#/train?seed=7';
  const { app } = render(<Page />);
  const seed = () => app.store.getState().training.draft.seed;
  expect(seed()).toBe(7);
  arriveAt('#/train?seed=8&cycle=true');
  expect(app.store.getState().training.draft).toMatchObject({ seed: 8, cycle: true });
  arriveAt('#/train?seed=none');
  expect(seed()).toBe(8);
  expect(app.store.getState().notices.list.at(-1)?.message).toMatch(/settings were left out/);
  // The address says what holds.
  expect(location.hash).toBe('#/train?seed=8&cycle=true');
  arriveAt('#/upscale?seed=9');
  expect(seed()).toBe(8);
});
