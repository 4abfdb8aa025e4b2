/** The page's reader of pictures and the command line's, over a corpus of every kind: the same pixels, or a refusal by both. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { build } from 'vite';
import { readImage } from '../cli/image-file.ts';
import type * as codec from '../src/engine/upscale/codec.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { noteFigures } from '../tests/support/figures.ts';
import { pictureCorpus } from '../tests/support/picture-corpus.ts';
import { addImage, openPage, row } from './helpers.ts';

/** Largest difference of a value that is allowed. */
const tolerance = { lossless: 1, lossy: 3, wide: 12 };

type Reading = { readonly pixels: Rgba8 } | { readonly refusal: string };

/** The engine's codec by itself, as a script. */
async function readerScript(): Promise<string> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: {
        entry: resolve(import.meta.dirname, '../src/engine/upscale/codec.ts'),
        formats: ['iife'],
        name: 'pictureReader',
      },
    },
  });
  const [chunk] = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  if (chunk?.type !== 'chunk') throw new Error('The codec was not built.');
  return chunk.code;
}

async function readOnPage(page: Page, bytes: Uint8Array): Promise<Reading> {
  const read = await page.evaluate(async (text) => {
    const { decodeBitmap, bitmapPixels } = (globalThis as unknown as { pictureReader: typeof codec }).pictureReader;
    const file = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
    try {
      const { width, height, data } = bitmapPixels(await decodeBitmap(file));
      return { width, height, data: btoa([...data].map((value) => String.fromCharCode(value)).join('')) };
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }, Buffer.from(bytes).toString('base64'));
  if (typeof read === 'string') return { refusal: read };
  return { pixels: { ...read, data: new Uint8ClampedArray(Buffer.from(read.data, 'base64')) } };
}

const readHere = (path: string): Promise<Reading> =>
  readImage(path).then(
    (pixels) => ({ pixels }),
    (error: Error) => ({ refusal: error.message }),
  );

/** The browser's own decoder, which is right inside an opaque AVIF picture: of odd widths it repeats colours in the last column. */
async function readByBrowser(page: Page, bytes: Uint8Array): Promise<Rgba8> {
  const read = await page.evaluate(async (text) => {
    const file = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
    const bitmap = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas?.drawImage(bitmap, 0, 0);
    const { width, height, data } = canvas?.getImageData(0, 0, bitmap.width, bitmap.height) ?? new ImageData(1, 1);
    return { width, height, data: [...data] };
  }, Buffer.from(bytes).toString('base64'));
  return { ...read, data: Uint8ClampedArray.from(read.data) };
}

/** Largest difference but for the outermost pixels. */
function inside(a: Rgba8, b: Rgba8): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  return a.data.reduce((most, value, i) => {
    const [x, y] = [(i >> 2) % a.width, Math.floor((i >> 2) / a.width)];
    const isBorder = x === 0 || y === 0 || x === a.width - 1 || y === a.height - 1;
    return isBorder ? most : Math.max(most, Math.abs(value - (b.data[i] ?? Number.NaN)));
  }, 0);
}

/** Null where both read the same. */
function difference(page: Rgba8, node: Rgba8, most: number): string | null {
  if (page.width !== node.width || page.height !== node.height)
    return `${page.width} × ${page.height} against ${node.width} × ${node.height} px`;
  const largest = page.data.reduce((sum, value, i) => Math.max(sum, Math.abs(value - (node.data[i] ?? Number.NaN))), 0);
  return largest <= most ? null : `${largest} levels`;
}

test('page and command line read every picture of the corpus alike', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'cosr-corpus-'));
  await page.route('**/reader/', (route) => route.fulfill({ contentType: 'text/html', body: '<title>Reader</title>' }));
  await page.goto('/reader/');
  await page.addScriptTag({ content: await readerScript() });
  const table = new Map<string, { files: number; agree: number; refused: number; differ: string[] }>();
  try {
    for (const { name, bytes, isLossy, isRefused } of await pictureCorpus()) {
      const kind = name.split('.').at(-1) ?? '';
      const row = table.get(kind) ?? { files: 0, agree: 0, refused: 0, differ: [] };
      table.set(kind, row);
      row.files++;
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const [there, here] = [await readOnPage(page, bytes), await readHere(path)];
      if ('refusal' in there && 'refusal' in here && isRefused) row.refused++;
      else if ('refusal' in there) row.differ.push(`${name}: the page refuses it (${there.refusal})`);
      else if ('refusal' in here) row.differ.push(`${name}: the command line refuses it (${here.refusal})`);
      else {
        if (/^loss.*\.avif$/.test(name) && !name.includes('alpha'))
          expect(inside(there.pixels, await readByBrowser(page, bytes)), name).toBeLessThanOrEqual(
            // Colours wider than sRGB's stretch what each rounds.
            /code-(9|12)/.test(name) ? tolerance.wide : tolerance.lossy,
          );
        const found = difference(there.pixels, here.pixels, isLossy ? tolerance.lossy : tolerance.lossless);
        const wrong = found ?? (isRefused ? 'both read a file that must be refused' : null);
        if (wrong) row.differ.push(`${name}: ${wrong}`);
        else row.agree++;
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  noteFigures(
    'pictures',
    Object.fromEntries([...table].map(([kind, { differ, ...counts }]) => [kind, { ...counts, differ: differ.length }])),
  );
  for (const [kind, { files, agree, refused, differ }] of table)
    process.stdout.write(
      `${kind}: ${files} files, ${agree} agree, ${refused} refused by both, ${differ.length} differ\n`,
    );
  expect([...table.values()].flatMap(({ differ }) => differ)).toEqual([]);
});

test.describe('without a service worker', () => {
  // Its requests can't be refused here.
  test.use({ serviceWorkers: 'block' });

  test('the page reads AVIF by a decoder of its own, and asks for it again where it was not to be had', async ({
    page,
  }) => {
    const file = (await pictureCorpus()).find(({ name }) => name === 'lossy-turned-1-mirror-none.avif');
    if (!file) throw new Error('The corpus has no turned picture.');
    const upload = { name: file.name, mimeType: 'image/avif', buffer: Buffer.from(file.bytes) };
    const decoder = '**/avif_dec-*.wasm';
    await page.route(decoder, (route) => route.abort());
    await openPage(page);
    await addImage(page, upload);
    await expect(
      page.getByText(/avif: The decoder of AVIF pictures could not be loaded: check the connection/),
    ).toBeVisible();
    await page.unroute(decoder);
    await addImage(page, upload);
    await expect(row(page, file.name)).toContainText('26 × 45 → 104 × 180');
  });
});
