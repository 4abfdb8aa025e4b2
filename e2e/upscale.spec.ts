import { expect, test } from '@playwright/test';
import { enlarge } from '../src/imaging/enlarge.ts';
import { psnrY } from '../src/imaging/metrics.ts';
import { oddImages } from '../tests/odd-images.ts';
import { addBytes, addImages, download, expectNoPageErrors, fixture, openPage, pixels, row } from './helpers.ts';

const owl = 'crop_animal_owl.png';

test('a photograph becomes ×4: exact size, better than bicubic, and is still there after a reload', async ({
  page,
}) => {
  await expectNoPageErrors(page, async () => {
    await openPage(page);
    await addImages(page, fixture(`lr/${owl}`));
    const item = row(page, owl);
    await expect(item).toContainText('256 × 256');
    await page.getByRole('button', { name: 'Upscale all' }).click();
    await expect(item).toContainText(/done/i, { timeout: 120_000 });

    const { name, bytes } = await download(page, () =>
      page.getByRole('button', { name: 'Download', exact: true }).click(),
    );
    expect(name).toBe('crop_animal_owl_x4.png');
    const result = await pixels(bytes);
    expect([result.width, result.height]).toEqual([256, 256]);
    const truth = await pixels(fixture(`hr/${owl}`));
    const bicubic = enlarge(await pixels(fixture(`lr/${owl}`)), 4, 'bicubic');
    expect(psnrY(result, truth)).toBeGreaterThan(psnrY(bicubic, truth));

    await page.reload();
    await expect(row(page, owl)).toContainText(/done/i);
    const again = await download(page, () => page.getByRole('button', { name: 'Download', exact: true }).click());
    expect(again.bytes.equals(bytes)).toBe(true);
  });
});

test('cancel stops within a tile and resume goes on to the same picture', async ({ page }) => {
  await openPage(page);
  await addImages(page, fixture('large.png'));
  const item = row(page, 'large.png');
  await page.getByRole('button', { name: 'Upscale all' }).click();
  await expect(item.getByRole('progressbar')).toBeVisible();
  await expect(item).toContainText(/[1-9]\d* of \d+ tiles|tile [1-9]/i, { timeout: 60_000 });
  await item.getByRole('button', { name: /cancel/i }).click();
  await expect(item).toContainText(/paused/i, { timeout: 20_000 });
  await item.getByRole('button', { name: /resume/i }).click();
  await expect(item).toContainText(/done/i, { timeout: 180_000 });
});

test('odd images work, bad ones get one sentence and change nothing', async ({ page }) => {
  await openPage(page);
  for (const odd of await oddImages()) {
    await addBytes(page, odd.name, odd.mime, odd.bytes);
    if (odd.size) {
      await expect(row(page, odd.name)).toContainText(`${odd.size[0] * 4} × ${odd.size[1] * 4}`);
    } else {
      await expect(page.getByText(odd.says ?? odd.name).first()).toBeVisible();
      await expect(row(page, odd.name)).toHaveCount(0);
    }
  }
  await page.getByRole('button', { name: 'Upscale all' }).click();
  for (const odd of (await oddImages()).filter(({ size }) => size)) {
    await expect(row(page, odd.name)).toContainText(/done/i, { timeout: 120_000 });
  }
});
