/** The Train page's charts, pictures and explanations, with an engine that tells of iterations at once. */
import { expect, type Page, test } from '@playwright/test';
import { serveFastWorker } from './fast-worker.ts';
import { download, expectAccessible, openPage } from './helpers.ts';

const before = 300;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const shown = (page: Page) => page.getByRole('region', { name: 'Timeline' }).getByRole('status');

const iterations = async (page: Page) => Number((await shown(page).innerText()).split(' of ')[1]);

/** A run at rest, a few iterations after those it had when the page opened. Returns how many it has. */
async function openRun(page: Page): Promise<number> {
  await serveFastWorker(page, 5, before);
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/train');
  await expect(shown(page)).toHaveText(`${before} of ${before}`);
  await button(page, 'Resume').click();
  await expect.poll(() => iterations(page)).toBeGreaterThan(before + 4);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible();
  // The last row told is on screen with the next beat.
  await page.waitForTimeout(500);
  return iterations(page);
}

/** The page behind it is another test's. */
const dialogAlone = { include: '[role="dialog"]', exclude: '.katex-html' };

test('one step moves charts and pictures, by keys, slider and charts, and Live returns', async ({ page }) => {
  const last = await openRun(page);
  const picture = () =>
    page
      .locator('canvas[data-panel="student"]')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const value = page.locator('[data-column="losses.student"] [data-value]');
  const now = { picture: await picture(), value: await value.innerText() };
  await page.getByRole('heading', { name: 'The same crop, at every iteration' }).click();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(shown(page)).toHaveText(`${last - 2} of ${last}`);
  await expect(page.getByTestId('picture-step').first()).toHaveText(`Pictures of iteration ${last - 2}`);
  await expect.poll(picture).not.toBe(now.picture);
  await expect(value).not.toHaveText(now.value);
  await page.keyboard.press('Home');
  await expect(shown(page)).toHaveText(`1 of ${last}`);
  await button(page, 'Live').click();
  await expect(shown(page)).toHaveText(`${last} of ${last}`);
  await expect.poll(picture).toBe(now.picture);
  await expect(value).toHaveText(now.value);

  const plot = page.getByRole('img', { name: /The student’s loss/ });
  await plot.hover();
  await expect(shown(page)).not.toHaveText(`${last} of ${last}`);
  await plot.click();
  // The read-outs beside the chart take the new numbers in, which may move it under the pointer.
  await page.waitForTimeout(500);
  const clicked = await shown(page).innerText();
  expect(clicked).not.toBe(`${last} of ${last}`);
  await page.getByRole('heading', { name: 'The same crop, at every iteration' }).hover();
  await page.waitForTimeout(500);
  expect(await shown(page).innerText()).toBe(clicked);
});

test('the iteration that is looked back at stays while the run goes on and the window changes', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const last = await openRun(page);
  await page.getByRole('heading', { name: 'The same crop, at every iteration' }).click();
  await page.keyboard.press('ArrowLeft');
  await expect(shown(page)).toHaveText(`${last - 1} of ${last}`);
  await button(page, 'Resume').click();
  await expect.poll(() => iterations(page)).toBeGreaterThan(last + 20);
  await page.setViewportSize({ width: 1000, height: 700 });
  await expect.poll(() => iterations(page)).toBeGreaterThan(last + 30);
  expect(await shown(page).innerText()).toMatch(new RegExp(`^${last - 1} of `));
  await page.keyboard.press('ArrowLeft');
  await expect(shown(page)).toHaveText(new RegExp(`^${last - 2} of `));
  await button(page, 'Live').click();
  await expect.poll(() => iterations(page)).toBeGreaterThan(last + 40);
  const [at, of] = (await shown(page).innerText()).split(' of ');
  expect(at).toBe(of);
  expect(errors).toEqual([]);
});

test('a drag zooms all charts, the axis can be another one, and all numbers go into a file', async ({ page }) => {
  const last = await openRun(page);
  const plot = page.getByRole('img', { name: /The student’s loss/ });
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (!box) throw new Error('There is no chart.');
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const range = page.getByLabel('Iterations shown');
  await expect(range.locator('option:checked')).toHaveText(/^\d+–\d+$/);
  await button(page, 'Zoom out').click();
  await expect(range).toHaveValue('all');
  await page.getByLabel('Vertical axis of Student', { exact: true }).selectOption('arcsinh');
  await expect(page.locator('[data-column="losses.student"] [data-value]')).toHaveText(/\d/);

  const csv = await download(page, button(page, 'CSV'));
  expect(csv.name).toBe(`cosr-training-${last}.csv`);
  const [head = '', names = '', ...rows] = csv.bytes.toString().trimEnd().split('\n');
  expect(JSON.parse(head.slice(2)).config.seed).toBe(42);
  expect(names).toMatch(/^step,losses\.denoiseStudent,/);
  expect(rows.length).toBe(last);
  const lines = (await download(page, button(page, 'JSONL'))).bytes.toString().trimEnd().split('\n');
  expect(lines.length).toBe(last + 1);
});

test('symbols explain themselves, panels stay in view and are enlarged, without axe violations', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openRun(page);
  await button(page, 'Keep Student’s output in view').click();
  await expect(page.getByRole('list', { name: 'Panels kept in view' }).getByRole('listitem')).toHaveCount(1);

  await button(page, 'Explain: Loss of the student').first().click();
  const explanation = page.getByRole('dialog', { name: /Loss of the student/ });
  await expect(explanation).toContainText('Equation 7 of the paper');
  await expect(explanation.locator('.katex-html').first()).toBeVisible();
  await expectAccessible(page, dialogAlone);
  await page.keyboard.press('Escape');
  await expect(explanation).toBeHidden();

  await button(page, 'Enlarge Output of G').click();
  const dialog = page.getByRole('dialog', { name: /Output of G/ });
  await expect(dialog).toContainText('×6');
  await page.keyboard.press('+');
  await expect(dialog).toContainText('×8');
  await page.keyboard.press('ArrowLeft');
  await expect(dialog.getByTestId('picture-step')).toHaveText(/iteration \d+/);
  await expectAccessible(page, dialogAlone);
});
