/** The Upscale page's main road and its ditches, on WebAssembly: what every browser has. */
import { randomBytes } from 'node:crypto';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { psnrY } from '../src/imaging/metrics/fidelity.ts';
import { enlarge } from '../src/imaging/resize.ts';
import { oddImages } from '../tests/support/odd-images.ts';
import { addImage, download, onDisk, openPage, photo, pixels, row, smallPng } from './helpers.ts';
import { serveLocalWeights, serveTinyWeights } from './tiny-weights.ts';

const coffee = 'crop_objects_coffee.png';

test('a photograph becomes ×4: exact size, better than bicubic, still there after a reload', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await openPage(page);
  await addImage(page, photo(`lr/${coffee}`));
  const item = row(page, coffee);
  await expect(item).toContainText('64 × 64 → 256 × 256');
  await expect(item).toContainText(/about .* · .*MB · 1 tile/);
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await expect(item).toContainText('Done in');

  const button = page.getByRole('button', { name: 'Download', exact: true });
  const { name, bytes } = await download(page, button);
  expect(name).toBe('crop_objects_coffee_x4.png');
  const [result, truth] = [await pixels(bytes), await pixels(photo(`hr/${coffee}`))];
  expect([result.width, result.height]).toEqual([256, 256]);
  const bicubic = enlarge(await pixels(photo(`lr/${coffee}`)), 4, 'bicubic');
  expect(psnrY(result, truth)).toBeGreaterThan(psnrY(bicubic, truth));

  await page.reload();
  await expect(row(page, coffee)).toContainText('Done in');
  await row(page, coffee).getByRole('button').first().click();
  expect((await download(page, button)).bytes.equals(bytes)).toBe(true);
  expect(errors).toEqual([]);
});

test('tiles appear one by one; cancel keeps them and resume goes on', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'wide.png', mimeType: 'image/png', buffer: await smallPng(150, 40) });
  const item = row(page, 'wide.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText(/[2-9] of \d+ tiles/);
  await item.getByRole('button', { name: 'Cancel' }).click();
  await expect(item).toContainText(/Paused, \d+ of \d+ tiles kept/);
  const kept = Number(/Paused, (\d+) of/.exec(await item.innerText())?.[1]);
  expect(kept).toBeGreaterThanOrEqual(2);
  await item.getByRole('button', { name: 'Resume' }).click();
  await expect(item).toContainText('Done in', { timeout: 120_000 });
});

test('another network upscales by the same queue, with its own time, and leaves the students on offer', async ({
  page,
}) => {
  await openPage(page);
  const plan = page.getByRole('status').filter({ hasText: 'photo takes about' });
  await expect(plan).toContainText(/^ours \(compact\)/);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Method').selectOption('esrgan-slim');
  await page.keyboard.press('Escape');
  await expect(plan).toContainText(/^ESRGAN slim on WebAssembly: a 256 × 256 photo takes about/);
  await addImage(page, photo(`lr/${coffee}`));
  await expect(row(page, coffee)).toContainText(/about .* · .*MB · \d+ tile/);
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await expect(row(page, coffee)).toContainText('Done in');
  await expect(page.getByRole('region', { name: 'Viewer' })).toContainText('ESRGAN slim · tile');
  const { bytes } = await download(page, page.getByRole('button', { name: 'Download', exact: true }));
  const truth = await pixels(photo(`hr/${coffee}`));
  const bicubic = enlarge(await pixels(photo(`lr/${coffee}`)), 4, 'bicubic');
  expect(psnrY(await pixels(bytes), truth)).toBeGreaterThan(psnrY(bicubic, truth));
  await page.reload();
  await expect(plan).toContainText(/^ESRGAN slim/);
});

test('a finished image can be had while another one runs', async ({ page }) => {
  await openPage(page, { options: { tile: 32 } });
  await addImage(page, { name: 'first.png', mimeType: 'image/png', buffer: await smallPng(16, 16) });
  await addImage(page, { name: 'second.png', mimeType: 'image/png', buffer: await smallPng(200, 200) });
  await expect(row(page, 'second.png')).toContainText('Ready');
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await expect(row(page, 'first.png')).toContainText('Done in');
  const tiles = async () => Number(/(\d+) of \d+ tiles/.exec(await row(page, 'second.png').innerText())?.[1] ?? 0);
  await row(page, 'first.png').getByRole('button').first().click();
  await expect.poll(tiles).toBeGreaterThan(0);
  const before = await tiles();
  await download(page, page.getByRole('button', { name: 'Download', exact: true }));
  // Served between two tiles; the rest is the way there and back.
  expect((await tiles()) - before).toBeLessThanOrEqual(3);
});

test('odd pictures work; bad files get one sentence and change nothing', async ({ page, context }) => {
  await serveTinyWeights(context);
  await openPage(page, { options: { tile: 16 } });
  const odd = await oddImages();
  const refused = page.getByRole('region', { name: 'Files that were not added' });
  const good = odd.filter(({ size }) => size);
  for (const { name, mime, bytes, size, says } of odd) {
    await addImage(page, { name, mimeType: mime, buffer: bytes });
    if (size) await expect(row(page, name)).toContainText(`${size[0]} × ${size[1]} → ${size[0] * 4} × ${size[1] * 4}`);
    else await expect(refused.getByText(says ?? name).first()).toBeVisible();
  }
  await expect(page.getByRole('listitem')).toHaveCount(good.length);
  await page.getByRole('button', { name: `Dismiss all ${odd.length - good.length}` }).click();
  await expect(refused).toHaveCount(0);
  await page.getByRole('button', { name: 'Upscale all' }).click();
  for (const { name } of good) await expect(row(page, name)).toContainText('Done in', { timeout: 180_000 });

  const zip = await download(page, page.getByRole('button', { name: 'Download all as zip' }));
  expect(zip.name).toMatch(/\.zip$/);
  // The end record's count of entries.
  expect(zip.bytes.readUInt16LE(zip.bytes.length - 22 + 10)).toBe(good.length);
});

test('a large file is on screen as soon as it is listed', async ({ page }) => {
  await openPage(page);
  const noise = sharp(randomBytes(2400 * 2400 * 3), { raw: { width: 2400, height: 2400, channels: 3 } });
  const file = await noise.png({ compressionLevel: 1 }).toBuffer();
  await addImage(page, await onDisk('large.png', file));
  await expect(row(page, 'large.png')).toBeVisible();
  await expect.poll(opacity(page, /^large.png/)).toBe(255);
  await expect(page.getByRole('region', { name: 'Notices' })).toHaveText('');
});

/** Of the middle of the viewer's canvas, 0 to 255. */
const opacity = (page: Page, name: RegExp) => () =>
  page.getByRole('img', { name }).evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    return canvas.getContext('2d')?.getImageData(width >> 1, height >> 1, 1, 1).data[3];
  });

test('a picture is on screen and takes orders before there is an engine', async ({ page }) => {
  await page.route(/worker-.*\.js/, () => new Promise(() => {}));
  await openPage(page);
  await addImage(page, { name: 'early.png', mimeType: 'image/png', buffer: await smallPng(60, 40) });
  const item = row(page, 'early.png');
  await expect(item).toContainText('60 × 40 → 240 × 160');
  await expect.poll(opacity(page, /^early.png/)).toBe(255);
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText('Waiting to be read');
  await item.getByRole('button', { name: 'Cancel' }).click();
  // No engine, so nothing is kept: it isn't ready.
  await expect(item).toContainText('Reading …');
  await item.getByRole('button', { name: 'Remove' }).click();
  await expect(item).toHaveCount(0);
});

test('a picture of one tile shows its progress, and is cancelled in its midst', async ({ page }) => {
  await openPage(page, { options: { tile: 192 } });
  await addImage(page, photo('large.png'));
  const item = row(page, 'large.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  const bar = item.getByRole('progressbar');
  await expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThan(0);
  expect(Number(await bar.getAttribute('value'))).toBeLessThan(100);
  await item.getByRole('button', { name: 'Cancel' }).click();
  await expect(item.getByText('Stopping …').or(item.getByText('Paused'))).toBeVisible();
  await expect(item).toContainText('Paused');
  await expect(item).not.toContainText('Done in');
});

test('a picture that is too large is made to fit', async ({ page }) => {
  await openPage(page);
  const wide = await sharp({ create: { width: 6000, height: 40, channels: 3, background: '#456' } })
    .png()
    .toBuffer();
  await addImage(page, { name: 'wide.png', mimeType: 'image/png', buffer: wide });
  const refusal = page.getByRole('region', { name: 'Files that were not added' });
  await expect(refusal).toContainText('6,000 × 40 px');
  await refusal.getByRole('button', { name: 'Scale it down' }).click();
  await expect(row(page, 'wide-4096x27.png')).toContainText('4096 × 27 → 16384 × 108');
  await expect(refusal).toHaveCount(0);
  await addImage(page, { name: 'wide.png', mimeType: 'image/png', buffer: wide });
  await refusal.getByRole('button', { name: 'Use its middle' }).click();
  await expect(row(page, 'wide-middle.png')).toContainText('4096 × 40 → 16384 × 160');
});

test('a small picture starts by itself', async ({ page, context }) => {
  await serveTinyWeights(context);
  await openPage(page, { startsAtOnce: true });
  await addImage(page, { name: 'small.png', mimeType: 'image/png', buffer: await smallPng(16, 12) });
  await expect(row(page, 'small.png')).toContainText('Done in');
});

test('a long picture shows a part of itself, and asks: a frame on it runs alone', async ({ page, context }) => {
  await serveTinyWeights(context);
  await openPage(page, { startsAtOnce: true, options: { tile: 16 } });
  await addImage(page, { name: 'hours.png', mimeType: 'image/png', buffer: await smallPng(1200, 900) });
  await expect(row(page, 'hours.png')).toContainText(/Paused, \d+ of [\d,]+ tiles kept/);
  await expect(page.getByText(/The rest takes about/)).toBeVisible();
  await page.getByRole('button', { name: 'Frame a part', exact: true }).click();
  const box = await page.getByRole('img', { name: /^hours.png/ }).boundingBox();
  if (!box) throw new Error('There is no picture to frame.');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 20, y + 10, { steps: 3 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Upscale this part' }).click();
  const part = row(page, /hours-part-.*\.png/);
  await expect(part).toContainText('Done in');
  await expect(part).toHaveAttribute('data-selected', 'true');
});

test('tiles outlive a reload of the page', async ({ page, context }) => {
  await serveLocalWeights(context);
  page.on('dialog', (dialog) => void dialog.accept());
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'tall.png', mimeType: 'image/png', buffer: await smallPng(40, 900) });
  const item = row(page, 'tall.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText(/[2-9] of \d+ tiles/);
  await page.reload();
  await expect(item).toContainText(/Paused, \d+ of \d+ tiles kept/);
  await expect(page.getByText(/The last visit ended while "tall\.png" ran; its finished tiles are kept/)).toBeVisible();
  const kept = Number(/Paused, (\d+) of/.exec(await item.innerText())?.[1]);
  expect(kept).toBeGreaterThanOrEqual(2);
  await item.getByRole('button', { name: 'Resume' }).click();
  await expect(item).toContainText('Done in');
});

test('finished tiles of an opaque picture have no edge on screen', async ({ page, context }) => {
  await serveLocalWeights(context);
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'tall.png', mimeType: 'image/png', buffer: await smallPng(40, 900) });
  const item = row(page, 'tall.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText(/[2-9] of \d+ tiles/);
  await item.getByRole('button', { name: 'Cancel' }).click();
  await expect(item).toContainText(/Paused, \d+ of \d+ tiles kept/);
  // A column of the output: opaque from the picture's first row to its last.
  const alphas = await page.getByRole('img', { name: /^tall.png/ }).evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const column = canvas.getContext('2d')?.getImageData((width >> 1) + 6, 0, 1, height).data ?? [];
    return Array.from({ length: height }, (_, y) => column[4 * y + 3] ?? 0);
  });
  const within = alphas.slice(alphas.indexOf(255), alphas.lastIndexOf(255) + 1);
  expect(within.length).toBeGreaterThan(300);
  expect(Math.min(...within)).toBe(255);
});

test('an image can be removed and brought back', async ({ page }) => {
  await openPage(page);
  for (const name of ['other.png', 'small.png'])
    await addImage(page, { name, mimeType: 'image/png', buffer: await smallPng(8, 8) });
  const item = row(page, 'small.png');
  await item.getByRole('button', { name: 'Remove' }).click();
  await expect(item).toHaveCount(0);
  // The sentence with Undo stands above the other picture's buttons.
  await row(page, 'other.png').click();
  const notices = await page.getByRole('region', { name: 'Notices' }).boundingBox();
  const button = await page.getByRole('button', { name: 'Download', exact: true }).boundingBox();
  expect((notices?.y ?? 0) + (notices?.height ?? 0)).toBeLessThanOrEqual(button?.y ?? 0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(item).toBeVisible();
});
