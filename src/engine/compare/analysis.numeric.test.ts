/** The teacher's steps and its samplings, of networks whose tiles have context; and a session's analysis. */
import { afterAll, describe, expect, it } from 'vitest';
import { backend, file, lowOf, pixelsOf, session, truth } from '../../../tests/support/compare-session.ts';
import { directoryModelSource } from '../../../tests/support/node.ts';
import { noiseImage, noiseRgba } from '../../../tests/support/test-images.ts';
import { modelOf } from '../../../tests/support/tiny-model.ts';
import { floatToRgba8, type Rgba8 } from '../../imaging/image.ts';
import { resize } from '../../imaging/resize.ts';
import { presets } from '../../presets/presets.ts';
import { defaultOptions, type EngineReady } from '../../protocol/upscale.ts';
import type { CompareMethod, ComputedMethod } from '../../report/methods.ts';
import { openMethod } from '../evaluation/methods.ts';
import type { GpuLease, RunExclusive } from '../runtime/gpu-scheduler.ts';
import { Files } from '../storage/files.ts';
import { chainAt } from './analysis.ts';
import { methodSettingsOf } from './run-methods.ts';

// Student and teacher have the same values.
const { source } = await modelOf(presets.tiny, ['ours'], true);
afterAll(() => backend.dispose());
const lease: GpuLease = {
  backend,
  models: source,
  options: { ...defaultOptions, tile: 16, seed: 5 },
  ready: { preset: 'compact' } as EngineReady,
  yieldTurn: async () => {},
};
const lr = noiseRgba(13, 9, 2);
for (let i = 3; i < lr.data.length; i += 4) lr.data[i] = 255;

async function picture(name: ComputedMethod): Promise<Rgba8> {
  const method = await openMethod(name, backend, source, methodSettingsOf(lease));
  return method.run({ name: 'lr', lr, truth: null }).finally(() => method.dispose());
}

it('the sampler’s trajectory ends with the picture that the method makes', async () => {
  const { rect, steps } = await chainAt({ x: 6, y: 4 }, { lr, truth: null }, lease, new AbortController().signal);
  expect(rect).toEqual({ x: 0, y: 0, width: 13, height: 9 });
  expect(steps.map(({ t }) => t)).toEqual(Array.from({ length: 15 }, (_, i) => 15 - i));
  expect(steps.at(-1)?.pixels).toEqual(await picture('resshift'));
});

it('the teacher in one step is a student of its values, and its samplings differ', async () => {
  expect(await picture('resshift@1')).toEqual(await picture('ours'));
  expect(await picture('resshift@15')).toEqual(await picture('resshift'));
  const samplings = ['resshift', 'resshift-det', 'resshift@4', 'resshift@1'] as const;
  const pictures = [];
  for (const name of samplings) pictures.push((await picture(name)).data.join());
  expect(new Set(pictures).size).toBe(samplings.length);
});

it('a count of steps that the schedule has not is refused in a sentence', async () => {
  await expect(picture('resshift@16')).rejects.toThrow(
    'The teacher has 15 steps: it can be sampled in 1 to 15, not in 16.',
  );
});

describe('a session’s analysis', () => {
  it('shows the teacher’s chain, which ends at its picture', async () => {
    const { say, of, pictures } = session();
    const small = floatToRgba8(resize(noiseImage(8, 8, 3, 6), 64, 64, 'bicubic'));
    const degradation = { name: 'bicubic', seed: 0 } as const;
    await say({ type: 'compare-add', files: [await file('owl.png', small)], degradation });
    await say({ type: 'compare-chain', at: { x: 8, y: 8 } });
    const [chain] = of('compare-chained');
    expect(chain?.steps.map(({ t }) => t)).toEqual(Array.from({ length: 15 }, (_, i) => 15 - i));
    expect(chain?.rect).toEqual({ x: 0, y: 0, width: 16, height: 16 });
    const last = pixelsOf(chain?.steps.at(-1)?.bitmap as ImageBitmap);
    expect(chain?.steps.at(-1)?.psnrY).toBeGreaterThan(0);
    expect([last.width, last.height]).toEqual([64, 64]);
    expect(pictures().get('truth')).toEqual(small);
  });

  it('sweeps seeds: a row each, and no variance where nothing is drawn', async () => {
    const { say, of, now } = session();
    await say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await say({ type: 'compare-sweep', method: 'ours', count: 3 });
    expect(now().fault).toBeNull();
    const [event] = of('compare-swept');
    expect(event?.sweep.rows.map(({ seed }) => seed)).toEqual([42, 43, 44]);
    expect(event?.sweep.mean).toBeGreaterThan(0);
    expect(event?.sweep.full).toBeGreaterThanOrEqual(event?.sweep.mean as number);
  });

  it('asks the discriminators: D_H of results and the truth, D_L of the LR picture', async () => {
    const shipped: RunExclusive = (work, signal) =>
      work({ ...lease, models: directoryModelSource('public/models/compact') }, signal);
    const { say, of, now } = session(undefined, shipped);
    const degradation = { name: 'bicubic', seed: 0 } as const;
    await say({ type: 'compare-add', files: [await file('owl.png', truth)], degradation });
    await say({ type: 'compare-critic', layers: ['lr', 'truth', 'bicubic'] });
    expect(now().fault).toBeNull();
    const [event] = of('compare-judged');
    // There is no bicubic result yet. D_H's finest head has half the sides, the pixel branch's; D_L's has its picture's half.
    expect(event?.judgements.map(({ layer }) => layer)).toEqual(['truth', 'lr']);
    const sizes = event?.judgements.map(({ bitmap }) => [pixelsOf(bitmap).width, pixelsOf(bitmap).height]);
    expect(sizes?.[0]).toEqual([48, 32]);
    for (const { mean } of event?.judgements ?? []) expect(Number.isFinite(mean)).toBe(true);
    expect(event?.judgements[0]?.mean).not.toBe(event?.judgements[1]?.mean);
  });

  it('says that weights without discriminators have no critic', async () => {
    const { say, now } = session();
    await say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await say({ type: 'compare-critic', layers: ['lr'] });
    expect(now().fault).toMatch(/weights have no discriminator-lr/);
  });

  it('measures where two pictures differ', async () => {
    const { say, of } = session();
    await say({
      type: 'compare-add',
      files: [await file('owl.png', truth)],
      degradation: { name: 'bicubic', seed: 0 },
    });
    await say({ type: 'compare-difference', of: 'truth', from: 'truth', full: 32 });
    await say({ type: 'compare-difference', of: 'lr', from: 'truth', full: 32 });
    await say({ type: 'compare-difference', of: 'lr', from: 'truth', full: 'flip' });
    const [same, other, seen] = of('compare-differs');
    expect(same).toMatchObject({ mean: 0, most: 0 });
    expect(other?.mean).toBeGreaterThan(0);
    expect(pixelsOf(other?.bitmap as ImageBitmap)).toMatchObject({ width: 96, height: 64 });
    // FLIP's scale ends at 1.
    expect(seen).toMatchObject({ full: 'flip' });
    expect(seen?.mean).toBeGreaterThan(0);
    expect(seen?.most).toBeLessThanOrEqual(1);
  });

  it('blends l2 and ours without running either, and measures the blend against the truth', async () => {
    const { say, now, pictures, of } = session();
    await say({ type: 'compare-open' });
    await say({ type: 'compare-blend', detail: 50 });
    expect(of('compare-blended')).toMatchObject([{ detail: 50, scores: null }]);
    const files = [await file('owl_lr.png', lowOf(truth)), await file('owl_hr.png', truth)];
    await say({ type: 'compare-add', files, degradation: null });
    await say({ type: 'compare-choose', methods: ['l2', 'ours'], revision: 1 });
    await say({ type: 'compare-run', all: false });
    const psnrY = (method: CompareMethod) => now().results.find((result) => result.method === method)?.scores?.psnrY;
    const ends = new Map([
      [0, 'l2'],
      [100, 'ours'],
    ] as const);
    for (const [detail, method] of ends) {
      await say({ type: 'compare-blend', detail });
      expect(pictures().get('blend')).toEqual(pictures().get(method));
      expect(of('compare-blended').at(-1)?.scores?.psnrY).toBeCloseTo(psnrY(method) as number, 9);
    }
    const runs = of('compare-work').length;
    await say({ type: 'compare-blend', detail: 40 });
    await say({ type: 'compare-difference', of: 'blend', from: 'l2', full: 32 });
    expect(of('compare-work')).toHaveLength(runs);
    const differences = of('compare-differs');
    await say({ type: 'compare-difference', of: 'ours', from: 'l2', full: 32 });
    expect(differences.at(-1)?.mean).toBeCloseTo(0.4 * (of('compare-differs').at(-1)?.mean as number), 0);
  });

  it('answers a dial whose pictures can’t be read', async () => {
    const files = new Files();
    const { say, now, of } = session(files);
    await say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await say({ type: 'compare-choose', methods: ['l2', 'ours'], revision: 1 });
    await say({ type: 'compare-run', all: false });
    await files.write(`compare/inputs/${now().selected}/l2`, new Blob(['no picture']));
    await expect(say({ type: 'compare-blend', detail: 50 })).rejects.toThrow('not an image');
    expect(of('compare-blended')).toMatchObject([{ detail: 50, scores: null }]);
  });
});
