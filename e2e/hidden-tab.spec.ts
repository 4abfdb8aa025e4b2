/** A tab behind another one. Playwright's own pages all take themselves for visible, so this browser is driven without its defaults. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
import { findBrowser } from '../scripts/browser.mjs';
import { openPage } from './helpers.ts';

async function startBrowser(profile: string) {
  const flags = ['--headless', '--no-sandbox', '--no-first-run', '--remote-debugging-port=0'];
  const browser = spawn(findBrowser() ?? 'chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    browser.stderr.on('data', (part) => {
      said += part;
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    browser.once('exit', () => reject(new Error(said)));
  });
  return { browser, address };
}

test('training goes on while the tab is hidden', async ({ baseURL }) => {
  const profile = await mkdtemp(join(tmpdir(), 'cosr-e2e-'));
  const { browser, address } = await startBrowser(profile);
  try {
    const connected = await chromium.connectOverCDP(address, { noDefaults: true });
    const [context] = connected.contexts();
    if (!context) throw new Error('The browser has no window.');
    const page = await context.newPage();
    const seen = () => page.evaluate(() => document.visibilityState);
    const hash = '#/train?downsampler=convolutional&pool=2&degradation=bicubic&heldOutEvery=0';
    await openPage(page, { backend: 'wasm', options: { tile: 16 } }, hash, baseURL);
    await page.getByRole('button', { name: /^Run until and speed/ }).click();
    await page.getByLabel('Until iteration', { exact: true }).fill('4');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await (await context.newPage()).bringToFront();
    expect(await seen()).toBe('hidden');
    const text = () => page.evaluate(() => document.body.textContent ?? '');
    expect(await text()).not.toContain('Stopped at');
    await expect.poll(text, { timeout: 180_000 }).toContain('Stopped at iteration 4, as asked.');
    expect(await seen()).toBe('hidden');
    await connected.close();
  } finally {
    browser.removeAllListeners('exit');
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    browser.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
