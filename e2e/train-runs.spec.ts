/** Runs, checkpoints, pictures of one's own and the transport's rules on the Train page, on WebAssembly with the small G. */
import { expect, type Page, test } from '@playwright/test';
import { download, onDisk, openPage, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(async ({ context, page }) => {
  await serveTinyWeights(context);
  // The recorded run would play until there is one.
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

const address = '#/train?downsampler=convolutional&discriminator=scratch&pool=2&degradation=bicubic&heldOutEvery=0';
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const iteration = (page: Page) => page.locator('[data-fact="iteration"]');
const checkpoints = (page: Page) => page.getByRole('list', { name: 'Checkpoints' }).getByRole('listitem');
const runs = (page: Page) => page.getByRole('list', { name: 'Kept runs' }).getByRole('listitem');
const steps = (page: Page) =>
  checkpoints(page).evaluateAll((items) => items.map((item) => Number(item.getAttribute('data-step'))));

async function open(page: Page, hash = address): Promise<void> {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, hash);
  await expect(button(page, 'Step')).toBeEnabled();
}

const drawer = (page: Page, name: 'Settings' | 'Runs & notes') => button(page, name).click();

async function step(page: Page, to: number): Promise<void> {
  await button(page, 'Step').click();
  await expect(iteration(page)).toHaveText(String(to), { timeout: 120_000 });
  await expect(button(page, /^(Train|Resume)$/)).toBeEnabled();
}

/** Fills a field of the popover by keyboard alone. */
async function until(page: Page, label: string, value: string): Promise<void> {
  await button(page, /^Run until and speed/).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
}

test('runs until a rule ends it; checkpoints are pinned, rewound to, forked, deleted and opened again', {
  tag: '@long',
}, async ({ page }) => {
  await open(page);
  await until(page, 'Until iteration', '0');
  await button(page, /^Run until and speed/).click();
  await expect(page.getByLabel('Until iteration', { exact: true })).toHaveValue('');
  await page.keyboard.press('Escape');
  await until(page, 'Until iteration', '2');
  await expect(button(page, /^Run until and speed: Until iteration 2/)).toBeVisible();
  await button(page, 'Train').click();
  await expect(page.getByText('Stopped at iteration 2, as asked.')).toBeVisible({ timeout: 120_000 });
  await until(page, 'Until iteration', '');
  for (const to of [3, 4, 5]) await step(page, to);
  await drawer(page, 'Runs & notes');
  await expect.poll(() => steps(page)).toEqual([5, 4, 3]);
  await expect(button(page, 'Delete iteration 5')).toBeDisabled();

  await button(page, 'Pin iteration 3').click();
  await expect(button(page, 'Unpin iteration 3')).toBeVisible();
  await step(page, 6);
  await step(page, 7);
  await expect.poll(() => steps(page)).toEqual([7, 6, 5, 3]);

  await button(page, 'Rewind to iteration 5').click();
  await expect(page.getByText('2 later checkpoints')).toBeVisible();
  await button(page, 'Rewind').click();
  await expect(iteration(page)).toHaveText('5');
  await expect.poll(() => steps(page)).toEqual([5, 3]);

  await button(page, 'Fork at iteration 3').click();
  await expect(runs(page)).toHaveCount(2);
  await expect(iteration(page)).toHaveText('3');
  await step(page, 4);
  const kept = await download(page, button(page, 'Download iteration 3'));
  expect(kept.name).toBe('cosr-training-3.safetensors');

  // As the next visit finds it: all of it lies on disk.
  await page.reload();
  await expect(page.getByText('This run is kept at iteration 4 and goes on from there.')).toBeVisible();
  await drawer(page, 'Runs & notes');
  await expect(runs(page)).toHaveCount(2);
  await expect.poll(() => steps(page)).toEqual([4, 3]);
  await runs(page).nth(1).getByRole('button').first().click();
  await expect(iteration(page)).toHaveText('5');
  await expect.poll(() => steps(page)).toEqual([5, 3]);

  const file = page.getByLabel('Open a checkpoint or run');
  await file.setInputFiles(await onDisk('cut.safetensors', kept.bytes.subarray(0, 1_000_000)));
  await expect(page.getByText(/ends beyond the file, which is cut off or damaged/)).toBeVisible();
  await expect(runs(page)).toHaveCount(2);
  await expect(iteration(page)).toHaveText('5');
  await file.setInputFiles(await onDisk('kept.safetensors', kept.bytes));
  await expect(page.getByText('The checkpoint of iteration 3 is open as a run of its own.')).toBeVisible();
  await expect(runs(page)).toHaveCount(3);

  await runs(page)
    .first()
    .getByRole('button', { name: /^Delete run/ })
    .click();
  await button(page, 'Delete it').click();
  await expect(runs(page)).toHaveCount(2);
  await drawer(page, 'Settings');
  await page.getByText('Start of the run', { exact: true }).click();
  await expect(page.getByLabel('Seed', { exact: true })).toBeEnabled();
});

test('trains on pictures of one’s own, which are there again after a reload', { tag: '@long' }, async ({ page }) => {
  await open(page);
  await drawer(page, 'Settings');
  await page.getByLabel('Add pictures').setInputFiles([
    { name: 'waves.png', mimeType: 'image/png', buffer: await smallPng(80, 96) },
    { name: 'tiny.png', mimeType: 'image/png', buffer: await smallPng(20, 20) },
    { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') },
    { name: 'ripples.png', mimeType: 'image/png', buffer: await smallPng(96, 80) },
  ]);
  await expect(
    page.getByText('2 pictures added, 1 skipped that can’t be read, 1 skipped that are too small.'),
  ).toBeVisible();
  await expect(page.getByLabel(/^2 pictures of yours/)).toBeChecked();
  await step(page, 1);
  await page.reload();
  await drawer(page, 'Settings');
  await expect(page.getByText('The open run is trained on 2 pictures of yours.')).toBeVisible();
  await step(page, 2);
  await expect(page.getByRole('alert')).toHaveCount(0);

  // The choice is the engine's to confirm.
  await page.getByLabel('6 sample pictures').click();
  await expect(page.getByLabel('6 sample pictures')).toBeChecked();
  await drawer(page, 'Runs & notes');
  await button(page, 'New run, same settings').click();
  await step(page, 1);
  await drawer(page, 'Settings');
  await expect(page.getByText('The open run is trained on the sample pictures.')).toBeVisible();
});

test('shows what the degradation does to a crop', async ({ page }) => {
  await open(page, '#/train?degradation=realesrgan');
  await drawer(page, 'Settings');
  const picture = (name: string) =>
    page.locator(`canvas[data-preview="${name}"]`).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const list = page.getByRole('list', { name: 'Steps of the degradation' });
  await expect(list).toContainText(/Blur: .*JPEG: quality/);
  const [before, words] = [await picture('lr'), await list.innerText()];
  await button(page, 'Show another crop').click();
  await expect(list).not.toHaveText(words);
  await expect.poll(() => picture('lr')).not.toBe(before);
  await page.getByText('Start of the run', { exact: true }).click();
  await page.getByLabel('Degradation', { exact: true }).selectOption('bicubic');
  await expect(list).toHaveText('Resize to 16 × 16 px: antialiased bicubic');
});
