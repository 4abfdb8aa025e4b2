/** The recorded run that ships: light, whole, and only there to be looked at. */
import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { panelNames } from '../src/paper/names.ts';
import { readRunBundle } from '../src/report/run-bundle.ts';
import { metricsColumns } from '../src/report/run-metrics.ts';

describe('the recorded run', async () => {
  const file = await openAsBlob('public/recordings/demo.zip');
  const { rows, frames, checkpoints, environment, preset } = await readRunBundle(file);

  it('is light enough for a first look', () => {
    expect(file.size).toBeLessThan(4 * 2 ** 20);
    expect(checkpoints).toEqual([]);
  });

  it('has rows without a gap, pictures all along, and says what it was made on', () => {
    const steps = [...rows.each()].map((row) => row[0]);
    expect(steps).toEqual(Array.from({ length: steps.length }, (_, step) => step));
    expect(steps.length).toBeGreaterThanOrEqual(100);
    expect(frames[0]?.frame.step).toBe(0);
    const gaps = frames.slice(1).map(({ frame }, i) => frame.step - (frames[i]?.frame.step ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(steps.length / 50);
    const shown = frames.map(({ frame }) => frame.places.map(({ name }) => name));
    // The crop that stays the same is there in all of them, or in none.
    const hasFixed = shown[0]?.includes('fixedNow');
    const wanted = panelNames.filter((name) => hasFixed || !name.startsWith('fixed'));
    for (const names of shown) expect([...names].sort()).toEqual([...wanted].sort());
    expect(rows.last('heldOut.psnrY', steps.length).length).toBeGreaterThan(5);
    expect(environment).toMatchObject({
      backend: expect.stringMatching(/wasm|webgpu/),
      host: expect.stringMatching(/./),
    });
    expect(preset).toBe('compact');
  });

  it('passes bicubic on pictures that its student has not seen', () => {
    const ended = (column: 'psnrY' | 'bicubicPsnrY' | 'lpips' | 'bicubicLpips') =>
      rows.last(`heldOut.${column}`, Number.POSITIVE_INFINITY).at(-1);
    expect(ended('psnrY')).toBeGreaterThan(ended('bicubicPsnrY') ?? Number.NaN);
    expect(ended('lpips')).toBeLessThan(ended('bicubicLpips') ?? Number.NaN);
  });

  it('shows the student learning: its loss falls', () => {
    const losses = [...rows.each()].map((row) => row[metricsColumns.indexOf('losses.student')]);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-20))).toBeLessThan(0.8 * mean(losses.slice(0, 20)));
  });
});
