import { describe, expect, it } from 'vitest';
import {
  asTaughtName,
  heldOutOf,
  isTaught,
  readTaught,
  type TaughtFacts,
  taughtId,
  taughtMetadata,
  taughtMethod,
  taughtName,
  teachingSeconds,
  teachingSettings,
} from './teaching.ts';

const facts: TaughtFacts = {
  name: 'My owls',
  id: '0123abcd',
  pictures: 12,
  iterations: 240,
  crops: 24,
  before: { psnrY: 24.5, lpips: 0.25 },
  after: { psnrY: 24.75, lpips: null },
};

describe('the name of a taught upscaler', () => {
  it('is the method’s, with an id that stays', () => {
    const method = taughtMethod('  My\towls, at/night @ home  ', '0123abcd');
    expect(method).toBe('taught:My owls at night home@0123abcd');
    expect([taughtName(method), taughtId(method), isTaught(method)]).toEqual([
      'My owls at night home',
      '0123abcd',
      true,
    ]);
    expect(asTaughtName('Ü'.repeat(60))).toBe('Ü'.repeat(40));
    expect(asTaughtName(' /@, ')).toBe('');
  });

  it.each(['taught:a@0123', 'taught:@0123abcd', 'taught:a/b@0123abcd', 'taught:a@0123abcd\n', 'ours'])(
    'is not %j',
    (name) => {
      expect(isTaught(name)).toBe(false);
    },
  );

  it('must have a letter', () => {
    expect(() => taughtMethod(' ', '0123abcd')).toThrow('needs a name');
  });
});

describe('the facts in a taught network’s file', () => {
  it('come back as they were written', () => {
    expect(readTaught({ format: 'pt', ...taughtMetadata(facts) })).toEqual(facts);
    const equal = { ...facts, after: { psnrY: Number.POSITIVE_INFINITY, lpips: 0 } };
    expect(readTaught(taughtMetadata(equal))).toEqual(equal);
    expect(readTaught({ identity: 'ours' })).toBeNull();
    expect(readTaught({})).toBeNull();
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['another id', JSON.stringify({ ...facts, id: '../../etc' })],
    ['no name', JSON.stringify({ ...facts, name: '@' })],
    ['a negative count', JSON.stringify({ ...facts, iterations: -1 })],
    ['a score that is none', JSON.stringify({ ...facts, after: { psnrY: '9', lpips: null } })],
    ['no scores', JSON.stringify({ ...facts, before: undefined })],
  ])('are refused in one sentence with %s', (_, taught) => {
    expect(() => readTaught({ identity: 'taught', taught })).toThrow(/its facts are damaged: ask for it again\.$/);
  });
});

it('holds out a fifth of the pictures, one at least and eight at most', () => {
  expect([5, 9, 10, 50, 500].map(heldOutOf)).toEqual([1, 1, 2, 8, 8]);
});

it.each([5, 10, 15, 20, 25, 30, 35, 40, 500])('measures on 24 held-out crops at most, of %i pictures', (pictures) => {
  const choice = {
    onGpu: true,
    degradation: 'bicubic',
    hasStudent: true,
    hasPartners: true,
    iterations: null,
  } as const;
  const { heldOutPictures, heldOutCrops } = teachingSettings({ ...choice, pictures }).settings;
  expect(heldOutPictures * heldOutCrops).toBeLessThanOrEqual(24);
  expect(heldOutPictures * heldOutCrops).toBeGreaterThan(16);
});

it('estimates time in proportion to iterations, pixels and the upscaler’s pace', () => {
  const timed = { crop: 16, batch: 1, heldOutPictures: 4, heldOutCrops: 6, heldOutEvery: 30 };
  const once = teachingSeconds(timed, 240, 0.1);
  expect(once).toBeGreaterThan(0);
  expect(teachingSeconds({ ...timed, crop: 32 }, 240, 0.3)).toBeCloseTo(12 * once, 9);
  expect(teachingSeconds({ ...timed, batch: 2 }, 240, 0.1)).toBeGreaterThan(1.8 * once);
  expect(teachingSeconds({ ...timed, heldOutEvery: 10 }, 240, 0.1)).toBeGreaterThan(once);
});
