/** The Gallery page, with three pictures in the place of the shipped ones: what it shows must not depend on which those are. */
import { readFile } from 'node:fs/promises';
import type { BrowserContext } from '@playwright/test';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import type { DegradationKind } from '../src/degradation/settings.ts';
import { type EnlargeMethod, enlarge } from '../src/imaging/resize.ts';
import { type GalleryIndex, galleryFile } from '../src/report/gallery.ts';
import { atWidths, expectAccessible, expectNoOverflow, photo, pixels } from './helpers.ts';

const names = ['crop_animal_parrot', 'crop_face_astronaut', 'crop_text_sign-e1'];
const folders: Readonly<Partial<Record<DegradationKind, string>>> = { bicubic: 'lr-bicubic', 'realesrgan-test': 'lr' };

/** Interpolations stand for the methods: they are made in no time. */
const standIns = { bicubic: 'bicubic', l2: 'lanczos', ours: 'nearest' } as const;

async function enlarged(lr: string, how: EnlargeMethod): Promise<Buffer> {
  const { width, height, data } = enlarge(await pixels(lr), 4, how);
  return sharp(data, { raw: { width, height, channels: 4 } })
    .webp()
    .toBuffer();
}

/** Gives this small gallery to every page of the context. @returns the files that were asked for */
async function serveGallery(context: BrowserContext): Promise<string[]> {
  const index: GalleryIndex = {
    version: 1,
    seed: 42,
    pictures: names.map((name) => ({ name, title: name.slice(5), credit: 'Nobody, CC0', width: 256, height: 256 })),
    sets: (Object.keys(folders) as DegradationKind[]).map((degradation) => ({
      degradation,
      runs: (['bicubic', 'l2', 'ours'] as const).map((method, place) => ({
        method,
        title: method === 'l2' ? 'L2' : method,
        fingerprint: method,
        // The last picture is lacking in one set.
        scores: Object.fromEntries(
          names
            .slice(0, degradation === 'bicubic' ? 2 : 3)
            .map((name, i) => [name, { psnrY: 20 + place + i, lpips: 0.5 - place / 10 }]),
        ),
      })),
    })),
  };
  const files = new Map<string, () => Promise<Buffer>>();
  for (const name of names) {
    const truth = photo(`hr/${name}.png`);
    files.set(galleryFile(name, 'bicubic', 'truth'), () => sharp(truth).webp().toBuffer());
    for (const [degradation, folder] of Object.entries(folders) as [DegradationKind, string][]) {
      const lr = photo(`${folder}/${name}.png`);
      files.set(galleryFile(name, degradation, 'lr'), () => sharp(lr).webp().toBuffer());
      for (const [method, how] of Object.entries(standIns) as [keyof typeof standIns, EnlargeMethod][])
        files.set(galleryFile(name, degradation, method), () => enlarged(lr, how));
    }
  }
  const asked: string[] = [];
  const headers = { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' };
  await context.route(/\/gallery\//, async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^.*\/gallery\//, '');
    asked.push(path);
    if (path === 'index.json') return route.fulfill({ json: index, headers });
    const make = files.get(path);
    await route.fulfill(make ? { body: await make(), contentType: 'image/webp', headers } : { status: 404, headers });
  });
  return asked;
}

const stage = (page: Page) => page.getByRole('application', { name: 'Comparison viewer' });
/** A part of the canvas around the middle, to compare. */
const middle = (page: Page) =>
  stage(page)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) =>
      canvas
        .getContext('2d')
        ?.getImageData((canvas.width >> 1) - 60, canvas.height >> 1, 40, 1)
        .data.join(),
    );

test('opens at once, without the engine, and flips by keys', async ({ page, context }) => {
  const asked = await serveGallery(context);
  // Nothing of the engine is needed.
  await context.route(/\/models\//, (route) => route.abort());
  await page.goto('/#/gallery');
  await expect(page.getByRole('heading', { name: 'Picture 1 of 3' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^bicubic and ours, slider/ })).toBeVisible();
  await expect(page.getByText('3 test pictures through every method.')).toBeVisible();
  // Small files alone, each once: thumbnails, and those of the picture on screen.
  await expect.poll(() => asked.includes('truth/crop_animal_parrot.webp')).toBe(true);
  expect(asked.filter((path) => /(ours|l2|truth)\/crop_(face|text)/.test(path))).toEqual([]);

  const table = page.getByRole('table');
  await expect(table.getByRole('row', { name: /^ours 22\.00 best 0\.3000 best/ })).toBeVisible();
  const slider = await middle(page);
  await page.keyboard.down('b');
  await expect.poll(() => middle(page)).not.toBe(slider);
  await page.keyboard.up('b');
  await expect.poll(() => middle(page)).toBe(slider);
  await page.keyboard.press(']');
  await expect(page.getByLabel('Right picture')).toHaveValue('truth');
  await table.getByRole('button', { name: 'L2' }).click();
  await expect(page.getByLabel('Right picture')).toHaveValue('l2');

  await page.keyboard.press('.');
  await expect(page.getByRole('heading', { name: 'Picture 2 of 3' })).toBeVisible();
  await page.keyboard.press(',');
  await page.keyboard.press(',');
  await expect(page.getByRole('heading', { name: 'Picture 3 of 3' })).toBeVisible();
  // The other set lacks this picture.
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { name: 'Picture 1 of 2' })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Bicubic ÷4' })).toBeChecked();
  // A choice that has the focus takes no letters.
  await page.getByRole('radio').last().click();
  await page.keyboard.press('.');
  await expect(page.getByRole('heading', { name: 'Picture 2 of 3' })).toBeVisible();
});

test('a link leads to picture, set, pair, place and zoom; the error map is FLIP', async ({ page, context }) => {
  await serveGallery(context);
  const query = 'picture=crop_face_astronaut&input=bicubic&left=l2&right=truth&view=slider&zoom=400&at=20.5,12.25';
  await page.goto(`/#/gallery?${query}`);
  await expect(page.getByRole('img', { name: 'L2 and Ground truth, slider, at 400 %' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'face_astronaut' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page).toHaveURL(new RegExp(`#/gallery\\?${query.replaceAll('.', '\\.')}$`));
  await stage(page).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).not.toHaveURL(/at=20\.5,/);
  await expect(page).toHaveURL(/at=\d+(\.\d+)?,12\.25/);

  await page.getByRole('button', { name: 'Difference' }).click();
  await expect(page.getByText(/FLIP error; mean 0\.\d{3}, most 0\.\d{2}/)).toBeVisible();
  await expect(page).toHaveURL(/view=difference&error=flip/);
  const map = await middle(page);
  await page.getByLabel('Measure and full scale of the error map').selectOption('32');
  await expect(page.getByText(/of 255; mean \d/)).toBeVisible();
  await expect.poll(() => middle(page)).not.toBe(map);

  // A link that this gallery can't follow says so and shows what there is; so does one to a set without pictures.
  await page.goto('/#/gallery?input=realesrgan&picture=crop_moon&right=magic&view=blink');
  await expect(
    page.getByText(/input “realesrgan”, picture “crop_moon”.*right “magic” are not to be had here/),
  ).toBeVisible();
  const hold = page.getByRole('button', { name: 'Hold to blink' });
  await expect(hold).toHaveAttribute('aria-pressed', 'false');
  // The focus is on the button of a mode.
  await page.getByRole('button', { name: 'Blink', exact: true }).click();
  for (const key of ['b', ' ']) {
    await page.keyboard.down(key);
    await expect(hold).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.up(key);
    await expect(hold).toHaveAttribute('aria-pressed', 'false');
  }
  await expect(
    page.getByRole('toolbar', { name: 'Viewer' }).getByRole('button', { name: 'Copy a link to this view' }),
  ).toBeVisible();
});

test('says what to do where there is no gallery', async ({ page, context }) => {
  await context.route(/\/gallery\//, (route) => route.fulfill({ status: 404 }));
  await page.goto('/#/gallery');
  await expect(page.getByRole('alert')).toContainText('`npm run gallery` makes its pictures');
});

test('is accessible and fits every width', async ({ page, context }) => {
  await serveGallery(context);
  await page.goto('/#/gallery?view=side-by-side');
  await expect(page.getByRole('img', { name: /Ground truth, at/ })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Difference' }).click();
  await expect(page.getByText(/FLIP error; mean/)).toBeVisible();
  await expectAccessible(page);
  await atWidths(page, [360, 1280, 2560], (width) => expectNoOverflow(page, width));
});

test('its pictures are no part of what is kept for offline visits', async () => {
  const worker = await readFile('dist/sw.js', 'utf8');
  expect(worker).not.toContain('gallery/');
});
