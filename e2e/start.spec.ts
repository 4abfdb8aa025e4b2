/** A start loads what the first picture needs, and no more. */
import { expect, type Page, test } from '@playwright/test';
import { addImage, openPage, row, smallPng } from './helpers.ts';

const settings = { backend: 'wasm', options: { tile: 16 }, startsAtOnce: true } as const;
const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(8, 8) });

/** Paths of what page and worker ask for from now on, in order. */
function requests(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

test('loads nothing before the first picture that it does not need', async ({ page }) => {
  const asked = requests(page);
  // The service worker would load the whole app beside the picture.
  await page.addInitScript(() => {
    const { serviceWorker } = navigator;
    const register = serviceWorker.register.bind(serviceWorker);
    serviceWorker.register = (...given) => {
      document.documentElement.dataset.registered = document.body.innerText.includes('Done in') ? 'after' : 'before';
      return register(...given);
    };
  });
  await openPage(page, settings, '?offline');
  await addImage(page, await small());
  await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 120_000 });
  const before = [...asked];
  // Both files of one student, side by side with the backend's own.
  expect(before.filter((path) => path.endsWith('.safetensors')).sort()).toEqual([
    '/models/compact/autoencoder.safetensors',
    '/models/compact/ours.safetensors',
  ]);
  expect(before.filter((path) => path.endsWith('.wasm'))).toEqual([expect.stringContaining('threaded-simd')]);
  expect(before.filter((path) => /Page-|webgpu-backend|ort|katex|self-test|diagnosis|metrics/.test(path))).toEqual([]);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await expect(page.locator('html')).toHaveAttribute('data-registered', 'after');
});

test('starts again without a network', async ({ page, context }) => {
  await openPage(page, settings, '?offline');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 120_000 });
  await context.setOffline(true);
  const asked = requests(page);
  const failed: string[] = [];
  page.on('requestfailed', (request) => failed.push(request.url()));
  await page.reload();
  await addImage(page, await small());
  await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 120_000 });
  expect(failed).toEqual([]);
  // Weights are in the engine's own storage.
  expect(asked.some((path) => path.endsWith('.wasm'))).toBe(true);
  expect(asked.filter((path) => path.endsWith('.safetensors'))).toEqual([]);
});
