/**
 * Pictures of the page in real Chromium.
 *
 *   npm run screenshots                  docs/screenshot.webp: a sample upscaled on the Upscale page, the slider in its middle
 *   npm run screenshots -- --pages DIR   each page at 360, 1280 and 2560 px, light and dark, as PNG
 *   npm run screenshots -- --showcase    the pair that the Upscale page opens with, made by the page itself with the weights
 *                                        it ships: public/showcase, and src/features/viewer/showcase.json on how it was made
 *   npm run screenshots -- --film        docs/film.webp: the Train page while it replays the recorded run
 *
 * `npm run showcase` runs these, and what else stands for the project.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import sharp from 'sharp';
import { build, preview } from 'vite';
import { ensureBrowser } from './browser.mjs';

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    showcase: { type: 'boolean' },
    film: { type: 'boolean' },
    sample: { type: 'string' },
  },
});
const hero = resolve(import.meta.dirname, '../docs/screenshot.webp');
const mostBytes = 400_000;
const film = { path: resolve(import.meta.dirname, '../docs/film.webp'), frames: 48, width: 960, mostBytes: 1_500_000 };
/** Milliseconds that a frame is shown; it is taken whenever the page is ready for it. */
const frameDelay = 200;
const pages = ['', 'train', 'compare', 'gallery', 'evaluate', 'models', 'diagnosis', 'about', 'tour'];
const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
];

const sampleFile = (sample) => resolve(import.meta.dirname, `../public/samples/${sample}.png`);

/** A page that has upscaled a sample on WebAssembly, which every machine has. */
async function upscaled(browser, base, sample) {
  const page = await browser.newPage({ viewport: sizes[1], colorScheme: 'dark' });
  const settings = JSON.stringify({ backend: 'wasm', startsAtOnce: false });
  await page.addInitScript((stored) => localStorage.setItem('cosr.settings', stored), settings);
  await page.goto(base);
  console.error(`upscaling the sample "${sample}" …`);
  await page.getByLabel('Add images', { exact: true }).setInputFiles(sampleFile(sample));
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await page.getByText('Done in').first().waitFor({ timeout: 3_600_000 });
  return page;
}

/** The page's own record of its one image's result. */
const storedResult = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('cosr');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction('images').objectStore('images').getAll();
      reading.onsuccess = () => resolve(reading.result[0].result);
      reading.onerror = () => reject(reading.error);
    };
  });

async function makeShowcase(browser, base, sample) {
  const page = await upscaled(browser, base, sample);
  const { seconds, options, backend } = await page.evaluate(storedResult);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download', exact: true }).click(),
  ]);
  const after = await readFile(await file.path());
  const { width, height } = await sharp(after).metadata();
  const before = sharp(sampleFile(sample)).resize(width, height, { kernel: 'cubic' });
  const folder = resolve(import.meta.dirname, '../public/showcase');
  await mkdir(folder, { recursive: true });
  for (const [name, picture] of Object.entries({ before, after: sharp(after) }))
    await picture
      .removeAlpha()
      .webp({ quality: 88 })
      .toFile(join(folder, `${name}.webp`));
  const { preset, method } = options;
  const facts = {
    sample: `${sample}.png`,
    width,
    height,
    preset,
    method,
    backend,
    seconds: Number(seconds.toFixed(1)),
  };
  const path = resolve(import.meta.dirname, '../src/features/viewer/showcase.json');
  await writeFile(path, `${JSON.stringify({ ...facts, cores: availableParallelism() }, null, 2)}\n`);
  console.log(`${folder}: ${JSON.stringify(facts)}`);
}

async function takeHero(browser, base, sample) {
  const page = await upscaled(browser, base, sample);
  await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(hero);
  const { size } = await stat(hero);
  if (size > mostBytes) throw new Error(`${hero} has ${size} bytes; ${mostBytes} are allowed.`);
  console.log(`${hero}: ${Math.round(size / 1000)} kB`);
}

/** The recorded run as the page plays it, taken at equal steps of its length. */
async function takeFilm(browser, base) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
  await page.goto(`${base}#/train`);
  await page.getByRole('region', { name: 'Recording' }).waitFor();
  await page.getByRole('button', { name: 'Pause the demo' }).click();
  const shown = page.getByRole('slider', { name: 'Iteration that is shown' });
  const last = Number(await shown.evaluate((input) => input.max));
  const frames = [];
  for (let i = 0; i < film.frames; i++) {
    await shown.fill(String(Math.round((i * last) / (film.frames - 1))));
    // The pictures of that place are decoded beside the page.
    await page.waitForTimeout(400);
    frames.push(
      await sharp(await page.screenshot())
        .resize(film.width)
        .png()
        .toBuffer(),
    );
    console.error(`${frames.length} of ${film.frames} frames`);
  }
  const delay = frames.map(() => frameDelay);
  await sharp(frames, { join: { animated: true } })
    .webp({ quality: 60, effort: 6, delay, loop: 0, mixed: true })
    .toFile(film.path);
  const { size } = await stat(film.path);
  if (size > film.mostBytes) throw new Error(`${film.path} has ${size} bytes; ${film.mostBytes} are allowed.`);
  console.log(`${film.path}: ${Math.round(size / 1000)} kB`);
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
  else if (values.film) await takeFilm(browser, base);
  else if (values.showcase) await makeShowcase(browser, base, values.sample ?? 'raccoon');
  else await takeHero(browser, base, values.sample ?? 'parrot');
} finally {
  await browser.close();
  await server.close();
}
