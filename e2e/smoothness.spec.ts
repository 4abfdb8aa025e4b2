/** The Train page under a run as fast as a strong GPU's, with a long history: it must stay out of its own way. */
import { type CDPSession, expect, type Page, test } from '@playwright/test';
import { serveFastWorker } from './fast-worker.ts';
import { openPage } from './helpers.ts';

// Its snapshots of the page would be measured too.
test.use({ trace: 'off' });

const perSecond = 30;
const [short, long] = [100, 20_000];
/** The best of several counts, so that others' work on this machine doesn't. */
const stretches = 4;
/** Milliseconds: what the page answers sooner is not told by the browser. */
const quickest = 16;

const iteration = async (page: Page) =>
  Number((await page.locator('[data-fact="iteration"]').innerText()).replaceAll(',', ''));

/** @param before iterations that the run has already */
async function openFast(page: Page, before: number): Promise<void> {
  await serveFastWorker(page, perSecond, before);
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/train');
  await expect(page.locator('[data-fact="iteration"]')).toHaveText(before.toLocaleString('en-US'));
  await button(page, 'Resume').click();
  await expect.poll(() => iteration(page)).toBeGreaterThan(before + 10);
}

/** Milliseconds that the page's main thread computed so far: its own time, not that of others on the same core. */
async function mainThread(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
}

/** Milliseconds of the main thread that an iteration takes. */
async function costOf(page: Page, before: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await openFast(page, before);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < stretches; i++) {
    const [time, done] = [await mainThread(session), await iteration(page)];
    await page.waitForTimeout(1500);
    best = Math.min(best, ((await mainThread(session)) - time) / ((await iteration(page)) - done));
  }
  return best;
}

test('an iteration costs the main thread as much after a long history as after a short one', async ({
  page,
  context,
}) => {
  const few = await costOf(page, short);
  await page.close();
  const many = await costOf(await context.newPage(), long);
  const description = `after ${short}: ${few.toFixed(2)}, after ${long}: ${many.toFixed(2)}`;
  test.info().annotations.push({ type: 'ms an iteration', description });
  expect(many / few).toBeLessThan(2);
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Milliseconds from a key or a click to the picture that answers it: all but the slowest twentieth take less. */
async function latency(page: Page): Promise<number> {
  await page.evaluate((quickest) => {
    const durations: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        if (entry.interactionId) durations.push(entry.duration);
      }
    });
    observer.observe({ type: 'event', durationThreshold: quickest } as PerformanceObserverInit);
    Object.assign(window, { durations });
  }, quickest);
  await page.getByRole('slider', { name: 'Iteration that is shown' }).focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft', { delay: 20 });
  await button(page, 'Live').click();
  await page.waitForTimeout(500);
  const durations = await page.evaluate(() => (window as unknown as { durations: number[] }).durations);
  durations.sort((a, b) => a - b);
  return durations[Math.floor(0.95 * (durations.length - 1))] ?? 0;
}

test('the page answers as soon while a run goes at full speed as at rest', async ({ page }) => {
  await openFast(page, long);
  const [running, resting]: [number[], number[]] = [[], []];
  for (let i = 0; i < stretches; i++) {
    running.push(await latency(page));
    await button(page, 'Pause').click();
    resting.push(await latency(page));
    await button(page, 'Resume').click();
  }
  test.info().annotations.push({ type: 'p95 in ms', description: `running ${running}; at rest ${resting}` });
  expect(Math.min(...running)).toBeLessThanOrEqual(2 * Math.max(quickest, ...resting));
});
