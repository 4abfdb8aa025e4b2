/** A models folder that is not what it should be: one sentence each. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { directoryModelSource } from './model-directory.ts';

const shipped = resolve(import.meta.dirname, '../public/models/nano');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'));
  await cp(shipped, folder, { recursive: true });
});

async function open() {
  const source = directoryModelSource(folder);
  const entry = (await source.manifest()).files[0];
  if (!entry) throw new Error('The shipped manifest names no file.');
  return { entry, file: () => source.file(entry, () => {}) };
}

describe('directoryModelSource', () => {
  it('reads the shipped weights', async () => {
    const { entry, file } = await open();
    expect((await file()).size).toBe(entry.bytes);
  });

  it('says when a file is missing or another one', async () => {
    const { entry, file } = await open();
    await writeFile(join(folder, entry.name), 'short');
    await expect(file()).rejects.toThrow(/differs from its manifest/);
    await rm(join(folder, entry.name));
    await expect(file()).rejects.toThrow(/named in the manifest, but missing/);
  });

  it('says when there is no manifest, or one that is damaged', async () => {
    await writeFile(join(folder, 'manifest.json'), '{');
    await expect(open()).rejects.toThrow(/manifest.json: is damaged/);
    await rm(join(folder, 'manifest.json'));
    await expect(open()).rejects.toThrow(/no manifest.json here/);
  });
});
