/** "Teach it my pictures" from the drop to another person's page, on WebAssembly with the smallest networks and two iterations. */
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { addImage, download, expectAccessible, expectNoOverflow, openPage, photo, pixels, row } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(({ context }) => serveTinyWeights(context));

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const options = { backend: 'wasm', options: { tile: 16 } } as const;

/** Five parts of a photograph, 128 px a side. */
async function pictures() {
  const part = (left: number) =>
    sharp(photo('hr/crop_animal_owl.png')).extract({ left, top: 64, width: 128, height: 128 });
  const parts = [0, 32, 64, 96, 128].map((left) => part(left).png().toBuffer());
  return (await Promise.all(parts)).map((buffer, i) => ({ name: `owl-${i}.png`, mimeType: 'image/png', buffer }));
}

/** The picture that Upscale makes now of a photograph that is added as `name`. */
async function upscaled(page: Page, name: string): Promise<Buffer> {
  await addImage(page, {
    name,
    mimeType: 'image/png',
    buffer: await sharp(photo('lr/crop_animal_owl.png')).toBuffer(),
  });
  await row(page, name).getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, name).getByText(/^Done/)).toBeVisible();
  await row(page, name).getByRole('button').first().click();
  return (await download(page, button(page, 'Download'))).bytes;
}

test('pictures become an upscaler that is measured, used, kept, renamed and shared', {
  tag: '@long',
}, async ({ page, browser }) => {
  await openPage(page, options, '#/train');
  await button(page, 'Teach it my pictures').click();
  const panel = page.getByRole('region', { name: 'Teach it my pictures' });
  await panel.getByLabel('Add photographs', { exact: true }).setInputFiles((await pictures()).slice(0, 4));
  await expect(panel.getByText('4 pictures: 1 more at least.')).toBeVisible();
  await expect(button(page, 'Teach “My pictures”')).toBeDisabled();
  await panel.getByLabel('Add photographs', { exact: true }).setInputFiles((await pictures()).slice(4));
  await expect(panel.getByText(/^5 pictures, .* It never learns from 1 of them/)).toBeVisible();
  await panel.getByLabel('Name').fill('My owls');
  await panel.getByLabel('Iterations').fill('2');
  await expect(panel.getByText(/^About .* on WebAssembly, .* Memory: about/)).toBeVisible();
  await expectAccessible(page, { include: '[data-drawer="teach"]' });
  await button(page, 'Teach “My owls”').click();

  await expect(panel.getByRole('heading', { name: '“My owls” is taught' })).toBeVisible({ timeout: 120_000 });
  await expect(panel.getByText('4 crops of your pictures that it never saw, 2 iterations')).toBeVisible();
  // Four crops are too few for a claim.
  await expect(panel.getByText('Not better: no difference is shown.')).toBeVisible();
  const scores = async (name: RegExp) =>
    Promise.all(
      ['before', 'after'].map((when) => panel.getByRole('row', { name }).locator(`[data-${when}]`).innerText()),
    );
  const [before, after] = await scores(/^PSNR-Y/);
  expect(Number(before)).toBeGreaterThan(5);
  expect(after).not.toBe('');
  expect((await scores(/^LPIPS/)).map(Number).every((value) => value > 0)).toBe(true);
  await expect(panel.getByAltText('The same crops after, and the truth')).toBeVisible();
  await expectAccessible(page, { include: '[data-drawer="teach"]' });
  await page.setViewportSize({ width: 360, height: 800 });
  await expectNoOverflow(page, 360);
  await page.setViewportSize({ width: 1280, height: 800 });

  await button(page, 'Use it in Upscale').click();
  await expect(page.getByText(/^My owls \(compact\) on WebAssembly/)).toBeVisible();
  const taught = await upscaled(page, 'first.png');

  await page.reload();
  await expect(page.getByText(/^My owls \(compact\) on WebAssembly/)).toBeVisible();
  await button(page, 'Settings').click();
  await page.getByLabel('Method', { exact: true }).selectOption({ label: 'ours' });
  await page.keyboard.press('Escape');
  await expect(page.getByText(/^ours \(compact\) on WebAssembly/)).toBeVisible();
  const [shown, shipped] = await Promise.all([taught, await upscaled(page, 'second.png')].map(pixels));
  expect(Buffer.compare(Buffer.from(shown?.data ?? []), Buffer.from(shipped?.data ?? []))).not.toBe(0);

  await page.goto('/#/train');
  await button(page, 'Teach it my pictures').click();
  await expect(panel.getByRole('heading', { name: '“My owls” is taught' })).toBeVisible();
  await panel.getByRole('button', { name: 'Rename My owls' }).click();
  await panel.getByLabel('Name', { exact: true }).fill('Barn owls');
  await page.keyboard.press('Enter');
  const file = await download(page, panel.getByRole('button', { name: 'Save Barn owls as a file to share' }));
  expect(file.name).toMatch(/\.safetensors$/);

  await panel.getByRole('link', { name: 'Compare it with ours' }).click();
  await expect(page.getByRole('checkbox', { name: 'Barn owls' })).toBeChecked();

  const other = await browser.newContext();
  await serveTinyWeights(other);
  const theirs = await other.newPage();
  await openPage(theirs, options, '#/models');
  const add = theirs.getByLabel('Add weights');
  const rubbish = Buffer.from(file.bytes.toString('latin1').replace('psnrY', 'psnrX'), 'latin1');
  await add.setInputFiles({ name: 'rubbish.safetensors', mimeType: '', buffer: rubbish });
  await expect(theirs.getByText(/its facts are damaged: ask for it again/)).toBeVisible();
  await add.setInputFiles({ name: file.name, mimeType: '', buffer: file.bytes });
  await expect(
    theirs.getByText('“Barn owls” is here as a method: choose it on Upscale, Compare or Evaluate.'),
  ).toBeVisible();
  await theirs.goto('/#/compare');
  await expect(theirs.getByRole('checkbox', { name: 'Barn owls' })).toBeVisible();
  await other.close();
});
