/** Methods over a small set, on WebAssembly: the command line's numbers, kept over a reload; and what goes wrong. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import type { EvaluationReport } from '../src/protocol/evaluate.ts';
import { bootstrap, intervalText } from '../src/report/bootstrap.ts';
import { metricFile } from '../tests/support/metric-file.ts';
import { atWidths, download, expectAccessible, expectNoOverflow, openPage, photo, shownNumber } from './helpers.ts';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'cosr-evaluate-page-'));
test.afterAll(() => rmSync(folder, { recursive: true }));

const names = ['crop_objects_coffee.png', 'crop_urban_china-0.png'];
// NIQE takes two patches of 96 px.
const [width, height] = [96, 192];
test.beforeAll(async () => {
  for (const name of names) {
    const picture = sharp(photo(`hr/${name}`)).extract({ left: 64, top: 64, width, height });
    await picture.toFile(join(folder, name));
  }
});
const files = () => names.map((name) => join(folder, name));

const status = (page: Page) => page.getByRole('region', { name: 'Run' }).getByRole('status');
const means = (page: Page) => page.getByRole('region', { name: 'Means over the set' });

async function openEvaluate(page: Page, methods: readonly string[], tile = 16): Promise<void> {
  await openPage(page, { backend: 'wasm', options: { tile } }, '#/evaluate');
  const boxes = page.getByRole('group', { name: 'Methods to run' }).getByRole('checkbox');
  await expect(boxes.first()).toBeVisible();
  for (const box of await boxes.all()) {
    const label = (await box.locator('xpath=..').innerText()).trim();
    await box.setChecked(methods.includes(label));
  }
}

test('a set has the numbers of npm run evaluate, its table as files, and is there after a reload', async ({ page }) => {
  const json = join(folder, 'cli.json');
  const { status: exit, stderr } = spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'cli/evaluate.ts', '--hr', folder, '--degrade', 'realesrgan-test', '--json', json],
      ...['--methods', 'bicubic,lanczos,sinsr', '--tile', '48', '--backend', 'wasm'],
    ],
    { cwd: root, encoding: 'utf8' },
  );
  expect([exit, stderr]).toEqual([0, expect.anything()]);
  const cli: EvaluationReport = JSON.parse(readFileSync(json, 'utf8'));

  await openEvaluate(page, ['bicubic', 'Lanczos', 'SinSR'], 48);
  await page.getByLabel('Degradation').last().selectOption('realesrgan-test');
  await page.getByLabel('Add HR pictures').setInputFiles(files());
  await expect(status(page)).toContainText('6 results to measure: each method on each picture.');
  await expect(status(page)).toContainText(/Takes about .* s, not counting measuring\./);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(status(page)).toHaveText('All 6 measured.', { timeout: 180_000 });

  const saved = await download(page, page.getByRole('button', { name: 'JSON', exact: true }));
  const report: EvaluationReport = JSON.parse(saved.bytes.toString());
  expect(report.methods.map(({ method }) => method)).toEqual(['bicubic', 'lanczos', 'sinsr']);
  for (const [i, { method, images, lpips, niqe }] of report.methods.entries()) {
    const theirs = cli.methods[i];
    expect(images.map(({ name }) => name)).toEqual(names);
    for (const [place, row] of images.entries()) {
      const other = theirs?.images[place];
      expect(Math.abs(Number(row.psnrY) - Number(other?.psnrY)), `${method} ${row.name}`).toBeLessThan(1e-3);
      expect(Math.abs(Number(row.ssimY) - Number(other?.ssimY))).toBeLessThan(1e-4);
    }
    expect(Math.abs(Number(lpips) / Number(theirs?.lpips) - 1), `LPIPS of ${method}`).toBeLessThan(1e-3);
    expect(Math.abs(Number(niqe) / Number(theirs?.niqe) - 1), `NIQE of ${method}`).toBeLessThan(1e-3);
  }

  await expect(page.getByRole('img', { name: 'PSNR-Y ↑ against LPIPS ↓' })).toContainText('SinSR');
  await page.getByText('Differences from a baseline').click();
  const [bicubic, , sinsr] = report.methods;
  const differences = names.map((_, i) => Number(sinsr?.images[i]?.psnrY) - Number(bicubic?.images[i]?.psnrY));
  await expect(
    page.getByRole('region', { name: 'Differences from' }).getByRole('row', { name: /^SinSR/ }),
  ).toContainText(intervalText(bootstrap([differences]), 2));

  const csv = await download(page, page.getByRole('button', { name: 'CSV', exact: true }));
  expect(csv.bytes.toString().split('\r\n')[0]).toMatch(
    /^method,picture,width,height,ms,PSNR-Y,SSIM-Y,MS-SSIM,LPIPS,NIQE,/,
  );
  const latex = await download(page, page.getByRole('button', { name: 'LaTeX', exact: true }));
  expect(latex.bytes.toString()).toContain('SinSR & ');
  const markdown = await download(page, page.getByRole('button', { name: 'Markdown', exact: true }));

  await page.reload();
  await expect(status(page)).toHaveText('All 6 measured.');
  await expect(means(page).getByRole('row', { name: /^SinSR/ })).toContainText(
    report.methods[2]?.psnrY?.toFixed(2) ?? 'nothing',
  );
  const again = await download(page, page.getByRole('button', { name: 'Markdown', exact: true }));
  expect(again.bytes.equals(markdown.bytes)).toBe(true);

  // Pictures are kept as well: the input, three outputs and the truth of the worst and of the best.
  const worst = page.getByRole('region', { name: `${names[0]} by method` });
  for (const strip of [worst, page.getByRole('region', { name: `${names[1]} by method` })]) {
    await expect(strip.getByRole('img')).toHaveCount(5);
    const sizes = await strip
      .getByRole('img')
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    expect(sizes).toEqual([width / 4, ...Array(4).fill(width)]);
  }
  await page.getByText('Every picture').first().click();
  await page.getByRole('button', { name: `Open ${names[0]} in Compare` }).click();
  await expect(page).toHaveURL(/#\/compare/);
  await expect(page.getByText('24 × 48 → 96 × 192, with ground truth (a pair)')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible({ timeout: 120_000 });
  const psnr = await shownNumber(page, 'SinSR', 'psnrY');
  expect(Math.abs(psnr - Number(report.methods[2]?.images[0]?.psnrY))).toBeLessThan(0.02);
});

test('outputs of another program are a row, and sets stand beside each other and the paper', async ({ page }) => {
  await openEvaluate(page, ['bicubic']);
  await page.getByLabel('Add HR pictures').setInputFiles(files());
  await page.getByText('Outputs of another program', { exact: true }).first().click();
  await page.getByLabel('Name of the row').fill('perfect');
  await page.getByLabel('Add outputs').setInputFiles(files());
  await expect(page.getByRole('checkbox', { name: 'perfect (2 outputs)' })).toBeChecked();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(status(page)).toHaveText('All 4 measured.', { timeout: 180_000 });
  await expect(means(page).getByRole('row', { name: /^perfect/ })).toContainText('∞');

  await page.getByLabel('Name of this set').fill('DIV2K-Val');
  await page.getByRole('button', { name: 'Keep this set' }).click();
  await expect(page.getByRole('button', { name: 'Remove DIV2K-Val' })).toBeVisible();
  await expectNoOverflow(page, page.viewportSize()?.width ?? 0);
  await expectAccessible(page);
  await page.reload();
  const sides = page.getByRole('region', { name: 'Sets side by side' });
  await expect(sides.getByRole('row', { name: /^bicubic/ })).toHaveCount(1);
  await expect(sides.getByRole('row', { name: /^Ours \(quoted\)/ })).toContainText('26.880');
  const csv = await download(page, page.getByRole('button', { name: 'Sets as CSV' }));
  const [head] = csv.bytes.toString().split('\r\n');
  expect(head).toMatch(/^method,source,DIV2K-Val PSNR-Y,/);
  await page.getByRole('button', { name: 'Remove perfect' }).click();
  await expect(page.getByRole('checkbox', { name: /^perfect/ })).toHaveCount(0);
});

test('a run is cancelled, and goes on after a reload', async ({ page }) => {
  await openEvaluate(page, ['bicubic', 'SinSR']);
  await page.getByLabel('Add HR pictures').setInputFiles(files());
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(status(page)).toContainText('SinSR: 0 of 2');
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(status(page)).toContainText(/[23] of 4 measured/);
  await page.reload();
  await expect(status(page)).toContainText(/[23] of 4 measured/);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(status(page)).toHaveText('All 4 measured.', { timeout: 120_000 });
});

const upload = (name: string, text: string) => ({ name, mimeType: 'image/png', buffer: Buffer.from(text) });

test('bad files get a sentence and change nothing', async ({ page }) => {
  await openEvaluate(page, ['bicubic']);
  const notices = page.getByRole('region', { name: 'Notices' });
  await page.getByLabel('Add HR pictures').setInputFiles([upload('broken.png', 'not a picture')]);
  await expect(notices).toContainText('broken.png: ');
  await expect(status(page)).toHaveText('Add HR pictures first.');
  await page.getByLabel('Add an ONNX metric').setInputFiles([upload('metric.onnx', '{"a": 1}')]);
  await expect(notices).toContainText('metric.onnx: The file is no ONNX model but JSON');
  const map = Buffer.from(await metricFile({ kind: 'map' }).arrayBuffer());
  const model = { name: 'map.onnx', mimeType: 'application/octet-stream', buffer: map };
  await page.getByLabel('Add an ONNX upscaler').setInputFiles([model]);
  await expect(notices).toContainText('map.onnx: Only models that enlarge 4 times can be compared');
  await page.getByLabel('HR and LR pairs, by file name').check();
  await page.getByLabel('Add HR pictures').setInputFiles(files());
  await page.getByLabel('Add LR pictures').setInputFiles(files());
  await expect(page.getByRole('alert')).toContainText(/the HR picture \(96 × 192 px\) is not ×4 of the LR one/);
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeDisabled();
});

test('with ONNX metrics, free of axe violations, sticks out nowhere, in light and dark, at any width', async ({
  page,
}) => {
  await openEvaluate(page, ['nearest', 'bicubic', 'Lanczos']);
  for (const [name, kind] of [
    ['MSE.onnx', 'distance'],
    ['FID.onnx', 'features'],
  ] as const) {
    const buffer = Buffer.from(await metricFile({ kind }).arrayBuffer());
    await page.getByLabel('Add an ONNX metric').setInputFiles([{ name, mimeType: 'application/octet-stream', buffer }]);
  }
  await expect(page.getByRole('button', { name: 'Remove FID' })).toBeVisible();
  await page.getByLabel('Add HR pictures').setInputFiles(files());
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(status(page)).toHaveText('All 6 measured.');
  await expect(means(page).getByRole('columnheader', { name: 'FID ↓' })).toBeVisible();
  await page.getByText('Every picture').first().click();
  await atWidths(page, [360, 1280, 2560], async (width) => {
    await expectAccessible(page);
    await expectNoOverflow(page, width);
    await page.screenshot({ path: `test-results/evaluate-${width}.png`, fullPage: true });
  });
});
