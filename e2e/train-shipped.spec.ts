/** Thirty iterations of the shipped networks, played from the page: the networks learn. On WebAssembly with the small G and two crops. */
import { expect, type Page, test } from '@playwright/test';
import { download, openPage } from './helpers.ts';

const settings =
  'downsampler=convolutional&discriminator=scratch&pool=2&degradation=bicubic&heldOutEvery=0&learningRate=0.0001';
const iterations = 30;
/** Iterations at either end that a loss is the mean of: the two crops are not equally hard. */
const span = 10;
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const picture = (page: Page, panel: string) =>
  page.locator(`canvas[data-panel="${panel}"]`).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

/** The values of each column, by the page's own table of all iterations. */
async function numbers(page: Page): Promise<(column: string) => number[]> {
  const csv = await download(page, button(page, 'CSV'));
  const [, head = '', ...rows] = csv.bytes.toString().trimEnd().split('\n');
  const columns = head.split(',');
  return (column) => rows.map((row) => Number(row.split(',')[columns.indexOf(column)]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the losses of student and G fall, the discriminators’ scores stay sane, and what they make changes', {
  tag: '@long',
}, async ({ page }) => {
  test.setTimeout(600_000);
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, `#/train?${settings}`);
  await expect(button(page, 'Step')).toBeEnabled();
  await button(page, 'Step').click();
  await expect(page.locator('[data-fact="iteration"]')).toHaveText('1', { timeout: 120_000 });
  const panels = ['student', 'yHat', 'difference', 'hrFake', 'lrFake'];
  const first = new Map<string, string>();
  for (const panel of panels) first.set(panel, await picture(page, panel));
  await button(page, /^Run until and speed/).click();
  await page.getByLabel('Until iteration', { exact: true }).fill(String(iterations));
  await page.getByRole('button', { name: 'Done' }).click();
  await button(page, 'Resume').click();
  await expect(page.getByText(`Stopped at iteration ${iterations}, as asked.`)).toBeVisible({ timeout: 500_000 });

  const of = await numbers(page);
  for (const loss of ['losses.student', 'losses.denoiseStudent', 'losses.downsampler', 'losses.denoiseDownsampler']) {
    const values = of(loss);
    expect(values.length).toBe(iterations);
    expect(mean(values.slice(-span)), loss).toBeLessThan(mean(values.slice(0, span)));
  }
  for (const score of ['hrReal', 'hrFake', 'lrReal', 'lrFake']) {
    for (const value of of(`scores.${score}`)) expect(Math.abs(value), score).toBeLessThan(5);
  }
  for (const [panel, before] of first) expect(await picture(page, panel), panel).not.toBe(before);
});
