/** The ways an image comes in and goes out: dropped, pasted, from the samples; as PNG, JPEG or WebP. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { addImage, download, openPage, photo, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(({ context }) => serveTinyWeights(context));

/** A drop from outside the browser, by the browser's own means: with folders, and as the page's drop handler gets it. */
async function drop(page: Page, ...files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  await send('dragEnter');
  // A drag goes on hovering: the page may not listen yet at its first events.
  await expect(async () => {
    await send('dragOver');
    await expect(page.getByText('Drop images, folders or weights to add them')).toBeVisible({ timeout: 1000 });
  }).toPass();
  // Again, over the overlay: the browser drops only where the last event of the drag was taken.
  await send('dragOver');
  await send('drop');
}

test('photographs and folders can be dropped, on any page', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'cosr-drop-'));
  await writeFile(join(folder, 'inside.png'), await smallPng(20, 10));
  await writeFile(join(folder, 'notes.txt'), 'no image');
  await openPage(page, { options: { tile: 16 } }, '#/about');
  // A drop while the page changes under the pointer would fall beside it.
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await drop(page, photo('lr/crop_animal_owl.png'), folder);
  await expect(row(page, 'crop_animal_owl.png')).toContainText('64 × 64 → 256 × 256');
  await expect(row(page, 'inside.png')).toContainText('20 × 10 → 80 × 40');
  await expect(page.getByText('1 file skipped')).toBeVisible();
});

test('a picture can be pasted', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openPage(page, { options: { tile: 16 } });
  const png = (await smallPng(24, 18)).toString('base64');
  await page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
  }, png);
  // A press before the page is there would go to nobody.
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('ControlOrMeta+v');
  await expect(page.getByRole('listitem').filter({ hasText: 'pasted-' })).toContainText('24 × 18 → 96 × 72');
});

test('a sample runs, and comes out in the format that was chosen', async ({ page }) => {
  await openPage(page, { options: { tile: 64 } });
  await page.getByRole('button', { name: /Add sample: Coffee/ }).click();
  await row(page, 'coffee.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'coffee.png')).toContainText('Done in');
  for (const [format, ending] of [
    ['jpeg', '.jpg'],
    ['webp', '.webp'],
    ['png', '.png'],
  ] as const) {
    await page.getByLabel('File format').selectOption(format);
    const { name, bytes } = await download(page, page.getByRole('button', { name: 'Download', exact: true }));
    expect(name).toBe(`coffee_x4${ending}`);
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 256, height: 256 });
  }
});

test('transparency stays a gradient through the page', async ({ page }) => {
  const data = Buffer.from(Array.from({ length: 16 * 8 * 4 }, (_, i) => (i % 4 < 3 ? 200 : ((i >> 2) % 16) * 17)));
  const buffer = await sharp(data, { raw: { width: 16, height: 8, channels: 4 } })
    .png()
    .toBuffer();
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'fade.png', mimeType: 'image/png', buffer });
  await row(page, 'fade.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'fade.png')).toContainText('Done in');
  const { bytes } = await download(page, page.getByRole('button', { name: 'Download', exact: true }));
  const alpha = await sharp(bytes).extractChannel(3).raw().toBuffer();
  expect(alpha.length).toBe(64 * 32);
  const line = [...alpha.subarray(0, 64)];
  expect(new Set(line).size).toBeGreaterThan(32);
  expect(line).toEqual([...line].sort((a, b) => a - b));
});
