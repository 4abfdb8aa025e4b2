/** The Diagnosis page measures its machine, and gives a report of it as a file. */
import { expect, test } from '@playwright/test';
import type { MachineReport } from '../src/protocol/diagnosis.ts';
import { download, openPage } from './helpers.ts';

test('measures the machine on a press, stops on another, and has the report as a file', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/diagnosis');
  const section = page.getByRole('region', { name: 'Report of this machine' });
  const measure = section.getByRole('button', { name: /^Measure/ });
  await expect(measure).toBeEnabled({ timeout: 120_000 });
  await measure.click();
  await expect(section.getByRole('progressbar', { name: 'Measuring' })).toBeVisible();
  await section.getByRole('button', { name: 'Stop' }).click();
  await expect(measure).toBeVisible();
  await expect(section.getByRole('button', { name: 'Download report' })).toHaveCount(0);

  await measure.click();
  await expect(section.getByRole('status')).toHaveText(/GFLOP\/s\. A tile of \d+ px: .* after that\.$/, {
    timeout: 120_000,
  });
  const { name, bytes } = await download(page, section.getByRole('button', { name: 'Download report' }));
  expect(name).toMatch(/^cosr-machine-\d{4}-\d\d-\d\d\.json$/);
  const report = JSON.parse(bytes.toString()) as MachineReport;
  expect(report).toMatchObject({ format: 'cosr-machine-1', engine: { backend: 'wasm', tile: 16 } });
  expect(report.diagnosis.selfTest.length).toBeGreaterThan(10);
  const { peak, convolutions, tile } = report.measured;
  expect(peak).toBeNull();
  expect(convolutions.gflops).toBeGreaterThan(0);
  // 16 px and their context.
  expect(tile).toMatchObject({ side: 48, dispatches: 0, refusal: null });
  expect(tile.nextMs).toBeGreaterThan(0);
});
