/**
 * The app's start in a browser, from the navigation to the first tile: the built page, whose first sample is pressed as soon as it is
 * there. Cold is a fresh profile; warm is a new browser on the same profile after that visit, with the server gone. Then pictures are
 * given to the page: the time of each is from its file to the end of its job.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import type { Plugin } from 'vite';
import { findBrowser } from '../../scripts/browser.mjs';
import type { Event } from '../../src/protocol/index.ts';
import { type BrowserAdapter, browserFlags } from './browser.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

const root = resolve(import.meta.dirname, '../..');
const outDir = '.cache/start';
type StartBackend = 'wasm' | 'webgpu';
/** Where the adapter is software the app takes WebAssembly by itself. */
const backendsOn: Readonly<Record<BrowserAdapter, readonly StartBackend[]>> = {
  swiftshader: ['wasm'],
  gpu: ['wasm', 'webgpu'],
};
const mostMilliseconds = 120_000;
/** By their sides in pixels. */
const given = { 64: 'tests/images/lr/crop_animal_owl.png', 256: 'tests/images/hr/crop_animal_owl.png' };

/** Milliseconds since the navigation. */
interface Times {
  readonly paint: number;
  readonly press: number;
  readonly ready: number;
  readonly tile: number;
  /** Of the last file that was given, and of the last job that ended. */
  readonly file: number;
  readonly done: number;
}

interface Asked {
  readonly path: string;
  readonly at: number;
  bytes: number;
}

interface StartRow extends Times {
  readonly visit: 'cold' | 'warm';
  readonly backend: StartBackend;
  /** Requests to the server before the first tile, of the fastest start. */
  readonly requests: readonly Asked[];
  /** Milliseconds of the pictures given to the running page, in their order. */
  readonly pictures: readonly number[];
}

/** Notes what the server is asked for, with the bytes that it sends. */
function requestLog(log: Asked[]): Plugin {
  const count = (asked: Asked, response: ServerResponse) => {
    for (const name of ['write', 'end'] as const) {
      const send = response[name].bind(response) as (...given: unknown[]) => never;
      response[name] = (...given: unknown[]) => {
        const [chunk] = given;
        if (typeof chunk === 'string' || chunk instanceof Uint8Array) asked.bytes += Buffer.byteLength(chunk);
        return send(...given);
      };
    }
  };
  return {
    name: 'request-log',
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const asked = { path: (request.url ?? '').replace(/\?.*/, ''), at: Date.now(), bytes: 0 };
        log.push(asked);
        count(asked, response);
        next();
      });
    },
  };
}

/** Runs in the page, before its own scripts: it may use nothing from out here. */
function watchStart(backend: StartBackend): void {
  localStorage.setItem('cosr.settings', JSON.stringify({ version: 3, backend }));
  const times: { -readonly [name in keyof Times]?: number } = {};
  Object.assign(globalThis, { startTimes: times });
  const note = (name: keyof Times) => {
    times[name] ??= performance.now();
  };
  const heard = ({ data }: MessageEvent<Event>) => {
    if (data.type === 'engine-ready') note('ready');
    if (data.type === 'job' && (data.state === 'done' || (data.progress?.done ?? 0) > 0)) note('tile');
    if (data.type === 'job' && data.state === 'done') times.done = performance.now();
  };
  document.addEventListener('change', () => (times.file = performance.now()), true);
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (options?.name === 'engine') this.addEventListener('message', heard);
    }
  };
  const observer = new MutationObserver(() => {
    const sample = document.querySelector<HTMLElement>('section[aria-label="Sample pictures"] button');
    if (!sample) return;
    observer.disconnect();
    note('press');
    sample.click();
  });
  observer.observe(document, { subtree: true, childList: true });
}

async function firstTile(page: Page): Promise<Times> {
  const handle = await page.waitForFunction(
    () => {
      const { startTimes } = globalThis as unknown as { readonly startTimes?: Partial<Times> };
      const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
      return startTimes?.tile !== undefined && paint !== undefined && { ...startTimes, paint };
    },
    null,
    { timeout: mostMilliseconds },
  );
  return (await handle.jsonValue()) as Times;
}

/** Milliseconds from a picture's file to the end of its job, on a page whose jobs before have ended. */
async function pictureTime(page: Page, path: string): Promise<number> {
  const ended = (after: number | null) =>
    page.waitForFunction(
      (from) => {
        const { file, done } = (globalThis as unknown as { readonly startTimes: Partial<Times> }).startTimes;
        if (done === undefined) return null;
        if (from === null) return done;
        return file !== undefined && file > from && done > file ? done - file : null;
      },
      after,
      { timeout: mostMilliseconds },
    );
  const before = (await (await ended(null)).jsonValue()) as number;
  await page.locator('input[type=file]').first().setInputFiles(resolve(root, path));
  return (await (await ended(before)).jsonValue()) as number;
}

/** One visit in a browser of its own. @param log the server's; null: there is no server */
async function visit(open: () => Promise<BrowserContext>, address: string, backend: StartBackend, log: Asked[] | null) {
  const context = await open();
  try {
    const page = await context.newPage();
    // Transpiled functions may call a helper that keeps names.
    await page.addInitScript({ content: `const __name = (f) => f; (${watchStart})(${JSON.stringify(backend)});` });
    if (log) log.length = 0;
    await page.goto(`${address}?offline`);
    const times = await firstTile(page);
    const origin = await page.evaluate(() => performance.timeOrigin);
    const requests = (log ?? []).map(({ path, at, bytes }) => ({ path, bytes, at: at - origin }));
    const before = requests.filter(({ at }) => at < times.tile);
    // The service worker keeps the page for the visits without a server.
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: mostMilliseconds });
    const pictures: number[] = [];
    for (const path of Object.values(given)) pictures.push(await pictureTime(page, path));
    return { ...times, requests: before, pictures };
  } finally {
    await context.close();
  }
}

/** Cold and warm by turns, the faster of the repeats each. */
async function startsOn(backend: StartBackend, adapter: BrowserAdapter, repeats: number): Promise<StartRow[]> {
  const [{ preview }, { chromium }] = await Promise.all([import('vite'), import('@playwright/test')]);
  const best = new Map<StartRow['visit'], StartRow>();
  const keep = (row: StartRow) => {
    const known = best.get(row.visit);
    const pictures = row.pictures.map((ms, index) => Math.min(ms, known?.pictures[index] ?? ms));
    best.set(row.visit, { ...(known && known.tile <= row.tile ? known : row), pictures });
  };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const profile = await mkdtemp(join(tmpdir(), 'start-'));
    const log: Asked[] = [];
    const server = await preview({
      root,
      configFile: resolve(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir },
      preview: { port: 0, host: '127.0.0.1' },
      plugins: [requestLog(log)],
    });
    const address = server.resolvedUrls?.local[0] ?? '';
    const executablePath = findBrowser() ?? undefined;
    const args = ['--no-sandbox', '--no-first-run', ...browserFlags[adapter]];
    const open = () => chromium.launchPersistentContext(profile, { executablePath, args });
    try {
      keep({ visit: 'cold', backend, ...(await visit(open, address, backend, log)) });
      await server.close();
      keep({ visit: 'warm', backend, ...(await visit(open, address, backend, null)) });
    } finally {
      await server.close().catch(() => {});
      await rm(profile, { recursive: true, force: true });
    }
  }
  return [...best.values()];
}

export async function starts(adapter: BrowserAdapter, repeats: number): Promise<Finding> {
  if (!findBrowser()) {
    const why = 'There is no Chrome or Chromium here to start the page in: set CHROMIUM_PATH to its program.';
    return { json: null, print: () => console.log(`\n${why}`) };
  }
  const { build } = await import('vite');
  await build({ root, configFile: resolve(root, 'vite.config.ts'), logLevel: 'error', build: { outDir } });
  const rows: StartRow[] = [];
  for (const backend of backendsOn[adapter]) rows.push(...(await startsOn(backend, adapter, repeats)));
  return { json: rows, print: () => printStarts(rows, adapter) };
}

function printStarts(rows: readonly StartRow[], adapter: BrowserAdapter): void {
  console.log('');
  printTable([
    [
      `start, ms since the navigation (${adapter})`,
      ...['paint', 'press', 'ready', 'first tile', 'requests', 'MB'],
      ...Object.keys(given).map((side) => `then ${side}² ×4, ms`),
    ],
    ...rows.map(({ visit, backend, paint, press, ready, tile, requests, pictures }) => [
      `${backend}, ${visit}`,
      ...[paint, press, ready, tile].map((ms) => ms.toFixed(0)),
      String(requests.length),
      (requests.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1),
      ...pictures.map((ms) => ms.toFixed(0)),
    ]),
  ]);
  const largest = [...(rows[0]?.requests ?? [])].sort((a, b) => b.bytes - a.bytes).slice(0, 8);
  console.log('\nThe largest of a cold start:');
  for (const { path, at, bytes } of largest)
    console.log(`  ${at.toFixed(0)} ms  ${(bytes / 1e3).toFixed(0)} kB  ${path}`);
}
