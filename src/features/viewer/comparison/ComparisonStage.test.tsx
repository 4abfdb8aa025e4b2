/** @vitest-environment happy-dom */
import { fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { initialCompareView } from '../../../store/view.ts';
import { ComparisonStage, ErrorLegend } from './ComparisonStage.tsx';

// It never paints: without a size there is nothing to paint.
beforeEach(() => void vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({} as never));
afterEach(() => void vi.restoreAllMocks());

const stage = (...pair: [CompareLayer, CompareLayer]) => (
  <ComparisonStage
    view={initialCompareView}
    onView={() => {}}
    image={null}
    pair={pair}
    several={[]}
    titleOf={(layer) => layer}
    factsOf={() => null}
    legend={null}
    subject={() => null}
    listen={() => () => {}}
  />
);

it('names the two pictures on screen, also where both were one before', () => {
  const { rerender } = render(stage('lr', 'lr'));
  expect(screen.getAllByText('lr')).toHaveLength(2);
  rerender(stage('bicubic', 'ours'));
  expect(screen.queryByText('lr')).toBeNull();
  expect(screen.getByText('bicubic')).toBeTruthy();
});

it('leaves the arrows to the list of measures over the error map', () => {
  const onView = vi.fn();
  render(
    <ComparisonStage
      view={{ ...initialCompareView, mode: 'difference' }}
      onView={onView}
      image={{ width: 20, height: 20 }}
      pair={['bicubic', 'ours']}
      several={[]}
      titleOf={(layer) => layer}
      factsOf={() => null}
      legend={<ErrorLegend full={32} facts={null} onFull={() => {}} />}
      subject={() => null}
      listen={() => () => {}}
    />,
  );
  // True: nothing prevented what the browser does with the key.
  expect(fireEvent.keyDown(screen.getByRole('combobox'), { key: 'ArrowDown' })).toBe(true);
  expect(onView).not.toHaveBeenCalled();
  expect(fireEvent.keyDown(screen.getByRole('application'), { key: 'ArrowDown' })).toBe(false);
  expect(onView).toHaveBeenCalledOnce();
});
