import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsColumns } from '../../../report/run-metrics.ts';
import { Curves } from '../../../store/curves/curves.ts';
import fixedPoints from './fixed-points.json' with { type: 'json' };
import { bandPoints, labelled, pathOf, placeOf, planeScale, stackedShares } from './plots.ts';
import { meanDecibels, middleLuma, radialPower } from './Spectrum.tsx';

/** Rows with these numbers; all others are not measured. */
function curvesOf(rows: readonly Readonly<Record<string, number>>[]): Curves {
  const curves = new Curves();
  for (const [step, row] of rows.entries()) {
    curves.push(
      Float64Array.from(metricsColumns, (name) => (name === 'step' ? step : (row[name] ?? Number.NaN))),
      0,
    );
  }
  return curves;
}

describe('the stacked shares', () => {
  it('lie one upon the other and fill the whole, in the order of the terms', () => {
    const curves = curvesOf([
      { 'termShares.denoiseStudent': 0.75, 'termShares.gHR': 0.25 },
      { 'termShares.denoiseStudent': 0.5, 'termShares.gHR': 0.5 },
    ]);
    expect(stackedShares(curves, 100)).toEqual([
      { term: 'denoiseStudent', low: [0, 0], high: [0.75, 0.5], share: 0.5 },
      { term: 'gHR', low: [0.75, 0.5], high: [1, 1], share: 0.5 },
    ]);
  });

  it('are means of equally many iterations, together 1, where there are more than buckets', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      'termShares.denoiseStudent': i < 500 ? 0.9 : 0.2,
      'termShares.distill': i < 500 ? 0.05 : 0.7,
    }));
    const bands = stackedShares(curvesOf(rows), 10);
    expect(bands[0]?.high).toHaveLength(10);
    expect(bands[0]?.high[0]).toBeCloseTo(0.9 / 0.95, 6);
    expect(bands[0]?.high[9]).toBeCloseTo(0.2 / 0.9, 6);
    for (const top of bands.at(-1)?.high ?? []) expect(top).toBeCloseTo(1, 12);
  });

  it('are none before the first iteration, and as wide as the whole with one', () => {
    expect(stackedShares(curvesOf([]), 10)).toEqual([]);
    const [only] = stackedShares(curvesOf([{ 'termShares.gt': 1 }]), 10);
    expect(only && bandPoints(only, 300)).toBe('0,0.00 300,0.00 300,100.00 0,100.00');
  });
});

describe('the way over the plane', () => {
  const measured = (psnrY: number, lpips: number) => ({
    'heldOut.psnrY': psnrY,
    'heldOut.lpips': lpips,
    'heldOut.bicubicPsnrY': 24,
    'heldOut.bicubicLpips': 0.5,
  });

  it('has the measurements with both numbers, as differences from bicubic, better upwards', () => {
    const curves = curvesOf([measured(23, 0.4), {}, { 'heldOut.psnrY': 25 }, measured(24.5, 0.3)]);
    const path = pathOf(curves, null);
    expect(path.map(({ step }) => step)).toEqual([1, 4]);
    expect(path[0]?.psnrY).toBeCloseTo(-1, 5);
    expect(path[0]?.lpips).toBeCloseTo(0.1, 5);
    expect(path[1]?.lpips).toBeCloseTo(0.2, 5);
    expect(pathOf(curves, 3).map(({ step }) => step)).toEqual([1]);
  });

  it('is drawn with better to the right and up, bicubic within', () => {
    const scale = planeScale([{ psnrY: -1, lpips: 0.1 }], { left: 0, top: 0, right: 100, bottom: 100 });
    expect(scale.x(0)).toBeGreaterThan(scale.x(-1));
    expect(scale.y(0.1)).toBeLessThan(scale.y(0));
    for (const edge of [scale.x(-1), scale.x(0), scale.y(0), scale.y(0.1)]) {
      expect(edge).toBeGreaterThan(0);
      expect(edge).toBeLessThan(100);
    }
  });

  it('has labels that neither cover each other nor leave the drawing', () => {
    const points = [
      { psnrY: 0.25, lpips: 0.095 },
      { psnrY: 0.24, lpips: 0.093 },
      { psnrY: -1, lpips: 0.2 },
    ];
    const scale = planeScale(points, { left: 0, top: 0, right: 390, bottom: 200 });
    const labels = labelled(points, () => 'ResShift, 15 steps', scale, 390);
    const near = labels.filter(({ item }) => item.psnrY > 0).map(({ labelY }) => labelY);
    expect(Math.abs((near[0] ?? 0) - (near[1] ?? 0))).toBeGreaterThanOrEqual(13);
    expect(labels.map(({ item, anchor }) => [item.psnrY > 0, anchor])).toEqual([
      [false, 'start'],
      [true, 'end'],
      [true, 'end'],
    ]);
  });

  it('has labels of all fixed points apart from each other and from the points', () => {
    for (const points of Object.values(fixedPoints)) {
      const scale = planeScale(points, { left: 46, top: 10, right: 390, bottom: 208 });
      const textOf = ({ method }: { method: string }) => `${method}, 15 steps`;
      const labels = labelled<(typeof points)[number]>(points, textOf, scale, 400);
      const boxes = labels.map(({ text, labelX, labelY, anchor }) => {
        const width = 6 * text.length;
        return { left: anchor === 'end' ? labelX - width : labelX, width, y: labelY };
      });
      for (const [i, a] of boxes.entries()) {
        expect(a.left, labels[i]?.text).toBeGreaterThan(0);
        for (const b of boxes.slice(i + 1)) {
          const isBeside = a.left + a.width <= b.left || b.left + b.width <= a.left;
          expect(isBeside || Math.abs(a.y - b.y) >= 13, labels[i]?.text).toBe(true);
        }
        const covered = labels.filter(({ x, y }) => x > a.left && x < a.left + a.width && y > a.y - 10 && y < a.y + 3);
        expect(covered.map(({ text }) => text)).toEqual([]);
      }
    }
  });

  it('places labels at any scale, also where sums are rounded', () => {
    const points = fixedPoints.bicubic;
    for (let i = 0; i < 2000; i++) {
      const far = [...points, { psnrY: -3 - Math.sin(i), lpips: 0.7 * Math.cos(i) }];
      const scale = planeScale(far, { left: 46, top: 10, right: 390, bottom: 208 });
      expect(labelled(points, () => 'teacher (1 of 15 steps)', scale, 400)).toHaveLength(points.length);
    }
  });

  it('has the fixed points of docs/results.json', () => {
    const { sets } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../../docs/results.json'), 'utf8'));
    for (const { degradation, methods } of sets) {
      const bicubic = methods.find(({ method }: { method: string }) => method === 'bicubic');
      const points = fixedPoints[degradation as keyof typeof fixedPoints];
      expect(points.length).toBeGreaterThan(2);
      for (const { method, psnrY, lpips } of points) {
        const found = methods.find((each: { method: string }) => each.method === method);
        const place = placeOf(found, bicubic);
        expect(psnrY, `${degradation}: ${method}`).toBeCloseTo(place.psnrY, 4);
        expect(lpips, `${degradation}: ${method}`).toBeCloseTo(place.lpips, 4);
      }
    }
  });
});

describe('the spectrum', () => {
  const wave = (cycles: number, side = 32) =>
    Float64Array.from(
      { length: side * side },
      (_, i) => 0.5 + 0.4 * Math.sin((2 * Math.PI * cycles * (i % side)) / side),
    );

  it('has its peak at the cycles of a wave, whatever its direction', () => {
    const across = radialPower(wave(5));
    expect(across).toHaveLength(16);
    expect(across.indexOf(Math.max(...across)) + 1).toBe(5);
    const turned = wave(5).map((_, i, all) => all[(i % 32) * 32 + Math.floor(i / 32)] ?? 0);
    radialPower(turned).forEach((power, i) => {
      expect(power).toBeCloseTo(across[i] ?? 0, 12);
    });
  });

  it('is that of the sums that define the transform', () => {
    const side = 8;
    const luma = Float64Array.from({ length: side * side }, (_, i) => Math.sin(i * i) / 2 + 0.5);
    const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
    const hann = (i: number) => Math.sin((Math.PI * (i + 0.5)) / side) ** 2;
    const [power, counts] = [new Float64Array(5), new Float64Array(5)];
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) {
        let [re, im] = [0, 0];
        luma.forEach((value, i) => {
          const [y, x] = [Math.floor(i / side), i % side];
          const windowed = (value - mean) * hann(y) * hann(x);
          re += windowed * Math.cos((2 * Math.PI * (u * x + v * y)) / side);
          im -= windowed * Math.sin((2 * Math.PI * (u * x + v * y)) / side);
        });
        const radius = Math.round(Math.hypot(Math.min(u, side - u), Math.min(v, side - v)));
        if (radius > 4) continue;
        power[radius] = (power[radius] ?? 0) + (re ** 2 + im ** 2) / luma.length;
        counts[radius] = (counts[radius] ?? 0) + 1;
      }
    }
    const found = radialPower(luma);
    for (let radius = 1; radius <= 4; radius++)
      expect(found[radius - 1]).toBeCloseTo((power[radius] ?? 0) / (counts[radius] ?? 1), 10);
  });

  it('falls where fine detail is missing', () => {
    const [sharp, soft] = [radialPower(wave(12)), radialPower(wave(12).map((value) => 0.5 + (value - 0.5) / 10))];
    const [full, less] = [meanDecibels([sharp]), meanDecibels([soft])];
    expect((full[11] ?? 0) - (less[11] ?? 0)).toBeCloseTo(20, 3);
    expect(meanDecibels([])).toEqual([]);
  });

  it('takes the luma of the middle square', () => {
    const [width, height] = [40, 20];
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
      Math.floor(i / 4) % width === 12 ? 255 : 0,
    );
    const luma = middleLuma(data, width, height);
    expect(luma).toHaveLength(16 * 16);
    expect([luma[0], luma[1]]).toEqual([1, 0]);
  });
});
