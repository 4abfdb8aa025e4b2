/** The Compare page in real Chromium, on WebAssembly: one picture through several methods, its numbers, and every way to look at it. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { type Browser, expect, type Page, test } from '@playwright/test';

import { enlarge } from '../src/imaging/resize.ts';

import { repeating } from '../tests/support/onnx-files.ts';
import {
  atWidths,
  chooseMethods,
  download,
  expectAccessible,
  expectNoOverflow,
  openPage,
  photo,
  pixels,
  runComparison,
  shownNumber,
  smallPng,
} from './helpers.ts';
import { serveTinyWeightsWithCritics } from './tiny-weights.ts';

const owl = 'crop_animal_owl.png';
const viewer = (page: Page) => page.getByRole('application', { name: 'Comparison viewer' });
const open = async (page: Page, ...files: string[]) => page.getByLabel('Open', { exact: true }).setInputFiles(files);

/** The middle of the canvas, as it shows. */
const middle = (page: Page) =>
  page.locator('[data-viewer="comparison"] canvas').evaluate((canvas: HTMLCanvasElement) =>
    canvas
      .getContext('2d')
      ?.getImageData(canvas.width >> 1, canvas.height >> 1, 9, 9)
      .data.join(),
  );

async function lookWithoutMouse(page: Page): Promise<void> {
  await viewer(page).focus();
  await page.getByLabel('Left picture').selectOption({ label: 'nearest' });
  await page.getByLabel('Right picture').selectOption({ label: 'bicubic' });
  const line = page.getByRole('slider', { name: 'Comparison line' });
  await line.focus();
  await page.keyboard.press('End');
  await expect(line).toHaveAttribute('aria-valuetext', '100 % nearest, 0 % bicubic');
  await page.keyboard.press('1');
  await expect(page.getByRole('textbox', { name: 'Zoom in percent' })).toHaveValue('100');
  const nearest = await middle(page);

  await page.keyboard.down('b');
  await expect.poll(() => middle(page)).not.toBe(nearest);
  const bicubic = await middle(page);
  await page.keyboard.up('b');
  await expect.poll(() => middle(page)).toBe(nearest);

  await page.keyboard.press('x');
  await expect.poll(() => middle(page)).toBe(bicubic);
  await page.keyboard.press(']');
  await expect(page.getByLabel('Right picture')).not.toHaveValue('nearest');

  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: 'Side by side' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('img', { name: 'nearest, bicubic, Ground truth, at 100 %' })).toBeVisible();
  await page.keyboard.press('m');
  await page.keyboard.press('m');
  await expect(page.getByText(/of 255; mean \d+\.\d+, most/)).toBeVisible();
  await page.getByLabel('Measure and full scale of the error map').selectOption('flip');
  await expect(page.getByText(/FLIP error; mean 0\.\d{3}, most [01]\.\d{2}/)).toBeVisible();
  await page.getByLabel('Measure and full scale of the error map').selectOption('32');
  await viewer(page).focus();
  await page.keyboard.press('l');
  const before = await middle(page);
  for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(() => middle(page)).not.toBe(before);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

async function takeAway(page: Page, browser: Browser): Promise<void> {
  const png = await download(page, page.getByRole('button', { name: 'Save the view as PNG' }));
  expect(png.name).toBe('crop_animal_owl_comparison.png');
  expect((await pixels(png.bytes)).width).toBeGreaterThan(300);

  const { name, bytes } = await download(
    page,
    page.getByRole('button', { name: 'Save the comparison as one HTML file' }),
  );
  expect(name).toBe('crop_animal_owl_comparison.html');
  const file = test.info().outputPath(name);
  await writeFile(file, bytes);
  const offline = await browser.newContext({ offline: true });
  const opened = await offline.newPage();
  const errors: string[] = [];
  opened.on('pageerror', (error) => errors.push(error.message));
  opened.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await opened.goto(`file://${file}`);
  await opened.getByLabel('Left').selectOption({ label: 'bicubic' });
  await opened.getByLabel('Right').selectOption({ label: 'Ground truth' });
  // The picture itself is in there: bicubic's, pixel by pixel.
  const inside = await opened.locator('#left').evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    return [...(context?.getImageData(100, 100, 4, 1).data ?? [])];
  });
  const { data } = enlarge(await pixels(photo(`lr/${owl}`)), 4, 'bicubic');
  expect(inside).toEqual([...data.subarray((100 * 256 + 100) * 4, (100 * 256 + 104) * 4)]);
  const clip = () => opened.locator('#right').evaluate((image: HTMLElement) => image.style.clipPath);
  await opened.getByRole('slider', { name: 'Comparison line' }).focus();
  await opened.keyboard.press('End');
  expect(await clip()).toContain('100%');
  await opened.keyboard.down('b');
  expect(await clip()).toContain(' 0%');
  await opened.keyboard.up('b');
  await expect(opened.getByRole('table')).toContainText('PSNR Y');
  for (const title of ['MP/s', 'Memory', 'Parameters']) await expect(opened.getByRole('table')).toContainText(title);
  expect(errors).toEqual([]);
  await offline.close();
}

test('two classical methods: without axe violations, as a picture and a page that opens with no network, by keys, at any width', async ({
  page,
  browser,
}) => {
  await openPage(page, { options: { tile: 16 } }, '#/compare');
  await expect(page.getByText('Drop a picture, an LR/HR pair')).toBeVisible();
  await expectAccessible(page);
  await open(page, photo(`lr/${owl}`), photo(`hr/${owl}`));
  await expect(page.getByText('with ground truth')).toBeVisible();
  await chooseMethods(page, 'nearest', 'bicubic');
  await runComparison(page);
  await expectAccessible(page);

  await test.step('goes out as a picture, and as a page that opens with no network', () => takeAway(page, browser));
  await test.step('needs no mouse: line, blinking, panes, loupe, difference', () => lookWithoutMouse(page));

  await page.getByRole('button', { name: 'Side by side' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Difference' }).click();
  await expect(page.getByText(/of 255; mean/)).toBeVisible();
  await expectAccessible(page);

  await atWidths(page, [360, 800, 1280, 2560], async (width) => {
    // Between one line of names and two there is no room for it: the Models page leads there.
    if (width !== 800) await expect(page.getByRole('link', { name: 'Evaluate' })).toBeVisible();
    for (const mode of ['Side by side', 'Blink', 'Difference']) {
      await page.getByRole('button', { name: mode, exact: true }).click();
      await expectNoOverflow(page, width);
    }
  });
});

test('Compare’s button and one row of tools are on screen, on small screens too', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/compare');
  await page
    .getByRole('button', { name: /^Compare on the sample/ })
    .first()
    .click();
  await expect(page.getByLabel('Left picture')).toBeVisible();
  const toolbar = page.getByRole('toolbar', { name: 'Viewer' });
  for (const [width, height] of [
    [1024, 768],
    [1280, 720],
    [1280, 800],
    [1366, 768],
    [1440, 900],
  ] as const) {
    await test.step(`${width} × ${height}`, async () => {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => window.scrollTo(0, 0));
      await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeInViewport({ ratio: 1 });
      for (const mode of ['Slider', 'Difference', 'Blink', 'Side by side']) {
        await page.getByRole('button', { name: mode, exact: true }).click();
        expect((await toolbar.boundingBox())?.height, mode).toBeLessThan(60);
        expect(await toolbar.evaluate((bar) => bar.scrollWidth - bar.clientWidth), mode).toBeLessThanOrEqual(0);
      }
    });
  }
});

test('bad files get one sentence and change nothing', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } }, '#/compare');
  await expect(page.getByText('Drop a picture, an LR/HR pair')).toBeVisible();
  const text = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
  await page.getByLabel('Open', { exact: true }).setInputFiles(text);
  await expect(page.getByText(/notes.png: The file is not/)).toBeVisible();
  // The sentence stands above the button, and not over it.
  const notices = await page.getByRole('region', { name: 'Notices' }).boundingBox();
  const button = await page.getByRole('button', { name: 'Compare', exact: true }).boundingBox();
  expect((notices?.y ?? 0) + (notices?.height ?? 0)).toBeLessThanOrEqual(button?.y ?? 0);
  const model = { name: 'broken.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from('no model') };
  await page.getByLabel('Add an ONNX model ×4').setInputFiles(model);
  await expect(page.getByRole('alert')).toContainText('broken.onnx: ');
  await expect(page.getByText('Drop a picture, an LR/HR pair')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'broken.onnx' })).toHaveCount(0);
});

test('an ONNX model is tried, runs beside the others, and stays; one of another scale is refused', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } }, '#/compare');
  const onnx = async (name: string, times: number) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(await repeating({ times }).arrayBuffer()),
  });
  await page.getByLabel('Add an ONNX model ×4').setInputFiles(await onnx('double.onnx', 2));
  await expect(page.getByRole('alert')).toContainText('Only models that enlarge 4 times can be compared');
  await page.getByLabel('Add an ONNX model ×4').setInputFiles(await onnx('repeat.onnx', 4));
  await expect(page.getByRole('checkbox', { name: 'repeat.onnx' })).toBeChecked();
  await open(page, photo(`lr/${owl}`), photo(`hr/${owl}`));
  await expect(page.getByText('with ground truth')).toBeVisible();
  await chooseMethods(page, 'nearest', 'repeat.onnx');
  await runComparison(page);
  const psnr = (title: string) => shownNumber(page, title, 'psnrY');
  expect(await psnr('repeat.onnx')).toBe(await psnr('nearest'));
  await page.reload();
  await expect(page.getByRole('checkbox', { name: 'repeat.onnx' })).toBeChecked();
});

test('a picture is degraded here: by known chains, and by both trained G’s against the true y', async ({ page }) => {
  await openPage(page, { options: { tile: 64 } }, '#/compare');
  await open(page, photo(`hr/${owl}`));
  await expect(page.getByText('256 × 256 → 1024 × 1024, no ground truth')).toBeVisible();
  await page.getByLabel('Low-resolution input').selectOption('realesrgan-test');
  await expect(page.getByText('64 × 64 → 256 × 256, with ground truth')).toBeVisible();
  await expect(page.getByText(/The degradation: \d+ steps/)).toBeVisible();
  const distance = page.getByText(/ŷ against bicubic y: PSNR \d+\.\d+ dB/);
  await page.getByLabel('Low-resolution input').selectOption('learned-conv');
  await expect(distance).toBeVisible({ timeout: 120_000 });
  const convolutional = await distance.textContent();
  await page.getByLabel('Low-resolution input').selectOption('learned');
  await expect(distance).toBeVisible({ timeout: 120_000 });
  await expect(distance).not.toHaveText(String(convolutional));
  await page.reload();
  await expect(distance).toBeVisible();
});

test('seeds spread over a map, the teacher shows its steps, the discriminators judge', async ({ page, context }) => {
  await serveTinyWeightsWithCritics(context);
  await openPage(page, { options: { tile: 16 } }, '#/compare');
  const buffer = await smallPng(16, 16);
  await page.getByLabel('Open', { exact: true }).setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer });
  await expect(page.getByText('16 × 16 → 64 × 64')).toBeVisible();
  await page.getByLabel('Seeds', { exact: true }).selectOption('2');
  await page.getByRole('button', { name: 'Sweep' }).click();
  await expect(page.getByRole('img', { name: 'Spread of ours over 2 seeds' })).toBeVisible({ timeout: 120_000 });
  const spread = await download(page, page.getByRole('button', { name: 'Download the map of the spread' }));
  expect(spread.name).toBe('small-spread.png');
  expect(await pixels(spread.bytes)).toMatchObject({ width: 64, height: 64 });
  await page.getByRole('button', { name: 'Show x̂₀ of every step' }).click();
  await expect(page.getByRole('img', { name: /^x̂₀ from step/ })).toHaveCount(15, { timeout: 120_000 });
  await page.getByRole('button', { name: 'Ask the discriminators' }).click();
  await expect(page.getByRole('img', { name: 'Scores of Input' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/^Input: -?\d+\.\d\d$/)).toBeVisible();

  await chooseMethods(page, 'L2', 'ours');
  await runComparison(page);
  const dial = page.getByRole('slider', { name: 'Detail' });
  await dial.press('Home');
  await dial.press('PageUp');
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'L2–ours at 10 %' }) });
  await expect(row).toBeVisible();
  await page.getByRole('button', { name: 'Side by side' }).click();
  await expect(page.getByText('L2–ours at 10 %')).toHaveCount(2);
});

test('the page’s first JavaScript is under 250 KB gzipped, and no outside model is loaded unasked', async ({
  page,
}) => {
  const outside: string[] = [];
  page.on('request', (request) => {
    if (/ort[.-]|onnx|models\/outside|tfjs-layers/.test(request.url())) outside.push(request.url());
  });
  // Without the worker, which computes after the first paint and whose scripts are told among the page's.
  await page.route(/assets\/worker-.*\.js$/, (route) => route.abort());
  await openPage(page, {}, '#/compare');
  await expect(page.getByRole('button', { name: 'Slider', exact: true })).toBeVisible();
  const scripts = await page.evaluate(() =>
    performance.getEntriesByType('resource').flatMap(({ name }) => (/\.js$/.test(name) ? [name] : [])),
  );
  const own = [...new Set(scripts)].filter((url) => !/worker-/.test(url));
  const bodies = await Promise.all(own.map(async (url) => (await page.request.get(url)).body()));
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(250 * 1024);

  await page.unrouteAll();
  await page.reload();
  // Named with its steps once the engine is ready, which has tried its tiles by then.
  await expect(page.getByRole('checkbox', { name: 'teacher (ResShift, 15 steps)' })).toBeVisible({ timeout: 200_000 });
  expect(outside).toEqual([]);
});
