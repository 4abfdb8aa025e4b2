/** The browser's storage as earlier versions of the app wrote it: all pages still have what was kept in it. */
import { createHash } from 'node:crypto';
import { expect, type Page, test } from '@playwright/test';
import { keyOf } from '../src/engine/evaluation/row-cache.ts';
import { defaultOptions } from '../src/protocol/upscale.ts';
import { metricsVersion } from '../src/report/columns.ts';
import { repeating } from '../tests/support/onnx-files.ts';
import { openPage, row, smallPng } from './helpers.ts';

interface Stored {
  /** Base64, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Rows, by database and its version. */
  readonly databases: readonly {
    readonly name: string;
    readonly version: number;
    readonly store: string;
    readonly key: string;
    readonly rows: readonly object[];
  }[];
}

/** Writes it on a page of this origin where the app does not run. */
async function writeStorage(page: Page, stored: Stored): Promise<void> {
  await page.goto('/models/compact/manifest.json');
  await page.evaluate(async ({ files, databases }) => {
    for (const [path, text] of Object.entries(files)) {
      const parts = path.split('/');
      let folder = await navigator.storage.getDirectory();
      for (const name of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(name, { create: true });
      const stream = await (await folder.getFileHandle(parts.at(-1) ?? '', { create: true })).createWritable();
      await stream.write(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
      await stream.close();
    }
    for (const { name, version, store, key, rows } of databases) {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name, version);
        request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: key });
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const transaction = request.result.transaction(store, 'readwrite');
          for (const each of rows) transaction.objectStore(store).put(each);
          transaction.oncomplete = () => {
            request.result.close();
            resolve();
          };
        };
      });
    }
  }, stored);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('the queue, measured rows, pictures, ONNX files and comparisons of an earlier version are there', async ({
  page,
}) => {
  const [lr, hr] = [await smallPng(24, 24), await smallPng(96, 96)];
  const onnx = Buffer.from(await repeating({ times: 4 }).arrayBuffer());
  const other = Buffer.from(await repeating({ times: 4, side: 16 }).arrayBuffer());
  const options = { ...defaultOptions, tile: 16, method: 'ours' };
  const result = { seconds: 1, megapixels: 0.01, options, backend: 'wasm', tile: 16 };
  const scores = { psnrRgb: 'Infinity', psnrY: 31.5, ssimY: 0.9, msSsim: null, lpips: 0.2, niqe: null };
  const measured = {
    method: 'onnx:11-22',
    settings: { preset: options.preset, seed: options.seed, colourLock: options.colourLock },
    fault: null,
    ms: 12,
    megapixelsPerSecond: 3,
    peakBytes: null,
    parameters: null,
    scores,
    metrics: metricsVersion,
  };
  const files: Record<string, Buffer | object> = {
    'queue/image-1/input': lr,
    'queue/image-1/result.png': hr,
    'training/pictures.json': [{ hash: sha256(hr), width: 96, height: 96, bytes: hr.length }],
    [`training/pictures/${sha256(hr)}`]: hr,
    'evaluation/index.json': {
      setup: { set: 'degraded', degradation: 'bicubic', methods: ['bicubic', 'onnx:repeat.onnx'] },
      pictures: [{ role: 'hr', name: 'waves.png', hash: sha256(hr), bytes: hr.length, width: 96, height: 96 }],
      models: [{ name: 'repeat.onnx', hash: sha256(onnx), bytes: onnx.length, metric: null }],
    },
    [`evaluation/files/${sha256(hr)}`]: hr,
    [`evaluation/files/${sha256(onnx)}`]: onnx,
    'compare/state.json': {
      models: [{ name: 'onnx:11-22', file: 'other.onnx', bytes: other.length }],
      inputs: [{ id: '1-2-3', name: 'waves.png', kind: 'pair', degradation: { name: 'given', seed: 0 } }],
      selected: '1-2-3',
      methods: ['bicubic', 'onnx:11-22'],
    },
    'compare/models/11-22': other,
    'compare/inputs/1-2-3/low': lr,
    'compare/inputs/1-2-3/high': hr,
    'compare/inputs/1-2-3/results.json': [measured],
    'compare/inputs/1-2-3/onnx-11-22': hr,
  };
  const key = keyOf('bicubic', 'waves.png', {
    pictures: [sha256(hr), 'bicubic'],
    weights: '',
    options: defaultOptions,
    file: null,
    metrics: [],
  });
  const scored = { name: 'waves.png', width: 96, height: 96, ms: 5, niqe: null, noReference: {} };
  await writeStorage(page, {
    files: Object.fromEntries(
      Object.entries(files).map(([path, content]) => {
        const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
        return [path, bytes.toString('base64')];
      }),
    ),
    databases: [
      {
        name: 'cosr',
        version: 1,
        store: 'images',
        key: 'id',
        rows: [{ id: 'image-1', name: 'waves.png', added: 1, state: 'done', result, message: null }],
      },
      {
        name: 'cosr-evaluation',
        version: 3,
        store: 'rows',
        key: 'key',
        rows: [{ key, adapter: 'a GPU', row: scored, features: {} }],
      },
    ],
  });

  await openPage(page, { backend: 'wasm', options: { tile: 16 } });
  await expect(row(page, 'waves.png')).toBeVisible();
  await expect(row(page, 'waves.png')).toContainText('Done');

  await page.goto('/#/compare');
  await expect(page.getByRole('checkbox', { name: 'other.onnx' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'repeat.onnx' })).not.toBeChecked();
  await expect(page.getByText('with ground truth')).toBeVisible();
  await expect(page.locator('body')).toContainText('31.5');

  await page.goto('/#/evaluate');
  const status = page.getByRole('region', { name: 'Run' }).getByRole('status');
  await expect(status).toContainText('1 of 2 measured');
  const methods = page.getByRole('group', { name: 'Methods to run' });
  await expect(methods.getByRole('checkbox', { name: 'repeat.onnx' })).toBeChecked();
  await expect(methods.getByRole('checkbox', { name: 'other.onnx' })).not.toBeChecked();

  await page.goto('/#/train');
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await expect(page.getByLabel(/^1 picture of yours/)).toBeChecked();
});
