/** Several runs on the charts; a run taken away as one file and brought back; on WebAssembly with the small G. */
import { expect, type Page, test } from '@playwright/test';
import { axe, download, onDisk, openPage } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(async ({ context, page }) => {
  await serveTinyWeights(context);
  // The recorded run would play until there is one.
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

const address = '#/train?downsampler=convolutional&discriminator=scratch&pool=2&degradation=bicubic&heldOutEvery=0';
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const runs = (page: Page) => page.getByRole('list', { name: 'Kept runs' }).getByRole('listitem');
const student = (page: Page) => page.getByRole('table', { name: /^The student’s loss and its terms/ });

async function step(page: Page, to: number): Promise<void> {
  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="iteration"]')).toHaveText(String(to), { timeout: 120_000 });
  await expect(button(page, /^(Train|Resume)$/)).toBeEnabled();
}

test('draws runs beside each other, named by what differs; one leaves as a file, and comes back whole', {
  tag: '@long',
}, async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, address);
  await expect(button(page, 'Step')).toBeEnabled();
  await step(page, 1);
  await step(page, 2);
  await button(page, 'Runs & notes').click();
  await button(page, 'New run, same settings').click();
  await button(page, 'Settings').click();
  await page.getByText('Start of the run', { exact: true }).click();
  await page.getByLabel('Seed', { exact: true }).fill('7');
  await page.getByLabel('Seed', { exact: true }).press('Enter');
  await step(page, 1);

  await button(page, 'Runs & notes').click();
  await page.getByRole('checkbox', { name: 'Show on the charts: seed 42' }).check();
  await expect(page.getByRole('checkbox', { name: 'Show on the charts: seed 7' })).toBeDisabled();
  const rows = student(page).getByRole('row');
  await expect(rows.filter({ hasText: 'seed 7' }).locator('[data-value]')).toHaveText(/\d/);
  await expect(rows.filter({ hasText: 'seed 42' }).locator('[data-value]')).toHaveText(/\d/);
  const colours = await student(page)
    .locator('tr[data-column]')
    .evaluateAll((items) => items.map((item) => getComputedStyle(item).color));
  expect(new Set(colours).size).toBe(2);
  await page.getByLabel('Curve of Student').selectOption({ label: 'ℒ_distill, to the teacher' });
  await expect(rows.filter({ hasText: 'seed 42' })).toHaveAttribute('data-column', 'losses.distill');
  const { violations } = await axe(page).exclude('.katex-html').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);

  const kept = await download(page, button(page, 'Download run: seed 7'));
  expect(kept.name).toBe('cosr-run-1.zip');
  await button(page, 'Delete run: seed 7').click();
  await button(page, 'Delete it').click();
  await expect(runs(page)).toHaveCount(1);

  const file = page.getByLabel('Open a checkpoint or run');
  const cut = kept.bytes.subarray(0, kept.bytes.length - 100);
  await file.setInputFiles(await onDisk('cut.zip', cut));
  await expect(page.getByText(/no directory at its end/)).toBeVisible();
  await file.setInputFiles({ name: 'run.zip', mimeType: '', buffer: Buffer.from('no zip at all') });
  await expect(page.getByText('run.zip is no zip file: it is damaged, or of another kind.')).toBeVisible();
  await expect(runs(page)).toHaveCount(1);
  await file.setInputFiles(await onDisk('kept.zip', kept.bytes));
  await expect(page.getByText('The run is open again at iteration 1.')).toBeVisible();
  await expect(runs(page)).toHaveCount(2);
  await expect(page.getByTestId('picture-step')).toHaveText('Pictures of iteration 1');
  await step(page, 2);
});

test('the weights of a network are pointed to the Models page', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, address);
  await expect(button(page, 'Step')).toBeEnabled();
  await button(page, 'Settings').click();
  await page.getByLabel('Add pictures').setInputFiles({ name: 'resshift.pth', mimeType: '', buffer: Buffer.from('x') });
  await expect(page.getByText(/resshift\.pth is the weights of a network.*Models page/)).toBeVisible();
});

test('replays a recorded run before there is one, and says that it is a recording', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, address);
  const recording = page.getByRole('region', { name: 'Recording' });
  await expect(recording).toContainText(
    /Recorded demo \([\d,]+ iterations; a student that starts random passes bicubic at iteration \d+\)\. Press Train to run it live\./,
  );
  await button(page, 'About it').click();
  await expect(page.getByRole('dialog', { name: 'Recorded demo' })).toContainText(/computed with .* on \d+ /);
  await page.keyboard.press('Escape');
  const slider = page.getByRole('slider', { name: 'Iteration that is shown' });
  await expect(slider).toHaveValue('1');
  const picture = () =>
    page.locator('canvas[data-panel="student"]').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const first = await picture();
  await page.getByLabel('Speed of the demo').selectOption('50');
  await button(page, 'Play the demo').click();
  await expect.poll(async () => Number(await slider.inputValue())).toBeGreaterThan(20);
  await button(page, 'Pause the demo').click();
  await expect.poll(picture).not.toBe(first);
  const lit = page.locator('[data-phases][data-active]');
  await expect(lit).toHaveCount(0);
  await page.getByLabel('Speed of the demo').selectOption('Slow motion');
  await button(page, 'Play the demo').click();
  await expect(lit.first()).toBeVisible();
  await button(page, 'Pause the demo').click();
  await expect(lit).toHaveCount(0);
  await expect(student(page).locator('[data-column="losses.student"] [data-value]')).toHaveText(/\d/);
  await slider.fill('2');
  await expect(page.getByTestId('picture-step')).toHaveText('Pictures of iteration 1');
  // Space is for what is on screen: no run begins.
  await page.getByRole('heading', { name: 'The same crop, at every iteration' }).click();
  await page.keyboard.press(' ');
  await expect(button(page, 'Pause the demo')).toBeVisible();
  await page.keyboard.press(' ');
  await expect(button(page, 'Play the demo')).toBeVisible();
  await expect(recording).toBeVisible();
  await button(page, 'Keep Student’s output in view').click();

  await step(page, 1);
  await expect(recording).toBeHidden();
  await expect(page.getByRole('list', { name: 'Panels kept in view' }).getByRole('listitem')).toHaveCount(1);

  // Put away and ticked, the run is beside the recording.
  await button(page, 'Runs & notes').click();
  await button(page, 'New run').click();
  const tick = page.getByRole('checkbox', { name: /^Show on the charts: / });
  // As long as the run is open it is ticked, and cannot be.
  await expect(tick).toBeEnabled();
  await tick.check();
  const rows = student(page).getByRole('row');
  for (const name of [/^Recording: /, /^(?!Recording)\S/]) {
    const row = rows.filter({ has: page.getByRole('rowheader', { name }) });
    await expect(row.locator('[data-value]').first()).toHaveText(/\d/);
  }
});
