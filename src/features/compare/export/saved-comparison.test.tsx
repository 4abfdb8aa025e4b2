/** @vitest-environment happy-dom */
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { CompareResult, CompareState } from '../../../protocol/compare.ts';
import { defaultOptions } from '../../../protocol/upscale.ts';
import { metricsVersion } from '../../../report/columns.ts';
import { ExportButtons } from './ExportButtons.tsx';

afterEach(() => void vi.restoreAllMocks());

const { preset, seed, colourLock } = defaultOptions;
const result = (method: CompareResult['method'], psnrY: number, of = seed): CompareResult => ({
  method,
  settings: { preset, seed: of, colourLock },
  fault: null,
  ms: 85,
  megapixelsPerSecond: 1,
  peakBytes: null,
  parameters: null,
  scores: { psnrY, psnrRgb: psnrY, ssimY: 0.9, msSsim: null, lpips: 0.2, niqe: null },
  metrics: metricsVersion,
});

it('says of a result of other settings which those were, and ranks the methods that are in it', async () => {
  const files: Blob[] = [];
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage() {} } as never);
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((take) =>
    take(new Blob(['x'], { type: 'image/png' })),
  );
  vi.spyOn(URL, 'createObjectURL').mockImplementation((file) => {
    files.push(file as Blob);
    return 'blob:x';
  });
  render(<ExportButtons />, (_, emit) => {
    const input = { id: 'a', name: 'a.png', kind: 'picture', degradation: { name: 'bicubic', seed: 1 } };
    const state = {
      inputs: [input],
      selected: 'a',
      prepared: { id: 'a', width: 2, height: 2 },
      models: [],
      fault: null,
      methods: ['bicubic', 'ours'],
      // The best one is kept, and not chosen any more.
      results: [result('lanczos', 30), result('bicubic', 24), result('ours', 25, seed + 1)],
    };
    emit({ type: 'compare-state', state: state as unknown as CompareState });
    for (const layer of ['lr', 'bicubic', 'ours', 'lanczos'] as const)
      emit({ type: 'compare-picture', layer, bitmap: { width: 2, height: 2, close() {} } as unknown as ImageBitmap });
  });
  fireEvent.click(screen.getByRole('button', { name: 'Save the comparison as one HTML file' }));
  await waitFor(() => expect(files).toHaveLength(1));
  const html = await (files[0] as Blob).text();
  const rows = [...html.matchAll(/<tr><td>.*?<\/tr>/g)].map(([row]) => row);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(/^<tr><td>bicubic<\/td>.*<td>24\.000 \(2nd\)<\/td>/);
  expect(rows[1]).toMatch(
    new RegExp(`^<tr><td>ours, seed ${seed + 1}, other settings</td>.*<td>25\\.000 \\(best\\)</td>`),
  );
  expect(html).toContain(`<b>ours</b> 85 ms, seed ${seed + 1}, other settings`);
});
