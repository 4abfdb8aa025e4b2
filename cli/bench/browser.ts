/**
 * Others beside us on WebGPU: onnxruntime-web has it in browsers alone. Each contestant gets a page of its own in one
 * headless Chrome, built and served as the app is; one that fails gets its error as its row.
 */
import { resolve } from 'node:path';
import type { Browser } from '@playwright/test';
import { findBrowser } from '../../scripts/browser.mjs';
import type { Contend } from './browser/page.ts';
import { type Contest, type Contestant, contestants, type Result } from './contest.ts';
import type { Finding } from './measure.ts';
import { type OutsideRow, printOutside } from './outside.ts';

/** Chrome's adapter: its own software one, or the one that it finds. */
export const browserAdapters = ['swiftshader', 'gpu'] as const;
export type BrowserAdapter = (typeof browserAdapters)[number];

export const browserFlags: Readonly<Record<BrowserAdapter, readonly string[]>> = {
  swiftshader: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  gpu: ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'],
};

const root = resolve(import.meta.dirname, '../..');
const page = 'cli/bench/browser/index.html';
/** A software adapter may take minutes to compile what somebody else wrote for GPUs. */
const mostMinutes = 4;

async function contend(browser: Browser, address: string, name: Contestant, contest: Contest): Promise<Result> {
  const tab = await browser.newPage();
  let timer: NodeJS.Timeout | undefined;
  try {
    await tab.goto(address, { waitUntil: 'load' });
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`not done after ${mostMinutes} minutes`);
      timer = setTimeout(() => reject(error), mostMinutes * 60_000);
    });
    const run = tab.evaluate(
      ([contestant, given]) => (globalThis as unknown as { contend: Contend }).contend(contestant, given),
      [name, contest] as const,
    );
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
    await tab.close();
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^page\.evaluate: (Error: )?/, '').split('\n')[0] ??
  '';

/**
 * Builds and serves the page, isolated as the app is, and opens a headless Chrome.
 * @param use gets the browser and the page's address. @returns null where there is no browser
 */
export async function inBrowser<T>(
  flags: readonly string[],
  use: (browser: Browser, address: string) => Promise<T>,
): Promise<T | null> {
  const executablePath = findBrowser();
  if (!executablePath) return null;
  const [{ build, preview }, { chromium }] = await Promise.all([import('vite'), import('@playwright/test')]);
  const site = {
    root,
    configFile: resolve(root, 'vite.config.ts'),
    logLevel: 'error' as const,
    build: { outDir: '.cache/bench', emptyOutDir: true, rollupOptions: { input: resolve(root, page) } },
    preview: { port: 0, host: '127.0.0.1' },
  };
  await build(site);
  const server = await preview(site);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', ...flags] });
  try {
    return await use(browser, `${server.resolvedUrls?.local[0]}${page}`);
  } finally {
    await browser.close();
    await server.close();
  }
}

export const noBrowser = (what: string): Finding => ({
  json: null,
  print: () => console.log(`\nThere is no Chrome or Chromium here for ${what}: set CHROMIUM_PATH to its program.`),
});

export async function besideOthersInBrowser(contest: Contest, adapter: BrowserAdapter): Promise<Finding> {
  const found = await inBrowser(browserFlags[adapter], async (browser, address) => {
    const rows: OutsideRow[] = [];
    let device: string | null = null;
    for (const name of Object.keys(contestants) as Contestant[]) {
      process.stderr.write(`  ${contestants[name].name} …\n`);
      try {
        const result = await contend(browser, address, name, contest);
        device ??= result.adapter;
        rows.push({ name, ms: result.ms });
      } catch (error) {
        rows.push({ name, error: messageOf(error) });
      }
    }
    return { where: `Chromium ${browser.version()}, ${device ?? adapter}`, rows };
  });
  if (!found) return noBrowser('the others on WebGPU');
  return { json: found, print: () => printOutside(found.where, contest, found.rows) };
}
