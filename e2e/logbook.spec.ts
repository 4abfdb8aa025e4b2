/** A logbook: notes and pictures of a run as one page, read offline, and dropped in another browser profile, where the run goes on. */
import { type Browser, expect, type Page, test } from '@playwright/test';
import { readRunBundle } from '../src/report/run-bundle.ts';
import { metricsColumns } from '../src/report/run-metrics.ts';
import { atWidths, download, expectAccessible, expectNoOverflow, onDisk, openPage } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

const hash = '#/train?downsampler=convolutional&discriminator=scratch&pool=2&degradation=bicubic&heldOutEvery=1';
const settings = { backend: 'wasm', options: { tile: 16 } } as const;
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const notes = (page: Page) => page.getByRole('textbox', { name: 'Notes, in Markdown' });
const pins = (page: Page) => page.getByRole('list', { name: 'Pinned pictures' }).getByRole('listitem');

test.use({ actionTimeout: 60_000 });

test.beforeEach(async ({ context, page }) => {
  await serveTinyWeights(context);
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

async function step(page: Page, to: number): Promise<void> {
  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="iteration"]')).toHaveText(String(to), { timeout: 120_000 });
  await expect(button(page, /^(Train|Resume)$/)).toBeEnabled();
}

/** All numbers of all iterations but their times, and the networks, optimizers and averages at the end. */
async function outcome(page: Page) {
  const { bytes } = await download(page, button(page, /^Download run: /));
  const { rows, checkpoints, notes: kept, pins: pictures } = await readRunBundle(new Blob([new Uint8Array(bytes)]));
  const timed = metricsColumns.findIndex((column) => column.startsWith('timing.'));
  const last = checkpoints.at(-1);
  return {
    rows: [...rows.each()].map((row) => [...row.slice(0, timed)]),
    step: last?.summary.step,
    networks: Buffer.from((await last?.file.arrayBuffer()) ?? new ArrayBuffer(0)),
    notes: kept,
    pins: pictures.map(({ step: at, panel, caption }) => [at, panel, caption]),
  };
}

/** The file as it lies on a disk, in a profile of its own that reaches nothing. */
async function readOffline(browser: Browser, path: string): Promise<void> {
  const context = await browser.newContext({ offline: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const asked: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).protocol));
  page.on('console', (message) => said.push(message.text()));
  await page.goto(`file://${path}`);
  await expect(page.getByRole('heading', { level: 1, name: 'My findings' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 3, name: 'First look' })).toBeVisible();
  await expect(page.locator('.notes strong')).toHaveText('two');
  await expect(page.locator('.notes li')).toHaveText(['<script>document.title = "no"</script>']);
  const picture = page.getByRole('img', { name: 'sharper – iteration 2' });
  expect(await picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([
    64, 64,
  ]);
  const charts = page.locator('figure.chart');
  await expect(charts.filter({ hasText: 'Held-out PSNR' }).locator('polyline')).toHaveCount(2);
  await expect(charts.filter({ hasText: 'Student' }).locator('polyline').first()).toBeVisible();
  await expect(page.getByRole('row', { name: 'Backend wasm' })).toBeVisible();
  await expect(page.getByRole('row', { name: 'Seed (seed) 42' })).toBeVisible();
  await expect(page).toHaveTitle('My findings');
  await atWidths(page, [360, 1280], (width) => expectNoOverflow(page, width));
  await expectAccessible(page);
  // Pictures that it holds count as asked for in some browsers.
  expect(asked.filter((protocol) => protocol !== 'data:')).toEqual(['file:']);
  expect(said).toEqual([]);
  await context.close();
}

/** A drop from outside the browser. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  await send('dragEnter');
  await expect(async () => {
    await send('dragOver');
    await expect(page.getByText(/^Drop /)).toBeVisible({ timeout: 1000 });
  }).toPass();
  await send('dragOver');
  await send('drop');
}

test('a logbook is read offline, and in another profile its run goes on to the bit', {
  tag: '@long',
}, async ({ page, browser }) => {
  test.setTimeout(480_000);
  await openPage(page, settings, hash);
  await expect(button(page, 'Step')).toBeEnabled();
  await step(page, 1);
  await step(page, 2);
  await button(page, 'Pin Student’s output to the notes').click();
  await expect(page.getByText(/Student’s output of iteration 2 is pinned/)).toBeVisible();
  await button(page, 'Pin this crop to the notes').click();
  await button(page, 'Runs & notes').click();
  await expect(pins(page)).toHaveCount(2);
  await notes(page).fill('# First look\n\nAfter **two** iterations\n\n- <script>document.title = "no"</script>');
  await page.getByLabel('Caption of the picture of iteration 2').first().fill('sharper');
  await button(page, 'Unpin Held-out crop, iteration 2').click();
  await expect(pins(page)).toHaveCount(1);
  await button(page, 'Preview').click();
  await expect(page.getByTestId('notes-preview').getByRole('heading', { name: 'First look' })).toBeVisible();
  await expect(page.getByTestId('notes-preview').locator('li')).toHaveText('<script>document.title = "no"</script>');
  await expectAccessible(page, { include: '#train-runs' });
  await atWidths(page, [360, 1280], (width) => expectNoOverflow(page, width));

  await page.reload();
  await expect(page.getByText('This run is kept at iteration 2 and goes on from there.')).toBeVisible();
  await button(page, 'Runs & notes').click();
  await expect(notes(page)).toHaveValue(/^# First look/);
  await expect(page.getByLabel('Caption of the picture of iteration 2')).toHaveValue('sharper');
  await expect
    .poll(() =>
      pins(page)
        .getByRole('img')
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    )
    .toBe(64);

  // By keyboard alone, from the palette.
  await page.keyboard.press('ControlOrMeta+k');
  // The palette loads with its first use.
  await page.getByRole('combobox', { name: 'Search commands' }).fill('logbook');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Save a logbook' });
  await dialog.getByLabel('Title').fill('My findings');
  await expect(dialog.getByRole('checkbox', { name: /^Run · \d/ })).toBeChecked();
  await expectAccessible(page, { include: '[role="dialog"]' });
  const logbook = await download(page, dialog.getByRole('button', { name: 'Save' }));
  expect(logbook.name).toBe('cosr-logbook-2.html');
  const path = await onDisk(logbook.name, logbook.bytes);
  await step(page, 3);
  await step(page, 4);
  const unbroken = await outcome(page);

  await readOffline(browser, path);

  const context = await browser.newContext({ reducedMotion: 'reduce' });
  await serveTinyWeights(context);
  const other = await context.newPage();
  await openPage(other, settings, '#/about');
  await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
  const cut = await onDisk('cut.html', logbook.bytes.subarray(0, logbook.bytes.length - 500));
  await drop(other, cut);
  await expect(other.getByText(/The logbook is cut off/)).toBeVisible();
  await expect(button(other, 'Step')).toBeEnabled();
  await expect(button(other, /^(Train)$/)).toBeVisible();
  await drop(other, path);
  await expect(other.getByText('The run is open again at iteration 2.')).toBeVisible();
  await button(other, 'Runs & notes').click();
  await expect(notes(other)).toHaveValue(/^# First look/);
  await step(other, 3);
  await step(other, 4);
  const continued = await outcome(other);
  expect(continued.rows).toEqual(unbroken.rows);
  expect(continued.step).toBe(4);
  expect(continued.networks.equals(unbroken.networks)).toBe(true);
  expect(continued.notes).toBe(unbroken.notes);
  expect(continued.pins).toEqual([[1, 'student', 'sharper']]);
  await context.close();
});
