/** The Train page’s first screen, with an engine that tells of iterations at once: all in it, nothing jumps, presses show. */
import { expect, type Page, test } from '@playwright/test';
import { serveFastWorker } from './fast-worker.ts';
import { openPage } from './helpers.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const iterations = async (page: Page) => Number(await page.locator('[data-fact="iteration"]').innerText());

async function openFast(page: Page, perSecond = 10): Promise<void> {
  await serveFastWorker(page, perSecond, 30);
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/train');
  await expect(button(page, 'Resume')).toBeVisible();
}

test('all networks, the fixed crop and the main curves are in one screen', async ({ page }) => {
  await openFast(page);
  await button(page, 'Step').waitFor();
  for (const [width, height] of [
    [1280, 800],
    [1366, 768],
    [1440, 900],
    [2560, 1440],
  ] as const) {
    await test.step(`${width} × ${height}`, async () => {
      await page.setViewportSize({ width, height });
      // The charts take their new size a frame later.
      await expect(() => expectAllInOneScreen(page, width)).toPass({ timeout: 10_000 });
    });
  }
});

async function expectAllInOneScreen(page: Page, width: number): Promise<void> {
  const timeline = await page.getByRole('region', { name: 'Timeline' }).boundingBox();
  const parts = [
    ...(await page.locator('[data-phases], canvas[data-panel]').all()),
    ...(await page.getByRole('region', { name: 'Main curves' }).getByRole('figure').all()),
  ];
  expect(parts.length).toBeGreaterThan(30);
  for (const part of parts) {
    const box = await part.boundingBox();
    const name = (await part.getAttribute('data-panel')) ?? (await part.innerText());
    expect(box, name).not.toBeNull();
    expect((box?.y ?? 0) + (box?.height ?? 0), name).toBeLessThanOrEqual((timeline?.y ?? 0) + 0.5);
    expect((box?.x ?? 0) + (box?.width ?? 0), name).toBeLessThanOrEqual(width);
  }
  for (const name of await page.locator('[data-network]:visible > span').all()) {
    expect(await name.evaluate((box) => box.scrollWidth - box.clientWidth), await name.innerText()).toBe(0);
  }
  const side = await page.locator('canvas[data-panel="student"]').evaluate((canvas) => canvas.clientWidth);
  expect(side).toBeGreaterThanOrEqual(120);
}

test('nothing jumps while a run goes, pauses and goes on', async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: object[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        sources?: readonly { node?: Element; previousRect: DOMRect; currentRect: DOMRect }[];
      })[]) {
        const moved = entry.sources?.map(({ node }) => (node?.outerHTML ?? node?.nodeName ?? '').slice(0, 80));
        shifts.push({ value: entry.value, moved });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await openFast(page, 30);
  await page.evaluate(() => (window as unknown as { shifts: object[] }).shifts.splice(0));
  for (let time = 0; time < 4; time++) {
    const before = await iterations(page);
    await button(page, 'Resume').click();
    await expect.poll(() => iterations(page)).toBeGreaterThan(before + 40);
    await button(page, 'Pause').click();
    await expect(button(page, 'Resume')).toBeVisible();
  }
  const shifts = await page.evaluate(() => (window as unknown as { shifts: { value: number }[] }).shifts);
  const sum = shifts.reduce((all, { value }) => all + value, 0);
  expect(sum, JSON.stringify(shifts.filter(({ value }) => value > 0.001))).toBeLessThanOrEqual(0.05);
});

test('a press shows two frames later, whatever the engine does', async ({ page }) => {
  await openFast(page);
  /** The text of the first button of the transport, two frames after it was pressed. */
  const press = () =>
    page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const first = () => document.querySelector<HTMLButtonElement>('[aria-label="Transport"] button');
          first()?.click();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(first()?.textContent ?? '')));
        }),
    );
  // The engine hears nothing.
  await page.evaluate(() => {
    Worker.prototype.postMessage = () => {};
  });
  expect(await press()).toBe('Pause');
  expect(await press()).toBe('Pausing …');
});
