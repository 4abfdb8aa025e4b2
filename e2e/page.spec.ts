/** The page itself: accessible, operable by keyboard, and whole at every width. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { addImage, openPage, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(({ context }) => serveTinyWeights(context));

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

/** Controls that leave their panel to the left or right. */
const sticksOut = () =>
  [...document.querySelectorAll('section')].flatMap((panel) => {
    const { left, right } = panel.getBoundingClientRect();
    return [...panel.querySelectorAll('button, a, select, input')].flatMap((control) => {
      const box = control.getBoundingClientRect();
      const inside = box.left >= left - 1 && box.right <= right + 1;
      return inside ? [] : [`${control.ariaLabel ?? control.textContent}: ${box.left} to ${box.right}`];
    });
  });

for (const width of [360, 800, 1280, 2560, 3840]) {
  test(`nothing sticks out at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await openPage(page, { options: { tile: 16 } });
    await addImage(page, { name: 'hours.png', mimeType: 'image/png', buffer: await smallPng(2400, 2400) });
    await expect(row(page, 'hours.png')).toContainText(/about .* 40,000 tiles/, { timeout: 180_000 });
    await addImage(page, { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
    await expect(page.getByText(/text.png: The file is not/)).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.evaluate(sticksOut)).toEqual([]);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a finished image, a refused file and the shortcuts are free of axe violations, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openPage(page, { options: { tile: 16 } });
    await addImage(page, await small());
    await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
    await addImage(page, { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
    await expect(row(page, 'small.png')).toContainText('Done in');
    const violations = async () =>
      (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Side by side' }).click();
    await page.getByLabel('File format').selectOption('jpeg');
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await violations()).toEqual([]);
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
