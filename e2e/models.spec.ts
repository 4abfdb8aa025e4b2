/** Weights that a user brings: into a model or into a sentence, and nothing else changes. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { inspectOnnx } from '../src/formats/onnx/inspect.ts';
import { openSafetensors } from '../src/formats/safetensors.ts';
import { type PresetName, shippedPresets } from '../src/presets/presets.ts';
import { torchFile } from '../tests/torch/torch-file.ts';
import {
  addImage,
  atWidths,
  download,
  expectAccessible,
  expectNoOverflow,
  onDisk,
  openPage,
  row,
  smallPng,
} from './helpers.ts';

const root = resolve(import.meta.dirname, '..');
const shippedOf = async (preset: PresetName): Promise<number> =>
  JSON.parse(await readFile(resolve(root, `public/models/${preset}/manifest.json`), 'utf8')).files.length;
const shippedModels = (await Promise.all(shippedPresets.map(shippedOf))).reduce((sum, count) => sum + count, 0);

interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const upload = (name: string, bytes: Uint8Array): Upload => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});

/** The shipped student as `torch.save` would have written it. */
async function studentCheckpoint(name: string): Promise<Upload> {
  const file = await openSafetensors(
    new Blob([await readFile(resolve(root, 'public/models/compact/sinsr.safetensors'))]),
  );
  const entries = [...file.entries.values()].map(async ({ name, shape }) => ({
    name: `module.${name}`,
    shape,
    data: (await file.readRaw(name)) as Uint16Array,
  }));
  return upload(name, torchFile(await Promise.all(entries), ['state_dict']));
}

const fixture = async (name: string) => upload(name, await readFile(resolve(root, 'tests/torch', name)));

async function openModels(page: Page): Promise<void> {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/models');
  await expect(page.getByRole('heading', { name: /^compact/ })).toBeVisible();
}

async function bring(page: Page, ...files: Upload[]): Promise<void> {
  const paths = await Promise.all(files.map(({ name, buffer }) => onDisk(name, buffer)));
  await page.getByLabel('Add weights').setInputFiles(paths);
}
const card = (page: Page, name: string) => page.getByRole('article').filter({ hasText: name });
const models = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('rowheader') });

/** Drops files on the page, as from the desktop. */
async function drop(page: Page, file: Upload): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
      return data;
    },
    { name: file.name, bytes: file.buffer.toString('base64') },
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

test('a checkpoint is reported, imported, used, renamed, saved and deleted', async ({ page }) => {
  await openModels(page);
  await expect(models(page)).toHaveCount(shippedModels);
  await bring(page, await studentCheckpoint('SinSR_v1.pth'));
  const imported = card(page, 'SinSR_v1.pth');
  await expect(imported).toContainText(/Diffusion network of the compact preset: (\d+) of \1 tensors match/);
  await expect(imported).toContainText('Taken from “state_dict”');
  await expect(imported.getByLabel('Network')).toHaveValue('sinsr');
  await expect(models(page)).toHaveCount(shippedModels);
  await imported.getByRole('button', { name: 'Import' }).click();
  await expect(imported).toHaveCount(0);

  const mine = models(page).filter({ hasText: 'added by you' });
  await expect(mine).toContainText('SinSR_v1');
  await expect(models(page).filter({ hasText: 'not in use' })).toContainText('student (SinSR)');
  await mine.getByRole('button', { name: 'Rename SinSR_v1' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('My student');
  await page.keyboard.press('Enter');
  await expect(mine).toContainText('My student');

  // It is there on the next visit, and upscales.
  await page.reload();
  await expect(mine).toContainText('My student');
  await page.getByRole('link', { name: 'Upscale', exact: true }).click();
  await addImage(page, { name: 'small.png', mimeType: 'image/png', buffer: await smallPng(16, 12) });
  await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'small.png')).toContainText('Done in');
  await page.getByRole('link', { name: 'Models' }).click();

  const saved = await download(page, mine.getByRole('button', { name: 'Save My student as safetensors' }));
  expect(saved.name).toBe('SinSR_v1.safetensors');
  const shipped = await openSafetensors(
    new Blob([await readFile(resolve(root, 'public/models/compact/sinsr.safetensors'))]),
  );
  const exported = await openSafetensors(new Blob([new Uint8Array(saved.bytes)]));
  expect(await exported.readRaw('out.2.weight')).toEqual(await shipped.readRaw('out.2.weight'));

  await mine.getByRole('button', { name: 'Delete My student' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(models(page)).toHaveCount(shippedModels);
  await expect(models(page).filter({ hasText: 'not in use' })).toHaveCount(0);
});

test('bad files get a sentence, and change nothing', async ({ page }) => {
  await openModels(page);
  const good = await studentCheckpoint('SinSR_v1.pth');
  const cutOff = upload('cut.pth', good.buffer.subarray(0, good.buffer.length / 2));
  await bring(page, await fixture('system.pth'), cutOff, await fixture('legacy.pth'), await fixture('script.pt'));
  await expect(card(page, 'system.pth').getByRole('alert')).toContainText('"posix.system"');
  await expect(card(page, 'cut.pth').getByRole('alert')).toContainText('cut off');
  await expect(card(page, 'legacy.pth').getByRole('alert')).toContainText('PyTorch before 1.6');
  await expect(card(page, 'script.pt').getByRole('alert')).toContainText('TorchScript');
  await expect(page.getByRole('button', { name: 'Import' })).toHaveCount(0);
  await expect(models(page)).toHaveCount(shippedModels);
  await page.getByRole('button', { name: 'Dismiss system.pth' }).click();
  await expect(card(page, 'system.pth')).toHaveCount(0);
});

test('weights dropped on any page come to the Models page', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } });
  // Until the page is there, a file is the browser's.
  await expect(page.getByLabel('Add images', { exact: true })).toBeAttached();
  await drop(page, await fixture('types.pth'));
  await expect(page).toHaveURL(/#\/models/);
  await expect(card(page, 'types.pth').getByRole('alert')).toContainText('No network here has such tensors');
});

test('a picture dropped here goes to Upscale, which says so', async ({ page }) => {
  await openModels(page);
  await drop(page, upload('small.png', await smallPng(16, 12)));
  await expect(page).toHaveURL(/#\/upscale/);
  await expect(page.getByText('“small.png” went to Upscale, where pictures are upscaled.')).toBeVisible();
  await expect(row(page, 'small.png')).toBeVisible();
});

test('the page’s own file is known again by its name', async ({ page }) => {
  await openModels(page);
  await drop(page, upload('ours.safetensors', await readFile(resolve(root, 'public/models/compact/ours.safetensors'))));
  await expect(card(page, 'ours.safetensors').getByLabel('Network')).toHaveValue('ours');
  await expect(card(page, 'ours.safetensors').getByRole('button', { name: 'Import' })).toBeEnabled();
  await bring(page, upload('rubbish.pth', Buffer.alloc(64, 'x')));
  await expect(card(page, 'rubbish.pth').getByRole('alert')).toContainText('rubbish.pth is no PyTorch file');
});

test('an import can be stopped, and asks what a file is whose name says nothing', async ({ page }) => {
  await openModels(page);
  await bring(page, await studentCheckpoint('model_300000.pth'));
  const imported = card(page, 'model_300000.pth');
  const start = imported.getByRole('button', { name: 'Import' });
  await expect(start).toBeDisabled();
  await imported.getByLabel('Network').selectOption('resshift');
  await start.click();
  const cancel = imported.getByRole('button', { name: 'Cancel' });
  // It may be done before anybody can press it.
  await cancel.click({ timeout: 1000 }).catch(() => undefined);
  await expect(start.or(models(page).filter({ hasText: 'model_300000' }))).toBeVisible();
});

test('imports in two tabs at once are both listed', async ({ page, context }) => {
  const other = await context.newPage();
  const tabs = [page, other] as const;
  const names = ['SinSR_v1.pth', 'SinSR_v2.pth'] as const;
  for (const [i, tab] of tabs.entries()) {
    await openModels(tab);
    await bring(tab, await studentCheckpoint(names[i] ?? ''));
    await expect(card(tab, names[i] ?? '')).toContainText('tensors match');
  }
  const buttons = tabs.map((tab, i) => card(tab, names[i] ?? '').getByRole('button', { name: 'Import' }));
  await Promise.all(buttons.map((button) => button.click()));
  await Promise.all(tabs.map((tab, i) => expect(card(tab, names[i] ?? '')).toHaveCount(0)));
  await page.reload();
  await expect(models(page).filter({ hasText: /SinSR_v[12]/ })).toHaveCount(2);
});

test('without room for it an import says so, and leaves nothing', async ({ page, baseURL }) => {
  await openModels(page);
  await bring(page, await studentCheckpoint('SinSR_v1.pth'));
  const imported = card(page, 'SinSR_v1.pth');
  await expect(imported).toContainText('tensors match');
  const browser = await page.context().newCDPSession(page);
  await browser.send('Storage.overrideQuotaForOrigin', { origin: baseURL ?? '', quotaSize: 100_000 });
  await imported.getByRole('button', { name: 'Import' }).click();
  await expect(imported.getByRole('alert')).toContainText('The browser has no room for these weights');
  await expect(models(page)).toHaveCount(shippedModels);
});

test('an upscaler is saved as ONNX', async ({ page }) => {
  await openModels(page);
  const compact = page.getByRole('region', { name: /^compact/ });
  await compact.getByText('Save as ONNX').click();
  await compact.getByLabel('Network').selectOption('sinsr');
  const saved = await download(page, page.getByRole('button', { name: 'Save compact as ONNX' }));
  expect(saved.name).toBe('compact-sinsr-64.onnx');
  const { metadata } = await inspectOnnx(new Blob([new Uint8Array(saved.bytes)]));
  expect(metadata).toMatchObject({ preset: 'compact', method: 'sinsr', weights: 'float16', noise: 'input' });
  await expect(page.getByRole('button', { name: 'Save compact as ONNX' })).toBeVisible();
});

test('is free of axe violations and sticks out nowhere, in light and dark, wide and narrow', async ({ page }) => {
  await openModels(page);
  await bring(page, await studentCheckpoint('SinSR_v1.pth'), await fixture('system.pth'));
  await card(page, 'SinSR_v1.pth').getByRole('button', { name: 'Import' }).click();
  await expect(models(page).filter({ hasText: 'added by you' })).toBeVisible();
  await bring(page, await studentCheckpoint('model_300000.pth'));
  await expect(card(page, 'model_300000.pth')).toContainText('tensors match');
  await page
    .getByRole('button', { name: /^Details of/ })
    .first()
    .click();
  await expect(page.getByText('SHA-256').first()).toBeVisible();
  await atWidths(page, [360, 1280], async (width) => {
    // Each value stands behind its column's name where the columns are gone.
    const value = models(page).first().locator('[data-column="Licence"]');
    expect(await value.evaluate((cell) => getComputedStyle(cell, '::before').content)).toBe(
      width < 760 ? '"Licence"' : 'none',
    );
    await expectAccessible(page);
    await expectNoOverflow(page, width);
    await page.screenshot({ path: `test-results/models-${width}.png`, fullPage: true });
  });
});
