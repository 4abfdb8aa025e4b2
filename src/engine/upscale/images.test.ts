import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../../tests/support/encode-png.ts';
import type { ImageStore, KeptTile } from '../storage/image-store.ts';
import { ImageSet } from './images.ts';

afterEach(() => vi.unstubAllGlobals());

const png = new Blob([new Uint8Array(encodePng({ width: 2, height: 2, kind: 'grey', depth: 8, sample: () => 9 }))]);

const predict = () => ({ outWidth: 8, outHeight: 8, run: null });

/** Ids that are forgotten when the last visit's queue is this file alone. */
async function forgotten(file: Blob | null): Promise<string[]> {
  const gone: string[] = [];
  const store = {
    records: async () => [{ id: 'a', name: 'a.png', added: 1, state: 'ready', result: null, message: null }],
    input: async () => file,
    remove: async (id: string) => gone.push(id),
  };
  await new ImageSet(store as unknown as ImageStore, () => {}, predict).restore();
  return gone;
}

describe('removing', () => {
  it('waits for a tile that is still being written, which would be left behind', async () => {
    const steps: string[] = [];
    let end = () => {};
    const store = {
      keepTile: async () => {
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        steps.push('written');
      },
      remove: async () => steps.push('removed'),
    };
    const images = new ImageSet(store as unknown as ImageStore, () => {}, predict);
    images.keepTile('a', {} as KeptTile);
    const removed = images.remove('a');
    setTimeout(() => end());
    await removed;
    expect(steps).toEqual(['written', 'removed']);
  });
});

describe('restoring', () => {
  it('forgets an image that is damaged or gone, but none for which there is no memory now', async () => {
    vi.stubGlobal('createImageBitmap', async () => ({ width: 2, height: 2, close: () => {} }));
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => null;
      },
    );
    expect(await forgotten(null)).toEqual(['a']);
    expect(await forgotten(png.slice(0, 9))).toEqual(['a']);
    expect(await forgotten(png)).toEqual([]);
  });

  it('forgets no AVIF whose decoder can’t be had now', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const avif = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#123' } })
      .avif()
      .toBuffer();
    expect(await forgotten(new Blob([new Uint8Array(avif)]))).toEqual([]);
  });
});
