/**
 * Training on WebGPU, whatever the adapter, with the page's own worker and the smallest networks in the place of the shipped
 * ones, which would take SwiftShader half a minute an iteration.
 */
import { expect, type Page, test } from '@playwright/test';
import { readRunBundle } from '../src/report/run-bundle.ts';
import { metricsColumns } from '../src/report/run-metrics.ts';
import { download, openPage } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(({ context }) => serveTinyWeights(context, 2));

// On SwiftShader, snapshots and a large window cost the cores that compute.
test.use({ trace: 'off', viewport: { width: 640, height: 480 } });

const settings =
  'downsampler=convolutional&discriminator=scratch&pool=1&degradation=bicubic&heldOutEvery=0&learningRate=0.001&window=4';
/** Enough that a run can be paused before its end. */
const iterations = 8;
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const saved = (page: Page) => page.locator('[data-fact="saved"]');

/** Escape closes the question first where it is still open. */
const closeRuns = (page: Page) =>
  expect(async () => {
    await page.keyboard.press('Escape');
    await expect(page.getByRole('complementary', { name: 'Runs and notes' })).toBeHidden({ timeout: 1000 });
  }).toPass();

/** Every number of every iteration but what it took, and the file of all networks, optimizers and averages. */
async function outcome(page: Page) {
  await button(page, 'Runs & notes').click();
  const { bytes } = await download(page, button(page, /^Download run: /));
  await closeRuns(page);
  const { rows, checkpoints, environment } = await readRunBundle(new Blob([new Uint8Array(bytes)]));
  expect(environment.backend).toBe('webgpu');
  const timed = metricsColumns.findIndex((column) => column.startsWith('timing.'));
  const last = checkpoints.at(-1);
  return {
    rows: [...rows.each()].map((row) => [...row.slice(0, timed)]),
    step: last?.summary.step,
    networks: Buffer.from((await last?.file.arrayBuffer()) ?? new ArrayBuffer(0)),
  };
}

test('a run that was paused, stepped by a phase, reloaded and resumed is the unbroken one to the bit', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await openPage(page, { backend: 'webgpu', options: { tile: 16 } }, `#/train?${settings}`);
  await expect(button(page, 'Step')).toBeEnabled({ timeout: 120_000 });
  await button(page, /^Run until and speed/).click();
  await page.getByLabel('Until iteration', { exact: true }).fill(String(iterations));
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await button(page, 'Train').click();
  await expect(page.getByText(`Stopped at iteration ${iterations}, as asked.`)).toBeVisible({ timeout: 240_000 });
  const unbroken = await outcome(page);
  expect(unbroken.rows.map(([index]) => index)).toEqual(Array.from({ length: iterations }, (_, index) => index));
  await button(page, 'Runs & notes').click();
  await button(page, /^Delete run: /).click();
  await button(page, 'Delete it').click();
  await closeRuns(page);

  await button(page, 'Train').click();
  // The iteration under way is finished.
  await button(page, 'Pause').click({ timeout: 120_000 });
  await expect(button(page, 'Train')).toBeEnabled({ timeout: 120_000 });
  const paused = Number(await saved(page).innerText());
  expect(paused).toBeLessThan(iterations);
  // Half an iteration is not kept: it comes again, with the same numbers.
  await button(page, 'Phase').click();
  await expect(page.getByText(/^Iteration [\d,]+ – next: /)).toBeVisible({ timeout: 120_000 });
  await page.reload();
  await expect(page.getByText(/^This run is kept at iteration/)).toBeVisible();
  for (let done = paused + 1; done <= iterations; done++) {
    await button(page, 'Step').click();
    await expect(saved(page)).toHaveText(String(done), { timeout: 120_000 });
  }
  const broken = await outcome(page);

  expect(broken.rows).toEqual(unbroken.rows);
  expect(broken.step).toBe(iterations);
  expect(broken.networks.equals(unbroken.networks)).toBe(true);
});
