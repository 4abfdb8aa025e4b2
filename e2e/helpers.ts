import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import type { Rgba8 } from '../src/imaging/image.ts';

/** A photograph of the project (tests/images/README.md). */
export const photo = (name: string) => resolve(import.meta.dirname, '../tests/images', name);

export async function pixels(file: string | Buffer): Promise<Rgba8> {
  const picture = sharp(file).ensureAlpha().toColourspace('srgb');
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

/** A smooth little picture, as PNG. */
export function smallPng(width: number, height: number): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => 128 + 100 * Math.sin(i * 0.05)));
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

interface StoredSettings {
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  readonly options?: { readonly tile?: number; readonly seed?: number };
  readonly startsAtOnce?: boolean;
}

/** The Upscale page as on a first visit, with these settings; pictures wait to be started unless those say else. Every test has a browser context of its own. */
export async function openPage(page: Page, settings: StoredSettings = {}, hash = '', base = ''): Promise<void> {
  await page.addInitScript((stored) => localStorage.setItem('cosr.settings', JSON.stringify(stored)), {
    startsAtOnce: false,
    ...settings,
  });
  await page.goto(`${base}/${hash}`);
}

/**
 * A large file for the page, in the test's own folder. Its path is handed over in no time; its bytes would go through the
 * browser's protocol as text, at seconds of both processes.
 */
export async function onDisk(name: string, bytes: Uint8Array): Promise<string> {
  const path = test.info().outputPath(name);
  await writeFile(path, bytes);
  return path;
}

type Upload = string | { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };

export async function addImage(page: Page, file: Upload): Promise<void> {
  await page.getByLabel('Add images', { exact: true }).setInputFiles(file);
}

/** The queue's row of one image, by file name. */
export const row = (page: Page, file: string | RegExp): Locator =>
  page.getByRole('listitem').filter({ hasText: typeof file === 'string' ? basename(file) : file });

export async function download(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** A method's title, with what may follow it in its row; "ours" is not "ours (conv G)". */
const titled = (title: string) => new RegExp(`^${title.replace(/[.()]/g, '\\$&')}(?! \\()`);

/** Ticks exactly these methods on the Compare page, by their names in the menu. */
export async function chooseMethods(page: Page, ...names: string[]): Promise<void> {
  const list = page.getByRole('group', { name: 'Methods' });
  const chosen = list.getByRole('checkbox', { checked: true });
  while ((await chosen.count()) > 0) await chosen.first().uncheck();
  for (const name of names) await list.getByRole('checkbox', { name: titled(name) }).check();
}

export async function runComparison(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible({ timeout: 200_000 });
}

/** A method's value in the table of numbers; NaN where there is none. */
export async function shownNumber(page: Page, title: string, metric: string): Promise<number> {
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: titled(title) }) });
  return Number.parseFloat(await row.locator(`[data-metric="${metric}"]`).innerText());
}

/** Light and dark differ in colours alone, so axe's other rules are asked in light. */
const colourRules = ['color-contrast', 'link-in-text-block'];

/** axe on a page without frames of others: in the page itself, and not writing down what passes. */
export const axe = (page: Page): AxeBuilder =>
  new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });

/**
 * The page has no axe violations, in light and in dark.
 *
 * @param part selector of the part that is asked about, and of parts of it that are not
 */
export async function expectAccessible(page: Page, part: { include?: string; exclude?: string } = {}): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await test.step(colorScheme, async () => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const asked = axe(page);
      if (part.include) asked.include(part.include);
      if (part.exclude) asked.exclude(part.exclude);
      if (colorScheme === 'dark') asked.withRules(colourRules);
      const { violations } = await asked.analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    });
  }
}

/** Checks the page at each of these widths, in one visit. */
export async function atWidths(page: Page, widths: readonly number[], check: (width: number) => Promise<void>) {
  for (const width of widths) {
    await test.step(`${width} px`, async () => {
      await page.setViewportSize({ width, height: 900 });
      await check(width);
    });
  }
}

/** Nothing of the page is wider than its window. */
export async function expectNoOverflow(page: Page, width: number): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}
