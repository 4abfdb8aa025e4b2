/** The page itself: accessible, operable by keyboard, and whole at every width. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { addImage, openPage, row, smallPng } from './helpers.ts';

const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(16, 12) });

for (const colorScheme of ['light', 'dark'] as const) {
  for (const hash of ['#/upscale', '#/diagnosis', '#/about']) {
    test(`${hash} is free of axe violations, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await openPage(page, { options: { tile: 16 } }, hash);
      if (hash === '#/upscale') {
        await addImage(page, await small());
        await expect(row(page, 'small.png')).toContainText('Ready');
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    });
  }
}

for (const width of [360, 1280, 2560, 3840]) {
  test(`nothing sticks out at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await openPage(page, { options: { tile: 16 } });
    await addImage(page, await small());
    await expect(row(page, 'small.png')).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

test('upscaling and comparing need no mouse', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, await small());
  const item = row(page, 'small.png');
  await item.getByRole('button').first().focus();
  await page.keyboard.press('Shift+Enter');
  await expect(item).toContainText('Done in');

  const line = page.getByRole('slider', { name: 'Comparison line' });
  await line.focus();
  const value = async () => Number(await line.getAttribute('aria-valuenow'));
  await page.keyboard.press('Home');
  expect(await value()).toBe(0);
  await page.keyboard.press('ArrowRight');
  expect(await value()).toBeGreaterThan(0);
  await page.keyboard.press('End');
  expect(await value()).toBe(100);

  await page.keyboard.press('1');
  await expect(page.getByRole('textbox', { name: 'Zoom in percent' })).toHaveValue(/^100/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the first paint waits for nothing, and nothing leaves the device', async ({ page, baseURL }) => {
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL ?? '') && !/^(blob|data):/.test(request.url())) foreign.push(request.url());
  });
  await page.route('**/models/**', () => new Promise(() => {}));
  await openPage(page);
  await expect(page.getByRole('heading', { level: 1 }).or(page.getByText('Drop images')).first()).toBeVisible();
  await addImage(page, await small());
  await expect(row(page, 'small.png')).toContainText('16 × 12 → 64 × 48');
  expect(foreign).toEqual([]);
});
