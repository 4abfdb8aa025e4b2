/**
 * Pictures of the page in real Chromium.
 *
 *   npm run screenshots                  docs/screenshot.webp: a sample upscaled on the Upscale page, the slider in its middle
 *   npm run screenshots -- --pages DIR   each page at 360, 1280 and 2560 px, light and dark, as PNG
 */
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import sharp from 'sharp';
import { build, preview } from 'vite';
import { ensureBrowser } from './browser.mjs';

const { values } = parseArgs({ options: { pages: { type: 'string' }, sample: { type: 'string', default: 'parrot' } } });
const hero = resolve(import.meta.dirname, '../docs/screenshot.webp');
const mostBytes = 400_000;
const pages = ['', 'train', 'compare', 'evaluate', 'models', 'diagnosis', 'about'];
const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
];

/** Upscales a sample on WebAssembly, which every machine has, and takes the page's picture. */
async function takeHero(browser, base) {
  const page = await browser.newPage({ viewport: sizes[1], colorScheme: 'dark' });
  await page.addInitScript(() => localStorage.setItem('cosr.settings', JSON.stringify({ backend: 'wasm' })));
  await page.goto(base);
  console.error(`upscaling the sample "${values.sample}" …`);
  const file = resolve(import.meta.dirname, `../public/samples/${values.sample}.png`);
  await page.getByLabel('Add images', { exact: true }).setInputFiles(file);
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await page.getByText('Done in').first().waitFor({ timeout: 1_200_000 });
  await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(hero);
  const { size } = await stat(hero);
  if (size > mostBytes) throw new Error(`${hero} has ${size} bytes; ${mostBytes} are allowed.`);
  console.log(`${hero}: ${Math.round(size / 1000)} kB`);
}

async function takePages(browser, base, folder) {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of sizes) {
      const page = await browser.newPage({ viewport, colorScheme });
      for (const name of pages) {
        await page.goto(`${base}#/${name}`);
        await page.locator('main :is(h1, h2, button)').first().waitFor();
        await page
          .getByText(/^(Starting|Opening|Loading)/)
          .first()
          .waitFor({ state: 'hidden', timeout: 120_000 });
        await page.waitForLoadState('networkidle');
        const path = join(folder, `${name || 'upscale'}-${viewport.width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: viewport.width === 360 });
        console.log(path);
      }
      await page.close();
    }
  }
}

await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'warn', preview: { port: 0, open: false } });
const browser = await chromium.launch({ executablePath: ensureBrowser(), args: ['--no-sandbox'] });
try {
  const base = server.resolvedUrls.local[0];
  if (values.pages) await takePages(browser, base, resolve(values.pages));
  else await takeHero(browser, base);
} finally {
  await browser.close();
  await server.close();
}
