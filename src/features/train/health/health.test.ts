import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../paper/config.ts';
import { type MetricsColumn, metricsColumns } from '../../../report/run-metrics.ts';
import { Curves } from '../../../store/curves/curves.ts';
import {
  discriminatorHealth,
  downsamplerHealth,
  gradientHealth,
  healthOf,
  span,
  studentHealth,
  termHealth,
} from './health.ts';

type Values = Partial<Record<MetricsColumn, number>>;

/** As many iterations of each kind, one after the other. */
function run(...stretches: readonly (readonly [number, Values])[]): Curves {
  const curves = new Curves();
  let step = 0;
  for (const [count, values] of stretches) {
    for (let i = 0; i < count; i++) {
      const row: Values = { ...values, step: step++ };
      curves.push(
        Float64Array.from(metricsColumns, (name) => row[name] ?? Number.NaN),
        0,
      );
    }
  }
  return curves;
}

/** Shares of right answers, loss, and how far the mean scores are apart. */
const judge = (real: number, fake: number, dHR: number, apart = 1): Values => ({
  'scores.hrReal': apart / 2,
  'scores.hrFake': -apart / 2,
  'accuracies.hrReal': real,
  'accuracies.hrFake': fake,
  'losses.dHR': dHR,
});

describe('the health of a discriminator', () => {
  const light = (values: Values, config = defaultConfig) =>
    discriminatorHealth(run([span, values]), config, 'HR')?.light;

  it('saturates when it is always right and has no loss left', () => {
    expect(light(judge(1, 0.99, 0.02))).toBe('bad');
    expect(light(judge(0.97, 0.99, 0.3))).toBe('warning');
    expect(light(judge(1, 0.6, 0.02))).toBe('good');
    expect(light(judge(1, 1, 1.2))).toBe('good');
    expect(discriminatorHealth(run([span, judge(1, 1, 0)]), defaultConfig, 'HR')?.sentence).toMatch(
      /lower .*Rate of the D/,
    );
  });

  it('is at chance when it is right in half the cases and its scores don’t differ', () => {
    const health = (values: Values) => discriminatorHealth(run([span, values]), defaultConfig, 'HR');
    expect(health(judge(0.5, 0.52, 2, 0.01))).toMatchObject({
      light: 'warning',
      sentence: expect.stringMatching(/D_H is at chance.*51 % right, mean scores 0\.010 apart/),
    });
    // All for fake: right of those, and wrong of the real ones.
    expect(health(judge(0.02, 0.99, 2, 0.05))?.sentence).toMatch(/at chance/);
    expect(health(judge(0.02, 0.99, 1.4, 0.6))?.light).toBe('good');
    expect(health(judge(0.7, 0.6, 1.6, 0.2))?.light).toBe('good');
    expect(health(judge(0.7, 0.6, 1.6, 0.2))?.sentence).not.toMatch(/kept busy/);
  });

  it('has no zero to come near with the printed loss', () => {
    expect(light(judge(1, 1, -12), { ...defaultConfig, discriminatorLoss: 'literal' })).toBe('bad');
  });

  it('needs enough iterations, and to take part', () => {
    expect(discriminatorHealth(run([span - 1, judge(1, 1, 0)]), defaultConfig, 'HR')?.light).toBe('waiting');
    expect(discriminatorHealth(run([span, {}]), defaultConfig, 'HR')).toBeNull();
  });
});

describe('G', () => {
  const pictures = (low: number, distance: number): Values => ({
    'pixelStd.yHat': low,
    'pixelStd.lr': 0.5,
    'losses.denoiseDownsampler': distance,
  });

  it('collapses when its pictures lose their contrast', () => {
    expect(downsamplerHealth(run([span, pictures(0.1, 0.01)]))?.light).toBe('bad');
    expect(downsamplerHealth(run([span, pictures(0.3, 0.01)]))?.light).toBe('warning');
    expect(downsamplerHealth(run([span, pictures(0.48, 0.01)]))?.light).toBe('good');
  });

  it('is told when ŷ moves away from y', () => {
    const drift = (now: number) => downsamplerHealth(run([2 * span, pictures(0.5, 0.01)], [span, pictures(0.5, now)]));
    expect([drift(0.015), drift(0.03), drift(0.05)].map((health) => health?.light)).toEqual(['good', 'warning', 'bad']);
    expect(drift(0.03)?.sentence).toMatch(/3\.0 times/);
  });
});

describe('gradients', () => {
  const light = (student: number, downsampler: number) =>
    gradientHealth(run([span, { 'gradNorms.student': student, 'gradNorms.downsampler': downsampler }]), defaultConfig);

  it('are told when they are always clipped, far too long, or as good as none', () => {
    expect(light(0.5, 0.2).light).toBe('good');
    expect(light(8, 0.2).light).toBe('good');
    expect(light(40, 0.2)).toMatchObject({
      light: 'warning',
      sentence: expect.stringMatching(/gradients of the student are over 30 times/),
    });
    expect(light(40, 50).sentence).toMatch(/the student and G/);
    expect(light(5000, 0.2).light).toBe('bad');
    expect(light(0.5, 1e-6)).toMatchObject({
      light: 'bad',
      sentence: expect.stringMatching(/gradients of G are as good as none/),
    });
  });

  it('may be clipped now and then', () => {
    const norms = (student: number): Values => ({ 'gradNorms.student': student });
    expect(gradientHealth(run([span - 1, norms(40)], [1, norms(0.5)]), defaultConfig).light).toBe('good');
  });
});

describe('the terms of the student’s loss', () => {
  const shares = (denoise: number, gHR: number, gLR: number): Values => ({
    'termShares.denoiseStudent': denoise,
    'termShares.gHR': gHR,
    'termShares.gLR': gLR,
  });

  it('have no effect below a hundredth of the gradient', () => {
    expect(termHealth(run([span, shares(0.6, 0.2, 0.2)]))?.light).toBe('good');
    expect(termHealth(run([span, shares(0.98, 0.0104, 0.0096)]))).toMatchObject({
      light: 'warning',
      sentence: expect.stringMatching(/^L_L\^G \(0\.96 %\) has no effect on the student: less than 1 %/),
    });
    expect(termHealth(run([span, shares(0.999, 0.0005, 0.0005)]))?.sentence).toMatch(/L_H\^G .* and L_L\^G .* have/);
  });

  it('are judged over several iterations, and not at all in runs that measured no shares', () => {
    expect(termHealth(run([span - 1, shares(0.99, 0.009, 0.001)]))?.light).toBe('waiting');
    expect(termHealth(run([span, judge(1, 1, 1)]))).toBeNull();
    // A term that was switched on in between is not told of yet.
    const late = run(
      [span - 1, { 'termShares.distill': 1 }],
      [1, { 'termShares.distill': 1, 'termShares.gHR': 0.001 }],
    );
    expect(termHealth(late)?.light).toBe('good');
  });
});

describe('the health of the student', () => {
  const distance = (now: number) => run([3 * span, { 'losses.distill': 0.1 }], [span, { 'losses.distill': now }]);

  it('is told when it leaves its teacher', () => {
    const lights = [0.05, 0.13, 0.2].map((now) => studentHealth(distance(now), defaultConfig)?.light);
    expect(lights).toEqual(['good', 'warning', 'bad']);
  });

  it('has no teacher without distillation', () => {
    expect(studentHealth(distance(1), { ...defaultConfig, distillWeight: 0 })).toBeNull();
  });
});

describe('healthOf', () => {
  it('leaves out the networks that take no part', () => {
    const names = healthOf(run([span, { 'losses.distill': 0.1, 'gradNorms.student': 0.5 }]), defaultConfig).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['Student', 'Gradients']);
  });
});
