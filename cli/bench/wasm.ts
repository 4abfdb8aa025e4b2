/**
 * WebAssembly: the rate of arithmetic of a tile beside that of a bare chain of convolutions, on one thread and on one for each
 * core. In a browser, since tfjs starts no threads in Node.
 */

import type { MeasureRates } from './browser/page.ts';
import type { Rates, RatesRequest } from './browser/wasm-worker.ts';
import { inBrowser, noBrowser } from './browser.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

export async function wasmRates(request: Omit<RatesRequest, 'threads'>): Promise<Finding> {
  const found = await inBrowser([], async (browser, address) => {
    const rows: Rates[] = [];
    for (const threads of [1, null]) {
      const tab = await browser.newPage();
      await tab.goto(address, { waitUntil: 'load' });
      const run = (given: RatesRequest) =>
        (globalThis as unknown as { measureRates: MeasureRates }).measureRates(given);
      rows.push(await tab.evaluate(run, { ...request, threads }));
      await tab.close();
    }
    return { where: `Chromium ${browser.version()}`, rows };
  });
  if (!found) return noBrowser('threads of WebAssembly');
  return { json: found, print: () => printRates(found.where, request, found.rows) };
}

function printRates(
  where: string,
  { preset, tile: side }: Omit<RatesRequest, 'threads'>,
  rows: readonly Rates[],
): void {
  const lines = rows.map(({ threads, side, tile, chain }) => {
    const share = (of: 'best' | 'median') => `${((100 * tile.gflops[of]) / chain.gflops[of]).toFixed(0)} %`;
    const rates = [tile, chain].map(({ gflops }) => gflops.best.toFixed(1));
    return [String(threads), `${side} px`, tile.leastMs.toFixed(0), ...rates, share('best'), share('median')];
  });
  console.log('');
  const head = [
    `threads; ${preset}, tile of ${side} px, ${where}`,
    'computed',
    'ms',
    'GFLOP/s',
    'bare chain',
    'of it',
    'by medians',
  ];
  printTable([head, ...lines]);
}
