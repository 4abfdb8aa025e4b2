import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { folderPictures } from './pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('folderPictures', () => {
  it('skips pictures that can’t be read, names them, and passes hidden files over', async () => {
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#472' } })
      .png()
      .toBuffer();
    for (const name of ['a.png', 'b.png']) writeFileSync(join(folder, name), png);
    writeFileSync(join(folder, 'cut.png'), png.subarray(0, 60));
    writeFileSync(join(folder, '._a.png'), 'x');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { training } = await folderPictures(folder);
    const text = said.mock.calls.flat().join('');
    said.mockRestore();
    expect(training.count).toBe(2);
    expect(text).toMatch(/1 skipped that can't be read: cut\.png \(.*\)\n/);
  });

  it('says that there is none left', async () => {
    const empty = mkdtempSync(join(folder, 'none-'));
    writeFileSync(join(empty, 'x.png'), 'no picture');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await expect(folderPictures(empty)).rejects.toThrow(/none of its 1 pictures can be read/);
    said.mockRestore();
  });
});
