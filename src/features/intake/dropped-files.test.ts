import { describe, expect, it } from 'vitest';
import { classify, collectEntries, looksLikeImage, nameForPasted, pickImages } from './dropped-files.ts';

const file = (name: string, type = '') => new File(['x'], name, { type });

const fileEntry = (name: string, type = '') =>
  ({
    name,
    isFile: true,
    isDirectory: false,
    file: (resolve: (file: File) => void) => resolve(file(name, type)),
  }) as FileSystemFileEntry;

/** Gives its children in batches, as browsers do. */
const folderEntry = (name: string, children: readonly FileSystemEntry[], batch = 2) =>
  ({
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      let place = 0;
      return {
        readEntries: (resolve: (entries: FileSystemEntry[]) => void) => {
          resolve(children.slice(place, place + batch));
          place += batch;
        },
      };
    },
  }) as unknown as FileSystemDirectoryEntry;

const names = (files: readonly File[]) => files.map(({ name }) => name);

describe('looksLikeImage', () => {
  it('goes by type, and by ending where there is none', () => {
    expect(looksLikeImage(file('a', 'image/png'))).toBe(true);
    expect(looksLikeImage(file('a.JPEG'))).toBe(true);
    expect(looksLikeImage(file('a.jfif'))).toBe(true);
    expect(looksLikeImage(file('notes.txt', 'text/plain'))).toBe(false);
    expect(looksLikeImage(file('readme'))).toBe(false);
    expect(looksLikeImage(file('._photo.jpg', 'image/jpeg'))).toBe(false);
  });
});

describe('collectEntries', () => {
  it('walks folders in the order of names, past the first batch', async () => {
    const folder = folderEntry('photos', [
      fileEntry('10.png', 'image/png'),
      fileEntry('2.png', 'image/png'),
      fileEntry('notes.txt', 'text/plain'),
      fileEntry('.DS_Store'),
      folderEntry('more', [fileEntry('deep.webp', 'image/webp')]),
    ]);
    const { files, skipped } = await collectEntries([folder]);
    expect(names(files)).toEqual(['2.png', '10.png', 'deep.webp']);
    expect(skipped).toBe(1);
  });

  it('keeps the name of a folder that is all there is', async () => {
    const folder = () => folderEntry('LDM-15', [fileEntry('a.png', 'image/png')]);
    expect((await collectEntries([folder()])).folder).toBe('LDM-15');
    expect((await collectEntries([folder(), folder()])).folder).toBeUndefined();
    expect((await collectEntries([fileEntry('a.png')])).folder).toBeUndefined();
    const picked = Object.assign(file('a.png', 'image/png'), { webkitRelativePath: 'LDM-15/a.png' });
    expect(pickImages([picked]).folder).toBe('LDM-15');
  });

  it('keeps a wrong file that was given by itself: the engine says what is wrong with it', async () => {
    const { files, skipped } = await collectEntries([fileEntry('letter.pdf', 'application/pdf')]);
    expect(names(files)).toEqual(['letter.pdf']);
    expect(skipped).toBe(0);
  });
});

describe('pickImages', () => {
  it('leaves out what is no image and counts it', () => {
    const { files, skipped } = pickImages([file('a.png', 'image/png'), file('b.txt', 'text/plain'), file('.hidden')]);
    expect(names(files)).toEqual(['a.png']);
    expect(skipped).toBe(1);
  });
});

describe('classify', () => {
  it('sorts files by ending, and leaves all else to the pictures', () => {
    const all = [
      'a.PNG',
      'net.pth',
      'run.zip',
      'step.safetensors',
      'up.onnx',
      'letter.pdf',
      'old.ckpt',
      'log.html',
    ].map((name) => file(name));
    const { checkpoints, safetensors, archives, logbooks, onnx, pictures } = classify(all);
    expect([checkpoints, safetensors, archives, logbooks, onnx, pictures].map(names)).toEqual([
      ['net.pth', 'old.ckpt'],
      ['step.safetensors'],
      ['run.zip'],
      ['log.html'],
      ['up.onnx'],
      ['a.PNG', 'letter.pdf'],
    ]);
  });
});

describe('nameForPasted', () => {
  const now = new Date(2026, 0, 2, 3, 4, 5);

  it('gives the clipboard’s nameless pictures the time', () => {
    expect(nameForPasted(file('image.png', 'image/png'), now)).toBe('pasted-030405.png');
  });

  it('keeps real names', () => {
    expect(nameForPasted(file('my image.png', 'image/png'), now)).toBe('my image.png');
  });
});
