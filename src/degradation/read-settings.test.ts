import { describe, expect, it } from 'vitest';
import { readSettings } from './index.ts';
import { realesrgan, realesrganTest } from './settings.ts';

/** The training settings with one value replaced; keys by dots. */
function edited(path: string, value: unknown): unknown {
  const copy = structuredClone(realesrgan) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() as string;
  let inner = copy;
  for (const key of keys) inner = inner[key] as Record<string, unknown>;
  inner[last] = value;
  return copy;
}

describe('readSettings', () => {
  it('accepts both published sets, also through JSON, and leaves out what is no setting', () => {
    for (const settings of [realesrgan, realesrganTest]) {
      expect(readSettings(JSON.parse(JSON.stringify({ ...settings, note: 'mine' })))).toEqual(settings);
    }
  });

  it('accepts the extremes', () => {
    for (const [path, value] of [
      ['stages', []],
      ['stages.0.jpeg', null],
      ['final.jpeg', [100, 100]],
      ['stages.0.blur.sigma', [0.01, 50]],
      ['stages.0.resize.range', [1, 1]],
      ['stages.1.blur.largest', 51],
    ] as const) {
      expect(() => readSettings(edited(path, value))).not.toThrow();
    }
  });

  it.each([
    ['stages', 3, "The degradation's stages must be a list of at most 4."],
    ['stages', new Array(5).fill(realesrgan.stages[0]), "The degradation's stages must be a list of at most 4."],
    ['stages.1', null, "The degradation's stage 2 must be an object."],
    ['final', undefined, "The degradation's final step must be an object."],
    ['stages.0.probability', 1.1, "The degradation's stage 1 probability must be a number from 0 to 1."],
    ['stages.0.blur.sinc', Number.NaN, "The degradation's stage 1 blur sinc probability must be a number from 0 to 1."],
    [
      'stages.0.blur.largest',
      8,
      "The degradation's largest stage 1 blur size must be an odd whole number from 3 to 51.",
    ],
    [
      'stages.0.blur.sigma',
      [3, 0.2],
      "The degradation's stage 1 blur σ must be two numbers from 0.01 to 50, the smaller one first.",
    ],
    [
      'stages.0.blur.shapes.iso',
      -1,
      `The degradation's stage 1 blur shape weight "iso" must be a number from 0 to 1000.`,
    ],
    [
      'stages.0.blur.plateauBeta',
      [1.2, 2],
      "The degradation's stage 1 blur plateau β must reach from at most 1 to at least 1.",
    ],
    [
      'stages.1.resize',
      { up: 0, down: 0, keep: 0, range: [0.5, 1] },
      "One of the degradation's stage 2 resize weights must be above 0.",
    ],
    [
      'stages.0.noise.gaussian',
      [1, '30'],
      "The degradation's Gaussian stage 1 noise strength must be two numbers from 0 to 255, the smaller one first.",
    ],
    [
      'final.jpeg',
      [0, 95],
      "The degradation's final JPEG quality must be two numbers from 1 to 100, the smaller one first.",
    ],
  ])('refuses %s = %j in one sentence', (path, value, sentence) => {
    expect(() => readSettings(edited(path, value))).toThrow(new RangeError(sentence));
  });

  it('refuses what is no settings at all', () => {
    for (const value of [null, undefined, 'realesrgan', [], 7]) {
      expect(() => readSettings(value)).toThrow("The degradation's settings must be an object.");
    }
  });
});
