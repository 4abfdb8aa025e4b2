import { describe, expect, it } from 'vitest';
import { lpipsColumn, type MethodResult, psnrColumn } from './columns.ts';
import type { EvaluationMethod } from './methods.ts';
import { planeOfMethods, ticks } from './plane.ts';

const result = (method: EvaluationMethod, psnrY: number, lpips: number | null, steps?: number): MethodResult => ({
  method,
  psnrY,
  ssimY: null,
  msSsim: null,
  lpips,
  perceptual: {},
  msPerMegapixel: null,
  images: [],
  ...(steps === undefined ? {} : { steps }),
});

const results = [
  result('bicubic', 24, 0.5),
  result('autoencoder', 35, 0.02),
  result('resshift', 23, 0.3, 15),
  result('resshift@1', 24.7, 0.44, 15),
  result('resshift@4', 24.2, 0.35, 15),
  result('resshift-det', 23.5, 0.34, 15),
  result('ours', 24.5, 0.3499),
  result('sinsr', 22.9, null),
];

describe('the perception–distortion plane', () => {
  const plane = planeOfMethods(results, psnrColumn, lpipsColumn, 720, 380);
  const at = (method: EvaluationMethod) => plane?.points.find((point) => point.method === method);

  it('has better to the right and above, whichever direction a metric has', () => {
    expect(at('resshift@1')?.x).toBeGreaterThan(at('bicubic')?.x ?? Number.NaN);
    expect(at('ours')?.y).toBeLessThan(at('bicubic')?.y ?? Number.NaN);
    for (const { x, y } of plane?.points ?? []) {
      expect(x).toBeGreaterThanOrEqual(plane?.left ?? Number.NaN);
      expect(x).toBeLessThanOrEqual(plane?.right ?? Number.NaN);
      expect(y).toBeGreaterThanOrEqual(plane?.top ?? Number.NaN);
      expect(y).toBeLessThanOrEqual(plane?.bottom ?? Number.NaN);
    }
  });

  it('leaves out the ceiling and methods without a value', () => {
    expect(at('autoencoder')).toBeUndefined();
    expect(at('sinsr')).toBeUndefined();
  });

  it('joins the teacher by its steps, without the deterministic chain', () => {
    expect(plane?.line.map(({ method }) => method)).toEqual(['resshift@1', 'resshift@4', 'resshift']);
    expect(at('ours')?.group).toBe('student');
  });

  it('keeps labels of neighbours apart', () => {
    const [ours, det] = [at('ours'), at('resshift@4')];
    expect(Math.abs((ours?.y ?? 0) - (det?.y ?? 0))).toBeLessThan(10);
    expect(Math.abs((ours?.labelY ?? 0) - (det?.labelY ?? 0))).toBeGreaterThanOrEqual(15);
  });

  it('has no label under the point beside its own', () => {
    const beside = [result('ours-conv', 24.4, 0.35), result('ours', 24.42, 0.3501), result('bicubic', 23, 0.5)];
    const { points } = planeOfMethods(beside, psnrColumn, lpipsColumn, 720, 380) ?? { points: [] };
    const [left, right] = (['ours-conv', 'ours'] as const).map((name) => points.find(({ method }) => method === name));
    expect(right?.labelY).toBe(right?.y);
    expect((left?.labelY ?? 0) - (left?.y ?? 0)).toBeGreaterThan(10);
  });

  it('needs two methods', () => {
    expect(planeOfMethods([result('bicubic', 24, 0.5)], psnrColumn, lpipsColumn, 720, 380)).toBeNull();
  });
});

it('ticks are round and within their limits', () => {
  expect(ticks(22.1, 25.3, 6)).toEqual([23, 24, 25]);
  expect(ticks(0.28, 0.57, 6)).toEqual([0.3, 0.35, 0.4, 0.45, 0.5, 0.55]);
});
