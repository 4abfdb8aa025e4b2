import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aloneIn, appendLine, checkOutputs, createWhole, keepOriginal, placeOf, writeFileWhole } from './whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inside = (...parts: string[]) => join(folder, ...parts);

describe('placeOf', () => {
  it('is one for all paths to a file, and another for other files', async () => {
    mkdirSync(inside('photos'));
    writeFileSync(inside('photos', 'one.png'), 'x');
    symlinkSync(inside('photos'), inside('alias'));
    linkSync(inside('photos', 'one.png'), inside('linked.png'));
    const place = await placeOf(inside('photos', 'one.png'));
    for (const path of [inside('alias', 'one.png'), inside('photos', '..', 'alias', 'one.png'), inside('linked.png')])
      expect(await placeOf(path)).toBe(place);
    expect(await placeOf(inside('photos'))).toBe(await placeOf(inside('alias')));
    // Of files that do not exist yet, by the nearest folder that does.
    expect(await placeOf(inside('alias', 'new', 'two.png'))).toBe(await placeOf(inside('photos', 'new', 'two.png')));
    expect(await placeOf(inside('photos', 'two.png'))).not.toBe(await placeOf(inside('photos', 'three.png')));
  });
});

describe('writeFileWhole', () => {
  it('takes names as long as the file system does, and leaves nothing else', async () => {
    const out = inside('long');
    const name = `${'ü'.repeat(125)}.png`;
    await writeFileWhole(join(out, name), 'whole');
    expect(readdirSync(out)).toEqual([name]);
    expect(readFileSync(join(out, name), 'utf8')).toBe('whole');
  });

  it('gives two writers of one file a temporary file each', async () => {
    const out = inside('shared');
    const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writeFileWhole(join(out, 'same.txt'), text)));
    expect(texts).toContain(readFileSync(join(out, 'same.txt'), 'utf8'));
    expect(readdirSync(out)).toEqual(['same.txt']);
  });

  it('removes stale temporary files of processes that are gone, and no others', async () => {
    const out = inside('stale');
    mkdirSync(out);
    const names = [
      '.a.part.png',
      '.b.999999999-0123abcd.part.png',
      `.c.${process.pid}-0123abcd.part.png`,
      'd.part.png',
    ];
    for (const name of names) {
      writeFileSync(join(out, name), 'x');
      utimesSync(join(out, name), 0, 0);
    }
    writeFileSync(join(out, '.new.part.png'), 'x');
    await writeFileWhole(join(out, 'e.txt'), 'x');
    expect(readdirSync(out).sort()).toEqual(
      [`.c.${process.pid}-0123abcd.part.png`, '.new.part.png', 'd.part.png', 'e.txt'].sort(),
    );
  });
});

describe('originals', () => {
  it('are written over by nobody, whatever path leads to them', async () => {
    mkdirSync(inside('kept'));
    writeFileSync(inside('kept', 'one.png'), 'original');
    symlinkSync(inside('kept'), inside('kept-alias'));
    await keepOriginal(inside('kept', 'one.png'));
    const path = inside('kept-alias', 'one.png');
    await expect(checkOutputs([inside('kept', 'two.png'), path])).rejects.toThrow(/one\.png, and would overwrite it/);
    await expect(writeFileWhole(path, 'other')).rejects.toThrow('would overwrite it; choose another place.');
    expect(readFileSync(inside('kept', 'one.png'), 'utf8')).toBe('original');
    expect(readdirSync(inside('kept'))).toEqual(['one.png']);
  });

  it('are not begun where a folder takes no files', async () => {
    writeFileSync(inside('table'), 'x');
    await expect(checkOutputs([inside('new', 'a.csv')])).resolves.toBeUndefined();
    await expect(checkOutputs([inside('table', 'deep', 'a.csv')])).rejects.toThrow(/table is a file, not a folder\.$/);
    await expect(checkOutputs([folder])).rejects.toThrow(`${folder}: there is a folder of this name`);
  });
});

describe('aloneIn', () => {
  it('lets one in after the other, and says who waits', async () => {
    const steps: string[] = [];
    const waits: string[] = [];
    const work = (name: string) => async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push(`${name} ends`);
    };
    const say = (message: string) => void waits.push(message);
    await Promise.all([aloneIn(inside('lock'), work('one'), say), aloneIn(inside('lock'), work('two'), say)]);
    const [first = '', , third = ''] = steps.map((step) => step.split(' ')[0] ?? '');
    expect(steps).toEqual([`${first} begins`, `${first} ends`, `${third} begins`, `${third} ends`]);
    expect(waits).toEqual([expect.stringMatching(/lock: another program changes this folder; waiting for it/)]);
    expect(readdirSync(inside('lock'))).toEqual([]);
  });

  it('takes the lock of a process that was killed over, signed or not', async () => {
    mkdirSync(inside('killed'));
    const lock = inside('killed', '.lock');
    for (const owner of ['', '4194305']) {
      writeFileSync(lock, owner);
      utimesSync(lock, 0, 0);
      expect(await aloneIn(inside('killed'), async () => 'done')).toBe('done');
    }
  });
});

describe('an original that is gone', () => {
  it('keeps nobody from its inode, which disks give to the next file; one that was moved does', async ({ skip }) => {
    const [path, moved] = [inside('gone.png'), inside('moved.png')];
    writeFileSync(path, 'original');
    await keepOriginal(path);
    const { ino } = statSync(path);
    renameSync(path, moved);
    await expect(checkOutputs([moved])).rejects.toThrow('would overwrite it');
    rmSync(moved);
    for (let i = 0; i < 200; i++) {
      const next = inside(`next-${i}.png`);
      writeFileSync(next, 'another');
      if (statSync(next).ino === ino) return expect(checkOutputs([next])).resolves.toBeUndefined();
    }
    skip('this disk gives out new inodes');
  });
});

describe('createWhole', () => {
  it('makes a file of its own for each writer, and none for one that is aborted', async () => {
    const path = inside('whole', 'weights.bin');
    const [first, second, third] = await Promise.all([createWhole(path), createWhole(path), createWhole(path)]);
    await first.write(Buffer.from('first'));
    await second.write(Buffer.from('second'));
    await third.write(Buffer.from('th'));
    await second.close();
    await third.abort();
    expect(readFileSync(path, 'utf8')).toBe('second');
    await first.close();
    expect([readFileSync(path, 'utf8'), readdirSync(inside('whole'))]).toEqual(['first', ['weights.bin']]);
  });

  it('says in a sentence why nothing can be written', async () => {
    mkdirSync(inside('folder.png'));
    await expect(writeFileWhole(inside('folder.png'), 'x')).rejects.toThrow(
      /folder\.png: there is a folder of this name/,
    );
    const long = inside('x'.repeat(300));
    await expect(appendLine(inside('folder.png'), {})).rejects.toThrow(/folder\.png: there is a folder of this name/);
    await expect(writeFileWhole(long, 'x')).rejects.toThrow(/the name is too long: choose a shorter one/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part.png'))).toEqual([]);
  });
});
