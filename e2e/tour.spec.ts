/** The tour: one live iteration of the shipped networks, a screen a part, by keyboard. */
import { expect, type Page, test } from '@playwright/test';
import { atWidths, expectAccessible, expectNoOverflow, openPage } from './helpers.ts';

const screens = [
  ['It starts with noise', ['lr', 'prior']],
  ['One step instead of many', ['prior', 'target', 'student']],
  ['Does it look real?', ['truth', 'hrReal', 'student', 'hrFake']],
  ['And down again', ['student', 'yHat', 'lr', 'difference']],
  ['Does the small one look real, too?', ['lr', 'lrReal', 'yHat', 'lrFake']],
  ['Then all of them learn a little', ['student', 'truth']],
] as const;

/** Whether every panel on screen has a picture. */
const drawn = (page: Page) =>
  page
    .locator('canvas[data-panel]')
    .evaluateAll((all) =>
      all.map((canvas) => !canvas.hasAttribute('data-empty') && (canvas as HTMLCanvasElement).width > 1),
    );

test('walks through a live iteration, from the first screen to the update', async ({ page }) => {
  await openPage(page, { backend: 'wasm' });
  await page.getByRole('link', { name: /60-second tour/ }).click();
  for (const [at, [title, panels]] of screens.entries()) {
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`#/tour\\?step=${at + 1}$`));
    await expect(page.locator('canvas[data-panel]')).toHaveCount(panels.length);
    await expect(page.getByText('Computed in this tab just now.')).toBeVisible({ timeout: 120_000 });
    await expect.poll(() => drawn(page)).toEqual(panels.map(() => true));
    if (at < screens.length - 1) await page.keyboard.press('ArrowRight');
  }
  for (const curve of ['losses.denoiseStudent', 'losses.gHR', 'termShares.distill', 'losses.student'])
    await expect(page.locator(`[data-curve="${curve}"]`)).toHaveText(/\d/);
  await page.getByText('The equation').click();
  await expect(page.locator('.katex-display').first()).toBeVisible();
  await expectAccessible(page, { exclude: '.katex-html' });
  await atWidths(page, [360, 1280], (width) => expectNoOverflow(page, width));

  // Train has nothing of it: its recording plays.
  await page.getByRole('link', { name: 'Watch it learn on Train' }).click();
  await expect(page.getByText('Recorded demo')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Then all of them learn a little' })).toBeVisible();
});

test('About leads to the tour, and keeps its text', async ({ page, context }) => {
  await context.route(/\/models\//, (route) => route.abort());
  await page.goto('/#/about');
  await expect(page.getByRole('heading', { name: 'Readings of the paper' })).toBeVisible();
  await page.getByRole('link', { name: /60-second tour/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'It starts with noise' })).toBeVisible();
  // Without weights there is no run: it says why.
  await expect(page.getByText('The engine is not running.')).toBeVisible();
  // Next stays where it is, and covers nothing of a screen that is scrolled to its end.
  const next = page.getByRole('button', { name: 'Next' });
  const place = await next.boundingBox();
  for (const [title] of screens.slice(1)) {
    await next.click();
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    expect(await next.boundingBox()).toEqual(place);
  }
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const bar = await page.getByRole('navigation', { name: 'Steps of the tour' }).boundingBox();
  for (const part of [
    page.getByRole('button', { name: 'Run another iteration' }),
    page.getByText('A real, small run'),
  ]) {
    const box = await part.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(bar?.y ?? 0);
  }
});
