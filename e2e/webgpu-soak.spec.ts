/** The Upscale page's endurance on WebGPU: devices that are lost at random while pictures run. */
import { expect, type Page, test } from '@playwright/test';
import { RandomStream } from '../src/imaging/random.ts';
import { rounds, soakTimeout, tell } from '../tests/support/soak.ts';
import { addImage, download, openPage, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

const subject = 'losses of the device on the page';
test.beforeEach(({ context }) => serveTinyWeights(context));

const done = (page: Page) => expect(row(page, 'a.png')).toContainText('Done in', { timeout: 240_000 });
const result = async (page: Page) =>
  (await download(page, page.getByRole('button', { name: 'Download', exact: true }))).bytes;

test('a device that is lost again and again changes no bit of the picture', async ({ page }) => {
  test.setTimeout(soakTimeout + 600_000);
  await openPage(page, { backend: 'webgpu', options: { tile: 16 } });
  await addImage(page, { name: 'a.png', mimeType: 'image/png', buffer: await smallPng(60, 30) });
  await row(page, 'a.png').getByRole('button', { name: 'Upscale' }).click();
  await done(page);
  const straight = await result(page);
  const random = new RandomStream(52);
  const more = rounds(subject, 2, 50);
  let [losses, pictures] = [0, 0];
  while (more()) {
    await row(page, 'a.png').getByRole('button', { name: 'Redo' }).click();
    await page.waitForTimeout(random.integer(1500));
    await page.getByRole('link', { name: 'Diagnosis' }).click();
    await page.getByRole('button', { name: 'Simulate a lost GPU' }).click();
    losses++;
    await page.getByRole('link', { name: 'Upscale' }).click();
    await done(page);
    pictures++;
    expect((await result(page)).equals(straight), `after ${losses} losses`).toBe(true);
  }
  tell(subject, { losses, pictures });
});
