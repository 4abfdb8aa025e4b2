import { describe, expect, it } from 'vitest';
import { count } from '../../report/run-record.ts';
import { BlobStore, readEntries, readHash, readIndex, writeIndex } from './blob-store.ts';
import { Files } from './files.ts';

interface Entry {
  readonly hash: string;
  readonly bytes: number;
}

const open = (files: Files) =>
  new BlobStore<readonly Entry[]>(files, {
    folder: 'blobs/files',
    indexPath: 'blobs/index.json',
    empty: [],
    read: (json) => readEntries(json, ({ hash, bytes }) => ({ hash: readHash(hash), bytes: count(bytes) })),
    hashesOf: (entries) => entries.map(({ hash }) => hash),
    limits: { files: 2, bytes: 10 },
  });

describe('BlobStore', () => {
  it('keeps a file that is given twice once, and finds it and its index again', async () => {
    const files = new Files();
    const first = open(files);
    const [a, again] = [await first.put(new Blob(['a'])), await first.put(new Blob(['a']))];
    expect(again.hash).toBe(a.hash);
    await first.save([{ hash: a.hash, bytes: 1 }]);
    const second = open(files);
    await second.load();
    expect(second.index).toEqual([{ hash: a.hash, bytes: 1 }]);
    expect(await (await second.get(a.hash))?.text()).toBe('a');
    expect(await files.list('blobs/files')).toEqual([a.hash]);
  });

  it('sweeps what neither the index nor anything else names', async () => {
    const files = new Files();
    const store = open(files);
    const [a, b, c] = [await store.put(new Blob(['a'])), await store.put(new Blob(['b'])), await store.put(new Blob())];
    await store.save([{ hash: a.hash, bytes: 1 }]);
    await store.sweep([b.hash]);
    expect(await files.list('blobs/files')).toEqual([a.hash, b.hash].sort());
    expect(await store.get(c.hash)).toBeNull();
  });

  it('holds to its limits of files and bytes', () => {
    const store = open(new Files());
    expect(store.hasRoom(1, 9, new Blob(['a']))).toBe(true);
    expect(store.hasRoom(2, 0, new Blob(['a']))).toBe(false);
    expect(store.hasRoom(0, 10, new Blob(['a']))).toBe(false);
  });

  it.each([['{'], ['null'], ['{"a":1}'], ['[{"hash":"../../escape","bytes":1}]'], ['[{"hash":1},7,null]']])(
    'takes nothing impossible from a damaged index: %s',
    async (text) => {
      const files = new Files();
      await files.write('blobs/index.json', new Blob([text]));
      const store = open(files);
      await store.load();
      expect(store.index).toEqual([]);
    },
  );
});

describe('an index of blobs', () => {
  it('holds infinities, which JSON has not', async () => {
    const files = new Files();
    await writeIndex(files, 'index.json', { psnr: Number.POSITIVE_INFINITY });
    expect(await readIndex(files, 'index.json', (json) => json)).toEqual({ psnr: Number.POSITIVE_INFINITY });
  });
});
