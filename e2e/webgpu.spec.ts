/** The same page on WebGPU, whatever the adapter; SwiftShader takes seconds for the smallest tile, so pictures are tiny. */
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { metricSource } from '../cli/evaluate/run.ts';
import { evaluate } from '../src/engine/evaluation/evaluate.ts';
import { loadMetrics } from '../src/engine/runtime/metrics.ts';
import { defaultOptions } from '../src/protocol/upscale.ts';
import { openNodeBackend } from '../tests/support/backend.ts';
import { directoryModelSource } from '../tests/support/node.ts';
import {
  addImage,
  chooseMethods,
  download,
  openPage,
  photo,
  pixels,
  row,
  runComparison,
  shownNumber,
  smallPng,
} from './helpers.ts';

const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(12, 10) });

test('upscales on WebGPU, and goes on after the device was lost', async ({ page }) => {
  test.setTimeout(600_000);
  await openPage(page, { backend: 'webgpu', options: { tile: 16 } });
  await addImage(page, await small());
  const item = row(page, 'small.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText('Done in', { timeout: 240_000 });
  const button = page.getByRole('button', { name: 'Download', exact: true });
  const first = await download(page, button);
  const { width, height } = await pixels(first.bytes);
  expect([width, height]).toEqual([48, 40]);

  await page.getByRole('link', { name: 'Diagnosis' }).click();
  await page.getByRole('button', { name: 'Simulate a lost GPU' }).click();
  await expect(page.getByText(/device was lost/).first()).toBeVisible();
  await page.getByRole('link', { name: 'Upscale' }).click();
  await row(page, 'small.png').getByRole('button', { name: 'Redo' }).click();
  await expect(row(page, 'small.png')).toContainText(/left|Running|Waiting/);
  await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 240_000 });
  const second = await download(page, button);
  expect((await pixels(second.bytes)).data).toEqual((await pixels(first.bytes)).data);
});

test('the diagnosis names the adapter and every op agrees with the CPU', async ({ page }) => {
  test.setTimeout(300_000);
  await openPage(page, { backend: 'webgpu', options: { tile: 16 } }, '#/diagnosis');
  await expect(page.getByText(/swiftshader|adapter/i).first()).toBeVisible();
  const rows = page.getByRole('table').filter({ hasText: 'group norm' }).getByRole('row');
  await expect(rows.filter({ hasText: 'group norm' })).toBeVisible({ timeout: 240_000 });
  await expect(page.getByText(/differs by more/)).toHaveCount(0);
  await expect(rows.filter({ hasText: 'picture' })).toContainText('ok');

  await page.getByRole('button', { name: 'Profile a tile' }).click();
  const programs = page.getByRole('table').filter({ hasText: 'Measured peak' });
  await expect(programs.getByRole('row').filter({ hasText: 'convolution' }).first()).toContainText('GFLOP/s', {
    timeout: 120_000,
  });
  await expect(page.getByRole('list', { name: /Phases of a tile of 48 px/ })).toContainText(/encode.*denoise.*decode/s);
});

test('compares on WebGPU with the numbers of WebAssembly', async ({ page }) => {
  test.setTimeout(600_000);
  const part = (file: string, side: number) =>
    sharp(photo(file)).extract({ left: side, top: side, width: side, height: side }).png().toBuffer();
  const [low, high] = [await part('lr/crop_animal_owl.png', 16), await part('hr/crop_animal_owl.png', 64)];
  await openPage(page, { backend: 'webgpu', options: { tile: 16, seed: 7 } }, '#/compare');
  await page.getByLabel('Open', { exact: true }).setInputFiles([
    { name: 'owl_lr.png', mimeType: 'image/png', buffer: low },
    { name: 'owl_hr.png', mimeType: 'image/png', buffer: high },
  ]);
  await expect(page.getByText('16 × 16 → 64 × 64, with ground truth (a pair)')).toBeVisible();
  const titles = ['nearest', 'bicubic', 'SinSR', 'ours'];
  await chooseMethods(page, ...titles);
  await runComparison(page);

  const picture = { lr: await pixels(low), truth: await pixels(high) };
  const backend = await openNodeBackend('wasm');
  const metrics = await loadMetrics(metricSource, true);
  const expected = await evaluate({
    pictures: [{ name: 'owl', load: async () => picture }],
    methods: ['nearest', 'bicubic', 'sinsr', 'ours'],
    backend,
    models: directoryModelSource('public/models/compact'),
    metrics,
    settings: { preset: 'compact', seed: 7, colourLock: defaultOptions.colourLock, tile: 16, memoryBudget: 2 ** 30 },
  });
  metrics.dispose();
  backend.dispose();
  const allowed = { psnrY: 1e-2, ssimY: 1e-3, lpips: 1e-3 };
  const apart = { psnrY: 0, ssimY: 0, lpips: 0 };
  for (const [i, scores] of expected.entries()) {
    for (const metric of ['psnrY', 'ssimY', 'lpips'] as const) {
      const difference = Math.abs((await shownNumber(page, titles[i] ?? '', metric)) - Number(scores[metric]));
      expect(difference, `${titles[i]}, ${metric}`).toBeLessThan(allowed[metric]);
      apart[metric] = Math.max(apart[metric], difference);
    }
  }
  test.info().annotations.push({ type: 'apart', description: JSON.stringify(apart) });
});
