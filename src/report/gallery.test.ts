import { describe, expect, it } from 'vitest';
import { type GalleryIndex, galleryFile, pictureTitle, readGalleryIndex, runsOf, sharedPictures } from './gallery.ts';

const run = { method: 'ours', title: 'ours', fingerprint: 'f', scores: { a: { psnrY: 20, lpips: 0.5 } } } as const;
const index: GalleryIndex = {
  version: 1,
  seed: 42,
  pictures: [{ name: 'a', title: 'a', credit: 'nobody, CC0', width: 8, height: 8 }],
  sets: [{ degradation: 'bicubic', runs: [run, { ...run, method: 'bicubic', scores: {} }] }],
};

describe('readGalleryIndex', () => {
  it('takes a whole index', () => {
    expect(readGalleryIndex(JSON.parse(JSON.stringify(index)))).toEqual(index);
  });

  it.each([
    ['nothing', null],
    ['another version', { ...index, version: 2 }],
    ['a picture that leaves its folder', { ...index, pictures: [{ ...index.pictures[0], name: '../a' }] }],
    ['an unknown degradation', { ...index, sets: [{ degradation: 'fog', runs: [] }] }],
    ['an unknown method', { ...index, sets: [{ degradation: 'bicubic', runs: [{ ...run, method: 'magic' }] }] }],
    [
      'scores that are no numbers',
      { ...index, sets: [{ degradation: 'bicubic', runs: [{ ...run, scores: { a: {} } }] }] },
    ],
  ])('refuses %s', (_, json) => {
    expect(() => readGalleryIndex(json)).toThrow(/run `npm run gallery` again/);
  });
});

describe('the gallery', () => {
  it('has a file for each picture, in folders that every system takes', () => {
    expect(galleryFile('a', 'bicubic', 'truth')).toBe('truth/a.webp');
    expect(galleryFile('a', 'bicubic', 'lr')).toBe('bicubic/lr/a.webp');
    expect(galleryFile('a', 'realesrgan', 'resshift@4')).toBe('realesrgan/resshift@4/a.webp');
    expect(galleryFile('a', 'realesrgan', 'onnx:.cache/peers/span-x4.onnx')).toBe('realesrgan/span-x4/a.webp');
  });

  it('offers the methods that have a picture', () => {
    expect(runsOf(index, 'bicubic', 'a')).toEqual([run]);
    expect(runsOf(index, 'realesrgan', 'a')).toEqual([]);
  });

  it('has means over the pictures of all methods alone', () => {
    const scores = { psnrY: 20, lpips: 0.5 };
    const whole = { ...run, scores: { a: scores, b: scores, c: scores } };
    expect(sharedPictures([whole, { ...run, scores: { c: scores, a: scores } }])).toEqual(['a', 'c']);
    expect(sharedPictures([])).toEqual([]);
  });

  it('names pictures for people', () => {
    expect(pictureTitle('crop_animal_friends-by-aitzol-be')).toBe('animal: friends by aitzol be');
  });
});
