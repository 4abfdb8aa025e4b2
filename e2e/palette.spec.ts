/** The command palette: by keyboard alone, on every page. */
import { expect, test } from '@playwright/test';
import { expectAccessible, openPage } from './helpers.ts';

test('goes to pages, changes the theme and runs what the open page offers', async ({ page, context }) => {
  // Nothing of the engine is needed.
  await context.route(/\/models\//, (route) => route.abort());
  await openPage(page);
  const dialog = page.getByRole('dialog', { name: 'Commands' });
  const search = page.getByRole('combobox', { name: 'Search commands' });
  await expect(page.getByRole('button', { name: 'Commands' })).toBeVisible();
  await page.keyboard.down('Control');
  await page.keyboard.down('k');
  // Held down it stays open.
  await page.keyboard.down('k');
  await page.keyboard.up('k');
  await page.keyboard.up('Control');
  await expect(search).toBeFocused();
  await expect(dialog.getByRole('group', { name: 'Go to' }).getByRole('option')).toHaveCount(9);
  await expect(
    dialog.getByRole('group', { name: 'This page' }).getByRole('option', { name: 'Add pictures' }),
  ).toBeVisible();
  await expectAccessible(page);

  // A focus that nobody sees leads nowhere.
  await page.keyboard.press('Tab');
  const close = dialog.getByRole('button', { name: 'Close' });
  await expect(close).toBeFocused();
  expect(await close.evaluate((button) => getComputedStyle(button).clipPath)).toBe('none');
  await page.keyboard.press('Shift+Tab');
  await expect(search).toBeFocused();

  await page.keyboard.type('diagno');
  await expect(dialog.getByRole('option')).toHaveCount(1);
  // The highlighted one is what a screen reader reads.
  const active = await search.getAttribute('aria-activedescendant');
  await expect(dialog.getByRole('option', { name: 'Diagnosis' })).toHaveAttribute('id', active ?? '');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Diagnosis', level: 1 })).toBeVisible();
  await expect(dialog).toBeHidden();
  await expect(page.locator('main')).toBeFocused();

  await page.keyboard.press('Meta+k');
  await expect(dialog.getByRole('option', { name: 'Run the diagnosis again' })).toBeVisible();
  await expect(dialog.getByRole('option', { name: 'Add pictures' })).toHaveCount(0);
  await page.keyboard.type('dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  // Escape leaves all as it was, and gives the focus back.
  const button = page.getByRole('button', { name: 'Commands' });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('no such thing');
  await expect(dialog.getByText('No command of this name.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();

  // Features are found from any page by other words than their own.
  await page.keyboard.press('Control+k');
  for (const [words, name] of [
    ['invented', /^Invention map/],
    ['protect', /^Protect brush/],
    ['faithful', /^Detail dial/],
    ['agree', 'Agree with the input'],
    ['notes', 'Runs, notes and logbook'],
    ["critic's", 'The critic’s eye'],
    ['forces', 'Forces on the student'],
    ['recorded run', 'Recorded run, the demo'],
    ['how it learns', /^Tour/],
    ['gallery', /^Gallery of/],
    ['link', 'Copy a link to this view'],
    ['own upscaler', 'Teach it my pictures'],
  ] as const) {
    await search.fill(words);
    await expect(dialog.getByRole('option', { name }).first()).toBeVisible();
  }
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/train/);
  await expect(page.getByRole('complementary', { name: 'Teach it my pictures' })).toBeVisible();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('sample parrot');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/upscale/);
  await expect(page.getByRole('listitem').filter({ hasText: 'parrot.png' })).toBeVisible();
});
