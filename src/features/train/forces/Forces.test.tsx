/** @vitest-environment happy-dom */
import { screen, waitFor } from '@testing-library/react';
import { act } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import { metricsColumns } from '../../../report/run-metrics.ts';
import { Forces } from './Forces.tsx';

// A spectrum takes a canvas, which there is none of here.
beforeEach(() =>
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => null;
    },
  ),
);

/** A run of one iteration, measured on its held-out crops. @param psnrY dB above bicubic */
const run = (psnrY: number): Event => {
  const row: Readonly<Record<string, number>> = {
    step: 0,
    'heldOut.psnrY': 24 + psnrY,
    'heldOut.bicubicPsnrY': 24,
    'heldOut.lpips': 0.5,
    'heldOut.bicubicLpips': 0.5,
  };
  const values = Float64Array.from(metricsColumns, (name) => row[name] ?? Number.NaN);
  return { type: 'training-history', values, annotations: [] };
};
const way = () => screen.getByRole('img', { name: /^The student/ }).getAttribute('aria-label');

it('draws the way of the run that is open, also where the one before was measured at the same iterations', async () => {
  const { emit } = render(<Forces recording={null} />, (_, tell) => tell(run(1)));
  await waitFor(() => expect(way()).toContain('after iteration 1: PSNR-Y +1.00 dB'));
  await act(async () => emit(run(-0.5)));
  await waitFor(() => expect(way()).toContain('after iteration 1: PSNR-Y −0.50 dB'));
});
