/**
 * WebAssembly: the rate of arithmetic of a tile and of a gradient beside that of a bare chain of convolutions, on one thread
 * and on one for each core. In a browser, since tfjs starts no threads in Node.
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
  const ratios = Object.fromEntries(
    found.rows.flatMap(({ threads, chain, works }) =>
      works.map(({ name, times }) => [`${name} ÷ chain, ${threads} threads`, times.gflops.best / chain.gflops.best]),
    ),
  );
  return { json: found, ratios, print: () => printRates(found.where, request, found.rows) };
}

function printRates(where: string, { preset }: Omit<RatesRequest, 'threads'>, rows: readonly Rates[]): void {
  const lines = rows.flatMap(({ threads, chain, works }) =>
    works.map(({ name, side, times }) => {
      const share = (of: 'best' | 'median') => `${((100 * times.gflops[of]) / chain.gflops[of]).toFixed(0)} %`;
      const rates = [times, chain].map(({ gflops }) => gflops.best.toFixed(1));
      const columns = [String(threads), `${side} px`, times.leastMs.toFixed(0), ...rates];
      return [`${name}, ${preset}`, ...columns, share('best'), share('median')];
    }),
  );
  console.log('');
  printTable([[where, 'threads', 'computed', 'ms', 'GFLOP/s', 'bare chain', 'of it', 'by medians'], ...lines]);
}
