/** The same page on WebGPU, whatever the adapter; SwiftShader takes seconds for the smallest tile, so pictures are tiny. */
import { expect, test } from '@playwright/test';
import { addImage, download, openPage, pixels, row, smallPng } from './helpers.ts';

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
  await page.getByRole('button', { name: /lose/i }).click();
  await expect(page.getByText(/device was lost/).first()).toBeVisible();
  await page.getByRole('link', { name: 'Upscale' }).click();
  await row(page, 'small.png').getByRole('button', { name: 'Upscale again' }).click();
  await expect(row(page, 'small.png')).toContainText(/of 1 tile|Waiting|Starting/);
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
  await expect(page.getByRole('list', { name: /Phases of a tile of 16 px/ })).toContainText(/encode.*denoise.*decode/s);
});
