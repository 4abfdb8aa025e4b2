/** The Upscale page's endurance: many pictures in one session, tabs that are killed, storage that is full or taken away. */
import { setTimeout as wait } from 'node:timers/promises';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { RandomStream } from '../src/imaging/random.ts';
import { rounds, soakTimeout, tell } from '../tests/support/soak.ts';
import { addImage, download, openPage, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.describe.configure({ timeout: soakTimeout });
test.beforeEach(({ context }) => serveTinyWeights(context));

const settings = { backend: 'wasm', options: { tile: 16 } } as const;
const names = ['a.png', 'b.png', 'c.png'];
const picture = async (name: string) => ({
  name,
  mimeType: 'image/png',
  buffer: await smallPng(70 + name.charCodeAt(0) - 97, 40),
});
const done = (page: Page, name: string) => expect(row(page, name)).toContainText('Done in', { timeout: 120_000 });
/** Adds the pictures, until the page calls them ready. */
async function addAll(page: Page): Promise<void> {
  for (const name of names) await addImage(page, await picture(name));
  for (const name of names) await expect(row(page, name)).toContainText('Ready');
}
/** The queue that the last visit left. */
async function reopen(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await openPage(page, settings);
  await expect(page.getByRole('list', { name: /Queue|Images|Pictures/ }).getByRole('listitem')).toHaveCount(3);
  return page;
}
const upscaleAll = (page: Page) => page.getByRole('button', { name: 'Upscale all' }).click();

async function resultOf(page: Page, name: string): Promise<Buffer> {
  await row(page, name).getByRole('button').first().click();
  return (await download(page, page.getByRole('button', { name: 'Download', exact: true }))).bytes;
}

/** Bytes of the page and its worker, after a collection. */
const memoryOf = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { performance } = globalThis as unknown as {
      performance: { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
    };
    return (await performance.measureUserAgentSpecificMemory()).bytes;
  });

/** Ends the tab's process, as a browser short of memory does. */
async function kill(context: BrowserContext, page: Page): Promise<void> {
  const gone = page.waitForEvent('crash');
  const session = await context.newCDPSession(page);
  void session.send('Page.crash').catch(() => undefined);
  await gone;
  await page.close();
}

test('many pictures in one session take no more memory than a few', { tag: '@long' }, async ({ page }) => {
  await openPage(page, settings);
  // One stays. The empty queue has a file input of its own, and this connection to the browser holds each that it has used.
  await addImage(page, await picture('a.png'));
  const more = rounds('pictures of the page', 15, 200);
  // Until here code is compiled and caches fill, once: up to 3 MB, at one picture or another.
  const settled = 9;
  let [pictures, first] = [0, 0];
  while (more()) {
    const name = `picture-${pictures}.png`;
    await addImage(page, { name, mimeType: 'image/png', buffer: await smallPng(40, 30) });
    await expect(row(page, name)).toContainText('Ready');
    await upscaleAll(page);
    await done(page, name);
    await row(page, name).getByRole('button', { name: 'Remove' }).click();
    await expect(row(page, name)).toHaveCount(0);
    pictures++;
    if (pictures === settled) first = await memoryOf(page);
  }
  const last = await memoryOf(page);
  tell('pictures of the page', { pictures, 'bytes at start': first, 'bytes at end': last });
  // Of a picture of 40 × 30 px, its result and its tiles, not one byte in ten may stay.
  const largest = 40 * 30 * 4 * (1 + 16 + 16);
  expect(last - first).toBeLessThan(2 ** 21 + ((pictures - settled) * largest) / 10);
});

test('a tab that is killed at random loses nothing that was finished, and ends with the same pictures', {
  tag: '@long',
}, async ({ context, browser }) => {
  let page = await context.newPage();
  // The page is there before its engine, as on a slow line.
  await page.route(/assets\/worker-.*\.js$/, async (route) => {
    await wait(5000);
    await route.continue();
  });
  await openPage(page, settings);
  // In the moment that they are ready, without having begun.
  await addAll(page);
  await kill(context, page);
  page = await reopen(context);
  const random = new RandomStream(4);
  const more = rounds('kills of the tab', 3, 20);
  const finished = new Set<string>();
  const noteFinished = async () => {
    for (const name of names) if ((await row(page, name).innerText()).includes('Done in')) finished.add(name);
  };
  let kills = 1;
  while (more()) {
    await upscaleAll(page);
    await page.waitForTimeout(random.integer(1500));
    await noteFinished();
    await kill(context, page);
    kills++;
    page = await reopen(context);
    for (const name of finished) await done(page, name);
    // Between the look and the kill more may have been done.
    await noteFinished();
    // All done: they begin again, so that there is something to kill.
    if (finished.size === names.length) {
      for (const name of names) {
        await row(page, name).getByRole('button', { name: 'Remove' }).click();
        await expect(row(page, name)).toHaveCount(0);
      }
      await addAll(page);
      await kill(context, page);
      kills++;
      page = await reopen(context);
      finished.clear();
    }
  }
  await upscaleAll(page);
  const other = await browser.newContext();
  await serveTinyWeights(other);
  const undisturbed = await other.newPage();
  await openPage(undisturbed, settings, '', new URL(page.url()).origin);
  for (const name of names) await addImage(undisturbed, await picture(name));
  await expect(row(undisturbed, 'c.png')).toContainText('Ready');
  await upscaleAll(undisturbed);
  for (const name of names) {
    await done(page, name);
    await done(undisturbed, name);
    expect((await resultOf(page, name)).equals(await resultOf(undisturbed, name)), name).toBe(true);
  }
  await other.close();
  tell('kills of the tab', { kills, pictures: names.length });
});

test('full or evicted storage costs what it would have kept, not the picture', { tag: '@long' }, async ({
  page,
  baseURL,
}) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await openPage(page, settings);
  await addImage(page, await picture('a.png'));
  await expect(row(page, 'a.png')).toContainText('Ready');
  const session = await page.context().newCDPSession(page);
  const origin = baseURL ?? '';
  const more = rounds('storage', 1, 20);
  let [times, name] = [0, 'a.png'];
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await addImage(page, await picture('b.png'));
  await expect(row(page, 'b.png')).toContainText('Ready, while this page is open');
  await row(page, 'b.png').getByRole('button', { name: 'Remove' }).click();
  await expect(row(page, 'b.png')).toHaveCount(0);
  await upscaleAll(page);
  await expect(page.getByText(/The browser has no room for "a\.png", which takes up to 0\.3 MB/)).toBeVisible();
  await done(page, name);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await row(page, name).getByRole('button', { name: 'Remove' }).click();
  await expect(row(page, name)).toHaveCount(0);
  await addImage(page, await picture(name));
  await expect(row(page, name)).toContainText('Ready');
  while (more()) {
    await upscaleAll(page);
    // Sometimes before the first tile, sometimes in the midst.
    if (times % 2 === 0) await expect(row(page, name)).toContainText(/\d+ of \d+ tiles/);
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
    await done(page, name);
    expect((await resultOf(page, name)).length).toBeGreaterThan(1000);
    await session.send('Storage.overrideQuotaForOrigin', { origin });

    name = `evicted-${times}.png`;
    await addImage(page, { ...(await picture('b.png')), name });
    await expect(row(page, name)).toContainText('Ready');
    await upscaleAll(page);
    await expect(row(page, name)).toContainText(/\d+ of \d+ tiles/);
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'file_systems,indexeddb' });
    await done(page, name);
    expect((await resultOf(page, name)).length).toBeGreaterThan(1000);

    name = `full-${times}.png`;
    await addImage(page, { ...(await picture('c.png')), name });
    await expect(row(page, name)).toContainText('Ready');
    times++;
  }
  tell('storage', { 'times full': times, 'times evicted': times });
  expect(errors).toEqual([]);
});
