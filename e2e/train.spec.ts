/** The Train page: the five networks co-train in the worker, here on WebAssembly with the small networks and few crops. */
import { expect, type Page, test } from '@playwright/test';
import { atWidths, download, expectAccessible, expectNoOverflow, openPage } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(async ({ context, page }) => {
  await serveTinyWeights(context);
  // The recorded run would play until there is one.
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

const address = '#/train?downsampler=convolutional&discriminator=scratch&pool=2&degradation=bicubic';

const fact = async (page: Page, name: string) => (await page.locator(`[data-fact="${name}"]`).innerText()).trim();
const iteration = async (page: Page) => Number(await fact(page, 'iteration'));
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** A panel's pixels as text, to compare. */
const picture = (page: Page, panel: string) =>
  page.locator(`canvas[data-panel="${panel}"]`).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

/** Formulas are left out as far as they are pictures of the MathML beside them: thousands of boxes. */
const formulas = '.katex-html';

/** Why the page stopped by itself, if it did: a better failure than a time-out. */
const fault = (page: Page) => page.getByRole('alert');

test('co-trains, pauses and steps exactly, and goes on after a reload', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, address);
  await expect(button(page, 'Step')).toBeEnabled();
  const empty = await picture(page, 'student');
  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="iteration"]')).toHaveText('1', { timeout: 120_000 });
  await expect(button(page, 'Resume')).toBeVisible();
  const first = { student: await picture(page, 'student'), yHat: await picture(page, 'yHat') };
  expect(first.student).not.toBe(empty);

  // Space on a focused button would press that.
  await page.getByRole('heading', { name: 'The same crop, at every iteration' }).click();
  await page.keyboard.press(' ');
  await expect.poll(() => iteration(page), { timeout: 120_000 }).toBeGreaterThanOrEqual(5);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible();
  // Where its end was not near, the iteration is half-way: a step is the rest of it.
  if (await page.getByText('Step finishes the iteration').isVisible()) {
    await button(page, 'Step').click();
    await expect(page.getByText('Step finishes the iteration')).toBeHidden();
    await expect(button(page, 'Resume')).toBeVisible();
  }
  await expect(fault(page)).toHaveCount(0);
  const paused = await iteration(page);
  expect(await fact(page, 'saved')).toBe(String(paused));
  expect(await picture(page, 'student')).not.toBe(first.student);
  expect(await picture(page, 'yHat')).not.toBe(first.yHat);
  expect(await fact(page, 'pool')).toBe('2 of 2');
  for (const column of ['losses.student', 'losses.gHR', 'losses.dLR', 'scores.hrReal', 'gradNorms.downsampler']) {
    await expect(page.locator(`[data-column="${column}"] [data-value]`)).toHaveText(/\d/);
  }
  await expect(page.locator('[data-column="losses.cycle"]')).toBeHidden();
  // One place, two charts: LPIPS, measured with the PSNR, against bicubic.
  const main = page.getByRole('region', { name: 'Main curves' });
  await main.getByLabel('Chart', { exact: true }).selectOption('Held-out LPIPS');
  for (const column of ['heldOut.lpips', 'heldOut.bicubicLpips']) {
    await expect(main.locator(`[data-column="${column}"] [data-value]`)).toHaveText(/\d/);
  }

  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="saved"]')).toHaveText(String(paused + 1));
  await expect(page.locator('[data-fact="iteration"]')).toHaveText(String(paused + 1));

  await button(page, 'Phase').click();
  await expect(page.getByText(`Iteration ${paused + 2} – next: Student.`)).toBeVisible();
  expect(await iteration(page)).toBe(paused + 1);

  await expect(page.locator('[data-phase="teacherTarget"]')).toHaveAttribute('data-active');
  await button(page, 'Settings').click();
  await page.getByText('Optimizer', { exact: true }).click();
  await page.getByLabel('Learning rate', { exact: true }).fill('2');
  await page.getByLabel('Learning rate', { exact: true }).press('Enter');
  await expect(page.getByText('"learningRate" must be a number from 0 to 1; 2 is not.')).toBeVisible();
  await page.getByLabel('Learning rate', { exact: true }).fill('1e-4');
  await page.getByLabel('Learning rate', { exact: true }).press('Enter');
  await expect(page).toHaveURL(/learningRate=0.0001/);

  await button(page, 'Runs & notes').click();
  const kept = await download(page, button(page, 'Checkpoint'));
  expect(kept.name).toBe(`cosr-training-${paused + 1}.safetensors`);
  expect(kept.bytes.subarray(8, 2000).toString()).toContain('cosr-training-1');

  await page.reload();
  await expect(page.getByText(`This run is kept at iteration ${paused + 1} and goes on from there.`)).toBeVisible();
  expect(await iteration(page)).toBe(paused + 1);
  // Its last pictures were kept with it.
  await expect(page.getByTestId('picture-step').first()).toHaveText(`Pictures of iteration ${paused + 1}`);
  expect(await picture(page, 'fixedNow')).not.toBe(empty);
  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="saved"]')).toHaveText(String(paused + 2), { timeout: 120_000 });
  expect(await iteration(page)).toBe(paused + 2);

  await button(page, 'Runs & notes').click();
  await button(page, 'Reset').click();
  await button(page, 'Throw it away').click();
  await expect(page.getByRole('region', { name: 'Recording' })).toBeVisible();
  await button(page, 'Settings').click();
  await page.getByLabel('Search settings').fill('seed');
  await expect(page.getByLabel('Seed', { exact: true })).toBeEnabled();
});

test('the Train page is free of axe violations, and nothing sticks out at any width', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/train');
  await expect(button(page, 'Step')).toBeEnabled();
  await atWidths(page, [360, 800, 2560, 3840, 1280], (width) => expectNoOverflow(page, width));
  await expectAccessible(page, { exclude: formulas });
  await button(page, 'Settings').click();
  for (const group of ['Optimizer', 'Start of the run']) await page.getByText(group, { exact: true }).click();
  await expectAccessible(page, { exclude: formulas });
  await page.keyboard.press('Escape');
  await expect(button(page, 'Settings')).toBeFocused();
  await button(page, 'Runs & notes').click();
  await expectAccessible(page, { exclude: formulas });
});

test('an address with impossible settings says so and changes nothing', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/train?crop=7');
  await expect(page.getByText(/settings were left out: The setting "crop" must be/)).toBeVisible();
  await expect(page).toHaveURL(/#\/train$/);
});
