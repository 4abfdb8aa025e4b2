/** The numbers of the Compare page are those of `npm run evaluate`, for every method of the menu. On WebAssembly. */
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { metricSource } from '../cli/evaluate/run.ts';
import { learnedDegradation } from '../src/engine/compare/degradations.ts';
import { evaluate } from '../src/engine/evaluation/evaluate.ts';
import { loadMetrics } from '../src/engine/runtime/metrics.ts';
import { defaultOptions } from '../src/protocol/upscale.ts';
import { openNodeBackend } from '../tests/support/backend.ts';
import { nodeExternal } from '../tests/support/external.ts';
import { directoryModelSource } from '../tests/support/node.ts';
import { chooseMethods, openPage, photo, pixels, runComparison, shownNumber } from './helpers.ts';

const owl = 'crop_animal_owl.png';

/** Every method of the menu: its title there, in the table, and its id. */
const menu = [
  ['nearest', 'nearest', 'nearest'],
  ['bicubic', 'bicubic', 'bicubic'],
  ['Lanczos', 'Lanczos', 'lanczos'],
  ['teacher (ResShift, 1 of 15 steps)', 'teacher (1 of 15 steps)', 'resshift@1'],
  ['teacher (ResShift, 2 of 15 steps)', 'teacher (2 of 15 steps)', 'resshift@2'],
  ['teacher (ResShift, 4 of 15 steps)', 'teacher (4 of 15 steps)', 'resshift@4'],
  ['teacher (ResShift, 15 steps, deterministic)', 'teacher (15 steps, deterministic)', 'resshift-det'],
  ['teacher (ResShift, 15 steps)', 'teacher (15 steps)', 'resshift'],
  ['L2', 'L2', 'l2'],
  ['SinSR', 'SinSR', 'sinsr'],
  ['ours (conv G)', 'ours (conv G)', 'ours-conv'],
  ['ours', 'ours', 'ours'],
  ['ESRGAN slim', 'ESRGAN slim', 'esrgan-slim'],
  ['ESRGAN medium', 'ESRGAN medium', 'esrgan-medium'],
  ['ESRGAN thick', 'ESRGAN thick', 'esrgan-thick'],
] as const;

test('every method of the menu, on a picture that G degraded, with the numbers of npm run evaluate', {
  tag: '@long',
}, async ({ page }) => {
  test.setTimeout(900_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  // MS-SSIM needs 161 px.
  const side = 192;
  const hr = await sharp(photo(`hr/${owl}`))
    .extract({ left: 32, top: 32, width: side, height: side })
    .png()
    .toBuffer();
  await openPage(page, { options: { tile: 48, seed: 42 } }, '#/compare');
  await page.getByLabel('Open', { exact: true }).setInputFiles({ name: owl, mimeType: 'image/png', buffer: hr });
  await page.getByLabel('Low-resolution input').selectOption('learned');
  await expect(page.getByText('48 × 48 → 192 × 192, with ground truth')).toBeVisible({ timeout: 120_000 });

  const truth = await pixels(hr);
  const models = directoryModelSource('public/models/compact');
  const backend = await openNodeBackend('wasm');
  const metrics = await loadMetrics(metricSource, true);
  const signal = new AbortController().signal;
  const lr = await learnedDegradation(truth, { name: 'learned', seed: 0 }, models, signal, () => {});
  const expected = await evaluate({
    pictures: [{ name: owl, load: async () => ({ lr, truth }) }],
    methods: menu.map(([, , method]) => method),
    backend,
    models,
    metrics,
    settings: { preset: 'compact', seed: 42, colourLock: defaultOptions.colourLock, tile: 48, memoryBudget: 2 ** 30 },
    external: nodeExternal,
  });
  metrics.dispose();
  backend.dispose();

  await expect(page.getByRole('group', { name: 'Methods' }).getByRole('checkbox')).toHaveCount(menu.length);
  const allowed = { psnrY: 1e-3, ssimY: 1e-4, msSsim: 1e-4, lpips: 1e-3, niqe: 1e-2 };
  const compared = Object.keys(allowed) as (keyof typeof allowed)[];
  const apart = { psnrY: 0, ssimY: 0, msSsim: 0, lpips: 0, niqe: 0 };
  for (const part of [menu.slice(0, 5), menu.slice(5, 10), menu.slice(10)]) {
    await chooseMethods(page, ...part.map(([name]) => name));
    await runComparison(page);
    for (const [, title, method] of part) {
      const scores = expected.find((result) => result.method === method);
      for (const metric of compared) {
        const difference = Math.abs((await shownNumber(page, title, metric)) - Number(scores?.[metric]));
        expect(difference, `${title}, ${metric}`).toBeLessThan(allowed[metric]);
        apart[metric] = Math.max(apart[metric], difference);
      }
    }
    // Best and second best of every metric that was measured.
    for (const metric of ['psnrRgb', 'psnrY', 'ssimY', 'msSsim', 'lpips', 'niqe']) {
      await expect(page.locator(`[data-metric="${metric}"][data-rank="1"]`)).toHaveCount(1);
      await expect(page.locator(`[data-metric="${metric}"][data-rank="2"]`)).toHaveCount(1);
    }
  }
  test.info().annotations.push({ type: 'apart', description: JSON.stringify(apart) });
  expect(errors).toEqual([]);

  await page.reload();
  await expect(page.getByRole('rowheader', { name: 'ours', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'ESRGAN slim' })).toBeChecked();
});
