import { describe, expect, it } from 'vitest';
import { buildSchedule, respaced } from './schedule.ts';

const config = { steps: 15, kappa: 2, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 };

/** Rows of the published table (§1.8): √η, η, k, m, j, posterior coefficients of x_t and x̂₀, variance, input std. */
const rows: Readonly<Record<number, readonly number[]>> = {
  0: [0.02, 0.0004, 1, 0, 0, 0, 1, 0, 1.00079968],
  1: [
    0.1171650823, 0.01372765651, 0.8312439806, 0.1706993211, -0.001943301646, 0.02913825821, 0.9708617418,
    0.001553378787, 1.027088422,
  ],
  7: [
    0.4758577309, 0.2264405801, 0.1596318491, 0.8665534203, -0.02618526941, 0.7509148302, 0.2490851698, 0.1694153676,
    1.380493506,
  ],
  14: [0.99, 0.9801, 0.1561705259, 0.9177842301, -0.07395475598, 0.842327893, 0.157672107, 0.5206746503, 2.218197466],
};

describe('the 15-step schedule', () => {
  const s = buildSchedule(config);

  it.each(Object.keys(rows).map(Number))('has the published row %i', (i) => {
    const row = [
      s.sqrtEtas,
      s.etas,
      s.k,
      s.m,
      s.j,
      s.posteriorCoef1,
      s.posteriorCoef2,
      s.posteriorVariance,
      s.inputStd,
    ].map((t) => t[i]);
    row.forEach((value, column) => {
      expect(Math.abs((value as number) - (rows[i]?.[column] as number))).toBeLessThan(1e-6);
    });
  });

  it('has k + m + j = 1 at every index', () => {
    for (let i = 0; i < s.steps; i++) expect(s.k[i] + s.m[i] + s.j[i]).toBeCloseTo(1, 12);
  });

  it('clips the log variance of index 0 to that of index 1', () => {
    expect(Math.exp(s.posteriorLogVarianceClipped[0])).toBeCloseTo(0.001553378787, 9);
  });
});

describe('the 4-step schedule', () => {
  it('is the published one, without the cap that would change it', () => {
    const s = buildSchedule({ ...config, steps: 4, min_noise_level: 0.2 });
    const expected = {
      sqrtEtas: [0.1, 0.5200963722, 0.7613819906, 0.99],
      k: [1, 0.8497375789, 0.4423965892, 0.4049929173],
      m: [0, 0.1922720583, 0.6830951856, 0.7690727178],
      j: [0, -0.04200963722, -0.1254917748, -0.1740656351],
      inputStd: [1.0198039, 1.442914046, 1.821760177, 2.218197466],
    };
    for (const [name, values] of Object.entries(expected)) {
      values.forEach((value, i) => {
        expect(Math.abs(s[name as keyof typeof expected][i] - value)).toBeLessThan(1e-6);
      });
    }
  });
});

describe('respaced', () => {
  const whole = buildSchedule(config);

  it('is the schedule itself on all of its indices', () => {
    expect(respaced(whole, 15)).toEqual(whole);
  });

  it('keeps indices evenly, the last among them, and tells the network theirs', () => {
    const { steps, times, etas, k, m, j, inputStd } = respaced(whole, 4);
    expect([steps, times]).toEqual([4, [3, 7, 10, 14]]);
    expect([...etas]).toEqual(times.map((t) => whole.etas[t]));
    expect([...inputStd]).toEqual(times.map((t) => whole.inputStd[t]));
    for (let i = 0; i < steps; i++) expect(k[i] + m[i] + j[i]).toBeCloseTo(1, 12);
    expect(m[0]).toBe(0);
  });

  it('takes x̂₀ as it is where one index is left', () => {
    const { times, posteriorCoef1, posteriorCoef2 } = respaced(whole, 1);
    expect([times, [...posteriorCoef1], [...posteriorCoef2]]).toEqual([[14], [0], [1]]);
  });

  it.each([0, 16, 2.5])('refuses %s steps of 15', (count) => {
    expect(() => respaced(whole, count)).toThrow(/in 1 to 15/);
  });
});

describe('constants that make no schedule', () => {
  it.each([{ steps: 1 }, { steps: 2.5 }, { kappa: 0 }, { etas_end: 1.5 }, { min_noise_level: Number.NaN }])(
    '%o are refused',
    (change) => {
      expect(() => buildSchedule({ ...config, ...change })).toThrow();
    },
  );
});
