/** The page installed: without a network, on a host without headers, and opened by a picture that another program shares. */
import { expect, type Page, test } from '@playwright/test';
import { addImage, openPage, row, smallPng } from './helpers.ts';

const settings = { backend: 'wasm', options: { tile: 16 } } as const;
const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(8, 8) });

/** A first visit, until the service worker answers for the page. */
async function install(page: Page): Promise<void> {
  await openPage(page, settings, '?offline');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

test('works offline after the first visit, still isolated', async ({ page, context }) => {
  await install(page);
  await expect(page.getByText(/photo takes about/)).toBeVisible({ timeout: 120_000 });
  await context.setOffline(true);
  await page.reload();
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  await addImage(page, await small());
  await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 120_000 });
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeVisible();
});

test('opens with the picture that was shared with it', async ({ page }) => {
  await install(page);
  const png = (await smallPng(24, 18)).toString('base64');
  await page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const form = new FormData();
    form.append('images', new File([blob], 'my photo.png', { type: 'image/png' }));
    await fetch('./share', { method: 'POST', body: form });
  }, png);
  await page.reload();
  await expect(row(page, 'my photo.png')).toContainText('24 × 18 → 96 × 72');
  // The engine has it.
  await expect(row(page, 'my photo.png')).toContainText('about');
  await page.reload();
  await expect(row(page, 'my photo.png')).toHaveCount(1);
});
