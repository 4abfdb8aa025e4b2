import { describe, expect, it } from 'vitest';
import { fnv1a32 } from '../imaging/random.ts';
import { describeStep, type Step } from './chain.ts';
import { drawSteps } from './draw.ts';
import {
  type DegradationSettings,
  gaussianShapes,
  realesrgan,
  realesrganTest,
  type StageSettings,
} from './settings.ts';

const draw = (settings: DegradationSettings, seed: number) => drawSteps(settings, seed, 256, 192);
const many = (settings: DegradationSettings, count: number) =>
  Array.from({ length: count }, (_, seed) => draw(settings, seed));
const [first, second] = realesrgan.stages as [StageSettings, StageSettings];
const lr = { width: 64, height: 48 };

const isLast = (step: Step) => step.name === 'resize' && JSON.stringify(step.to) === JSON.stringify(lr);
/** Index of the reduction to the final size: the last such step, as the second stage may keep that size too. */
const lastResize = (steps: Step[]) => steps.findLastIndex(isLast);
/** Of the second stage, which aims at a size but comes before the final step. */
const hasSecond = (steps: Step[]) => steps.filter((step) => step.name === 'noise').length === 2;

/** The share of seeds for which something is so, within four standard errors. */
function expectShare(plans: Step[][], share: number, so: (steps: Step[]) => boolean): void {
  const found = plans.filter(so).length / plans.length;
  expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / plans.length) + 1e-9);
}

describe('the training chain', () => {
  const plans = many(realesrgan, 3000);
  const firstBlur = ([step]: Step[]) => (step?.name === 'blur' ? step.kernel : null);
  const firstNoise = (steps: Step[]) => steps.find((step) => step.name === 'noise');

  it('takes every branch as often as its settings say', () => {
    expectShare(plans, 1, (steps) => firstBlur(steps) !== null);
    expectShare(plans, first.blur.sinc, (steps) => firstBlur(steps)?.shape === 'sinc');
    for (const shape of gaussianShapes) {
      const share = (1 - first.blur.sinc) * first.blur.shapes[shape];
      expectShare(plans, share, (steps) => firstBlur(steps)?.shape === shape);
    }
    for (const size of [3, 5, 7, 9, 11, 13, 15, 17, 19]) {
      expectShare(plans, 1 / 9, (steps) => firstBlur(steps)?.size === size);
    }
    const factor = ([, step]: Step[]) => (step?.name === 'resize' && typeof step.to === 'number' ? step.to : 1);
    expectShare(plans, first.resize.up, (steps) => factor(steps) > 1);
    expectShare(plans, first.resize.down, (steps) => factor(steps) < 1);
    for (const method of ['torch-area', 'torch-bilinear', 'torch-bicubic']) {
      expectShare(plans, 1 / 3, (steps) => {
        const step = steps[lastResize(steps)];
        return step?.name === 'resize' && step.method === method;
      });
    }
    expectShare(plans, 0.5, (steps) => firstNoise(steps)?.kind === 'gaussian');
    expectShare(plans, 0.4, (steps) => firstNoise(steps)?.grey === true);
    expectShare(plans, second.probability, hasSecond);
    expectShare(plans, 0.5, (steps) => steps.at(-1)?.name === 'jpeg');
    expectShare(plans, 0.8, (steps) =>
      steps.slice(lastResize(steps)).some((step) => step.name === 'blur' && step.kernel.shape === 'sinc'),
    );
    expectShare(plans.filter(hasSecond), second.blur.probability, (steps) => {
      const after = steps.slice(steps.findIndex((step) => step.name === 'jpeg') + 1);
      return after[0]?.name === 'blur';
    });
  });

  it('stays within the ranges and reaches into their ends', () => {
    const spread = (values: number[], [low, high]: readonly [number, number]) => {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThanOrEqual(high);
      expect(Math.min(...values)).toBeLessThan(low + 0.05 * (high - low));
      expect(Math.max(...values)).toBeGreaterThan(high - 0.05 * (high - low));
    };
    const kernels = plans.flatMap((steps) => firstBlur(steps) ?? []);
    const gaussians = kernels.flatMap((kernel) => (kernel.shape === 'sinc' ? [] : kernel));
    spread(
      gaussians.flatMap(({ sigma }) => sigma),
      first.blur.sigma,
    );
    const anisotropic = gaussians.filter(({ shape }) => shape.endsWith('aniso'));
    spread(
      anisotropic.map(({ theta }) => theta),
      [-Math.PI, Math.PI],
    );
    for (const { sigma, theta, shape } of gaussians) {
      if (!shape.endsWith('aniso')) expect([sigma[1], theta]).toEqual([sigma[0], 0]);
    }
    const betas = (start: string) => gaussians.filter(({ shape }) => shape.startsWith(start)).map(({ beta }) => beta);
    spread(betas('generalized'), [0.5, 4]);
    spread(betas('plateau'), [1, 2]);
    const exact = betas('plateau').filter((beta) => beta === 1).length / betas('plateau').length;
    expect(Math.abs(exact - 0.5)).toBeLessThan(0.1);
    const sincs = kernels.flatMap((kernel) => (kernel.shape === 'sinc' ? kernel : []));
    spread(
      sincs.filter(({ size }) => size < 13).map(({ cutoff }) => cutoff),
      [Math.PI / 3, Math.PI],
    );
    spread(
      sincs.filter(({ size }) => size >= 13).map(({ cutoff }) => cutoff),
      [Math.PI / 5, Math.PI],
    );
    const factors = plans.flatMap(([, step]) =>
      step?.name === 'resize' && typeof step.to === 'number' ? step.to : [],
    );
    spread(factors, first.resize.range);
    const noises = plans.flatMap((steps) => firstNoise(steps) ?? []);
    for (const kind of ['gaussian', 'poisson'] as const) {
      spread(
        noises.filter((noise) => noise.kind === kind).map(({ strength }) => strength),
        first.noise[kind],
      );
    }
    spread(
      plans.flatMap((steps) => steps.flatMap((step) => (step.name === 'jpeg' ? step.quality : []))),
      [30, 95],
    );
    // The second stage aims at a multiple of the final size.
    const widths = plans.filter(hasSecond).flatMap((steps) => {
      const sizes = steps.flatMap((step) =>
        step.name === 'resize' && typeof step.to !== 'number' ? step.to.width : [],
      );
      return sizes[0] ?? [];
    });
    spread(widths, [Math.floor(64 * 0.3), Math.floor(64 * 1.2)]);
  });

  it('puts JPEG, reduction and sinc in one of two orders', () => {
    const orders = new Set(
      plans.map((steps) => {
        const names = steps.map(({ name }) => name);
        return names.slice(names.lastIndexOf('noise') + (hasSecond(steps) ? 1 : 2)).join(' ');
      }),
    );
    expect(orders).toEqual(new Set(['resize blur jpeg', 'resize jpeg', 'jpeg resize blur', 'jpeg resize']));
  });
});

describe('the test chain', () => {
  it('has one stage, two shapes and high qualities', () => {
    const plans = many(realesrganTest, 400);
    const shapes = plans.map(([step]) => (step?.name === 'blur' ? step.kernel.shape : ''));
    expect(new Set(shapes)).toEqual(new Set(['iso', 'aniso', 'sinc']));
    expect(plans.some(hasSecond)).toBe(false);
    for (const steps of plans) {
      const [stage, final] = steps.flatMap((step) => (step.name === 'jpeg' ? step.quality : []));
      expect(stage).toBeLessThanOrEqual(95);
      expect(final).toBeGreaterThanOrEqual(80);
    }
  });

  it('draws the kernel sizes that ResShift does: below, not up to, the sizes in its settings', () => {
    const plans = many(realesrganTest, 1000);
    const sizes = (steps: Step[]) => new Set(steps.flatMap((step) => (step.name === 'blur' ? step.kernel.size : [])));
    expect(sizes(plans.flatMap((steps) => steps.slice(0, 1)))).toEqual(new Set([3, 5, 7, 9, 11]));
    const closing = plans.map((steps) => steps.slice(lastResize(steps)));
    expect(sizes(closing.flat())).toEqual(new Set([3, 5]));
    expectShare(closing, 0.2, (steps) => steps.some(({ name }) => name === 'blur'));
  });
});

describe('draws', () => {
  it('of one setting do not move when another is edited', () => {
    const edit = (changes: Partial<StageSettings>): DegradationSettings => ({
      ...realesrgan,
      stages: [{ ...first, ...changes }, second],
    });
    const withoutBlur = edit({ blur: { ...first.blur, probability: 0 } });
    const withoutJpeg = edit({ jpeg: null });
    const grey = edit({ noise: { ...first.noise, greyProbability: 1 } });
    for (let seed = 0; seed < 50; seed++) {
      const steps = draw(realesrgan, seed);
      expect(draw(withoutBlur, seed)).toEqual(steps.slice(1));
      const at = steps.findIndex(({ name }) => name === 'jpeg');
      expect(draw(withoutJpeg, seed)).toEqual(steps.toSpliced(at, 1));
      const noise = steps.findIndex(({ name }) => name === 'noise');
      expect(draw(grey, seed)).toEqual(steps.with(noise, { ...steps[noise], grey: true } as Step));
    }
  });

  it('scale with an edited range, in place', () => {
    const halved = { ...realesrgan, final: { ...realesrgan.final, jpeg: [30, 62.5] as const } };
    const quality = (settings: DegradationSettings, seed: number) =>
      draw(settings, seed).findLast((step) => step.name === 'jpeg')?.quality as number;
    for (let seed = 0; seed < 20; seed++) {
      expect(quality(halved, seed)).toBeCloseTo(30 + (quality(realesrgan, seed) - 30) / 2, 9);
    }
  });

  it('come from streams of different numbers', () => {
    const names = ['stage 1', 'stage 2', 'stage 3', 'stage 4', 'final'].flatMap((part) =>
      [
        'stage',
        'blur',
        'kernel size',
        'sinc',
        'sinc cut-off',
        'shape',
        'sigma x',
        'sigma y',
        'rotation',
        'beta below 1',
        'beta',
        'scale',
        'factor',
        'method',
        'gaussian',
        'sigma of noise',
        'poisson scale',
        'grey',
        'noise',
        'jpeg quality',
        'jpeg last',
      ].map((name) => fnv1a32(`degradation/${part}/${name}`)),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('describeStep', () => {
  it('says what was decided', () => {
    const lines = many(realesrgan, 200).flat().map(describeStep);
    for (const start of [
      'Blur: isotropic Gaussian ',
      'Blur: anisotropic generalised Gaussian ',
      'Blur: isotropic plateau ',
      'Blur: sinc ',
      'Resize × ',
      'Resize to 64 × 48 px: ',
      'Gaussian noise: σ ',
      'Poisson noise: × ',
      'JPEG: quality ',
    ]) {
      expect(lines.some((line) => line.startsWith(start))).toBe(true);
    }
    expect(lines.join()).not.toMatch(/undefined|NaN|torch|_/);
    const kernel = { shape: 'generalized_aniso', size: 7, sigma: [2, 0.5], theta: Math.PI / 6, beta: 1.5 } as const;
    expect(describeStep({ name: 'blur', kernel })).toBe(
      'Blur: anisotropic generalised Gaussian 7 × 7 px, σ 2.00 and 0.50 px, turned 30°, β 1.50',
    );
  });
});
