import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { expect, type Page } from '@playwright/test';
import sharp from 'sharp';
import type { Rgba8 } from '../src/imaging/image.ts';

const root = resolve(import.meta.dirname, '..');

/** A photograph of the project, reduced ×4 and degraded as a user's small picture would be; made by the trainer. */
export const fixture = (name: string) => resolve(root, 'tests/images', name);

export async function pixels(file: string | Buffer): Promise<Rgba8> {
  const { data, info } = await sharp(file)
    .ensureAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

/** Opens the Upscale page on the given backend with everything forgotten from earlier tests. */
export async function openPage(page: Page, settings: Record<string, unknown> = {}): Promise<void> {
  await page.goto('/');
  await page.evaluate((stored) => {
    for (const [key, value] of Object.entries(stored)) localStorage.setItem(key, JSON.stringify(value));
  }, settings);
}

export async function addImages(page: Page, ...files: string[]): Promise<void> {
  await page.getByLabel('Add images').setInputFiles(files);
}

export async function addBytes(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  await page.getByLabel('Add images').setInputFiles({ name, mimeType, buffer });
}

/** The queue's row of one image. */
export const row = (page: Page, path: string) => page.getByRole('listitem').filter({ hasText: basename(path) });

export async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

export async function expectNoPageErrors(page: Page, run: () => Promise<void>): Promise<void> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await run();
  expect(errors).toEqual([]);
}
