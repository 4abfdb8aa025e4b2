/** The page installed: without a network, on a host without headers, and opened by a picture that another program shares. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { addImage, openPage, row, smallPng } from './helpers.ts';

const settings = { backend: 'wasm', options: { tile: 16 } } as const;
const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(8, 8) });

/** A first visit, until the service worker answers for the page. */
async function install(page: Page): Promise<void> {
  await openPage(page, settings, '?offline');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

test('works offline after the first visit, still isolated', async ({ page, context }) => {
  await install(page);
  await expect(page.getByText(/photo takes about/)).toBeVisible({ timeout: 120_000 });
  await context.setOffline(true);
  await page.reload();
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  await addImage(page, await small());
  await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 120_000 });
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeVisible();
});

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** The built page below /some/path/, with types of files and no other header, as free hosts of static files serve it. */
async function plainHost(): Promise<Server> {
  const [folder, path] = [resolve(import.meta.dirname, '../dist'), '/some/path/'];
  const server = createServer(async ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const name = normalize(decodeURIComponent(pathname.slice(path.length)) || 'index.html');
    const bytes = pathname.startsWith(path) && (await readFile(join(folder, name)).catch(() => null));
    const type = types[extname(name)] ?? 'application/octet-stream';
    response.writeHead(bytes ? 200 : 404, bytes ? { 'Content-Type': type } : {}).end(bytes || '');
  });
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  return server;
}

test('runs below a path of a host without headers, isolated and offline too', async ({ page, context }) => {
  const server = await plainHost();
  try {
    const { port } = server.address() as AddressInfo;
    const missing: string[] = [];
    context.on('response', (response) => response.status() === 404 && missing.push(response.url()));
    let loads = 0;
    page.on('load', () => {
      loads++;
    });
    await openPage(page, settings, '?offline', `http://localhost:${port}/some/path`);
    // Once the worker answers for it, it loads again; scripts of a test would count as the user's doing, which forbids that.
    await expect.poll(() => loads).toBe(2);
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
    await addImage(page, await small());
    await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
    await expect(row(page, 'small.png')).toContainText('Done in', { timeout: 120_000 });
    expect(missing).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  await page.goto('about:blank');
  await page.goBack();
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  await expect(row(page, 'small.png')).toContainText('Done in');
});

test('opens with the picture that was shared with it', async ({ page }) => {
  await install(page);
  const png = (await smallPng(24, 18)).toString('base64');
  await page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const form = new FormData();
    form.append('images', new File([blob], 'my photo.png', { type: 'image/png' }));
    await fetch('./share', { method: 'POST', body: form });
  }, png);
  await page.reload();
  await expect(row(page, 'my photo.png')).toContainText('24 × 18 → 96 × 72');
  // The engine has it.
  await expect(row(page, 'my photo.png')).toContainText('about');
  await page.reload();
  await expect(row(page, 'my photo.png')).toHaveCount(1);
});
