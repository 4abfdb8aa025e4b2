/** The results page says what its numbers say. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../src/presets/manifest.ts';
import type { EvaluationMethod } from '../src/report/methods.ts';
import { readAblation } from './results/ablation.ts';
import { readDiversity } from './results/diversity.ts';
import { contactSheets, resultsFigures, resultsPage } from './results/page.ts';
import {
  fingerprint,
  readResults,
  type StoredMethod,
  type StoredResults,
  weightsOf,
  writeResults,
} from './results/stored.ts';

const root = resolve(import.meta.dirname, '..');
const manifest = parseManifest(JSON.parse(readFileSync(join(root, 'public/models/compact/manifest.json'), 'utf8')));
const folder = mkdtempSync(join(tmpdir(), 'cosr-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two pictures, half a dB to both sides of the mean. */
function method(name: EvaluationMethod, psnrY: number, lpips: number): StoredMethod {
  const scores = { ssimY: 0.7, msSsim: 0.9, lpips, perceptual: {} };
  const images = [-0.5, 0.5].map((d, i) => ({
    name: `${i}.png`,
    psnrY: psnrY + d,
    ...scores,
    width: 8,
    height: 8,
    ms: 1,
  }));
  return { method: name, psnrY, ...scores, msPerMegapixel: 1234.4, adapter: 'Test GPU', fingerprint: name, images };
}

const measured = (...methods: StoredMethod[]): StoredResults => ({
  preset: 'compact',
  seed: 42,
  colourLock: 'wavelet',
  weights: weightsOf(manifest),
  sets: (['bicubic', 'realesrgan'] as const).map((degradation) => ({
    degradation,
    folder: 'tests/images/lr',
    methods,
  })),
  flat: [
    {
      method: 'ours',
      colours: 27,
      shift: 0.1234,
      largestShift: 0.5,
      pattern: 0.125,
      largestPattern: 0.25,
      largestPatternOf: [224, 32, 224],
      fingerprint: 'ours',
    },
  ],
});

const results = measured(
  method('bicubic', 24, 0.4),
  method('autoencoder', 30, 0.1),
  method('sinsr', 24.3, 0.3),
  method('ours', 24.2, 0.2),
);

const none = { ablation: null, variants: null, usefulness: null, diversity: null };

describe('the results page', () => {
  const page = resultsPage(results, none, []);

  it('marks best and second among the methods that see the LR picture alone', () => {
    expect(page).toContain('| autoencoder of HR | 30.00 | 0.7000');
    expect(page).toContain('| SinSR | **24.30** |');
    expect(page).toContain('| ours | _24.20_ |');
    expect(page).toMatch(/\| ours .*\| \*\*0\.2000\*\* \| 103\.5 \|/);
    expect(page).toContain('Test GPU');
  });

  it('has the arithmetic of each method: its own steps, or that of a public network', () => {
    const teacher = (name: EvaluationMethod) => ({ ...method(name, 24, 0.2), steps: 15 });
    const rows = measured(
      method('bicubic', 24, 0.4),
      method('autoencoder', 30, 0.1),
      { ...method('onnx:folder/theirs.onnx', 24, 0.2), gmac: 1120.43 },
      teacher('resshift@2'),
      teacher('resshift'),
      method('ours', 24, 0.2),
    );
    const lines = resultsPage(rows, none, []).split('\n');
    const cellOf = (title: string) => {
      const text = lines
        .find((line) => line.startsWith(`| ${title} |`))
        ?.split('|')
        .at(-2)
        ?.trim();
      return text === '—' ? null : Number(text?.replace(',', ''));
    };
    expect(cellOf('bicubic')).toBeNull();
    expect(cellOf('theirs.onnx')).toBe(1120.4);
    const [twice, ours, around] = ['teacher (ResShift, 2 of 15 steps)', 'ours', 'autoencoder of HR'].map(cellOf);
    const unet = Number(ours) - Number(around);
    expect(twice).toBeCloseTo(Number(around) + 2 * unet, 0);
    expect(cellOf('teacher (ResShift, 15 steps)')).toBeCloseTo(Number(around) + 15 * unet, -1);
  });

  it('says where the order of the paper does not hold', () => {
    expect(page).toContain('| ours before SinSR, PSNR-Y (Tables I and II) | **no**, −0.10 dB [−0.10, −0.10] |');
    expect(page).toContain('| ours before SinSR, LPIPS (Table I) | yes, −0.1000 [−0.1000, −0.1000] |');
    expect(page).toContain('Reversed here:\n\n- ours before SinSR, PSNR-Y: everywhere.');
    expect(page).not.toContain('- ours before SinSR, LPIPS');
    expect(page).toContain('| ours before bicubic, PSNR-Y | yes, +0.20 dB [0.20, 0.20] |');
  });

  it('has the flat colours of those that were asked', () => {
    expect(page).toContain('| ours | 0.12 | 0.50 | 0.13 | 0.25 | 224, 32, 224 |');
    expect(resultsPage({ ...results, flat: [] }, none, [])).not.toContain('Flat colours');
  });

  it('says when there is nothing to compare', () => {
    const without = resultsPage(measured(method('bicubic', 24, 0.4), method('sinsr', 24.3, 0.3)), none, []);
    expect(without).toContain('hold no co-trained student');
    expect(without).not.toContain('Ablation');
  });

  it('compares the two G’s only where their students were trained under the same losses', () => {
    const withNiqe = (of: StoredMethod, niqe: number): StoredMethod => ({
      ...of,
      niqe,
      images: of.images.map((image) => ({ ...image, niqe })),
    });
    const trained = (losses: string): StoredResults => {
      const of = measured(withNiqe(method('ours', 24.2, 0.2), 5), withNiqe(method('ours-conv', 24.1, 0.3), 6));
      const files = ['ours', 'ours-conv'].map((name) => ({
        name: `${name}.safetensors`,
        parameters: 1,
        training: { losses: name === 'ours' ? 'one' : losses },
      }));
      return { ...of, weights: { ...of.weights, files } };
    };
    const claim = 'ours before ours (conv G), NIQE';
    expect(resultsPage(trained('one'), none, [])).toContain(claim);
    const other = resultsPage(trained('another'), none, []);
    expect(other).not.toContain(claim);
    expect(other).toContain('The two G’s are not compared');
  });

  it('has variants and usefulness where the trainer wrote them', async () => {
    const run = (row: string, kind: string, psnr_y: number) => ({
      row,
      seed: 1,
      updates: 3000,
      metrics: { [kind]: { psnr_y } },
      each: { [kind]: { psnr_y: [psnr_y - 0.1, psnr_y + 0.1] } },
    });
    const written = async (name: string, ...runs: unknown[]) => {
      writeFileSync(join(folder, name), JSON.stringify({ runs }));
      return readAblation(join(folder, name));
    };
    const variants = await written('variants.json', run('ours', 'bicubic', 25), run('SinSR', 'bicubic', 24));
    const usefulness = await written('usefulness.json', run('G', 'unseen', 20), run('bicubic', 'unseen', 20.5));
    const withRows = resultsPage(results, { ...none, variants, usefulness }, []);
    expect(withRows).toContain('## Parts of the objective');
    expect(withRows).toContain('| ours in place of SinSR (ours against SinSR) | 1 | yes, +1.00 dB [1.00, 1.00] |');
    expect(withRows).toContain('### A degradation that none has seen');
    expect(withRows).toContain('(G against bicubic) | 1 | **no**, −0.50 dB');
    writeFileSync(join(folder, 'variants.json'), '{}');
    await expect(readAblation(join(folder, 'variants.json'))).rejects.toThrow('`python -m trainer variants` writes');
  });

  it('has the ablation where the trainer wrote one', async () => {
    const path = join(folder, 'ablation.json');
    const run = (row: string, seed: number, psnr_y: number) => ({
      row,
      seed,
      updates: 200,
      metrics: { 'realesrgan-test': { psnr_y, ssim_y: 0.6 } },
      each: { 'realesrgan-test': { psnr_y: [psnr_y - 1, psnr_y + 1], ssim_y: [0.6, 0.6] } },
    });
    const runs = [run('+LR', 1, 24), run('+LR', 2, 24.2), run('distill', 1, 23.9), run('distill', 2, 24)];
    writeFileSync(path, JSON.stringify({ teacher_steps: 2400, runs }));
    const withRows = resultsPage(results, { ...none, ablation: await readAblation(path) }, []);
    expect(withRows).toContain('| +LR | 2 | 24.10 ± 0.10 | 0.6000 ± 0.0000 | .6887 / 61.61');
    expect(withRows.indexOf('| distill | 2 |')).toBeLessThan(withRows.indexOf('| +LR | 2 |'));
    expect(withRows).toContain('| L_L^G (+LR against distill) | 2 | yes, +0.15 dB [0.10, 0.20] | not shown, +0.0000');
    expect(await readAblation(join(folder, 'none.json'))).toBeNull();
    writeFileSync(path, '{"rows": []}');
    await expect(readAblation(path)).rejects.toThrow('not what');
  });

  it('has G beside the degradation where the trainer measured it', async () => {
    const path = join(folder, 'diversity.json');
    const figures = { std: 0.43, low: 0.2, middle: 0.3, high: 0.5, rms: 4, blur: 0.2, noise: 4.5, blockiness: 1.01 };
    const content = { kind: 'realesrgan-test', draws: 8, pictures: 64, rows: { 'ours, diffusion G': figures } };
    writeFileSync(path, JSON.stringify(content));
    const withG = resultsPage(results, { ...none, diversity: await readDiversity(path) }, []);
    expect(withG).toContain('| ours, diffusion G | 0.43 | 20 % | 30 % | 50 % | 4.00 | 0.20 | 4.50 | 1.010 |');
    writeFileSync(path, '{"rows": {"ours": {}}}');
    await expect(readDiversity(path)).rejects.toThrow('not what');
    expect(await readDiversity(join(folder, 'none.json'))).toBeNull();
  });

  it('draws the planes of the set that it shows', () => {
    const shown = {
      ...results,
      sets: results.sets.map((set) => ({ ...set, degradation: 'realesrgan-test' as const })),
    };
    const figures = resultsFigures(shown, none);
    expect(figures.map(({ file }) => file)).toEqual(['plane-lpips.svg']);
    expect(figures[0]?.svg).toContain('>ours</text>');
    expect(resultsPage(shown, none, [])).toContain('](plane-lpips.svg)');
    expect(page).not.toContain('Perception and distortion');
    const run = (row: string, psnr_y: number, lpips_alex: number) => ({
      row,
      seed: 1,
      updates: 240,
      metrics: { 'realesrgan-test': { psnr_y, lpips_alex } },
    });
    const ablation = { runs: [run('distill', 25, 0.38)] };
    const variants = { runs: [run('ours', 24.8, 0.37), run('ours, twice L_H^G', 24.6, 0.36), run('SinSR', 24, 0.42)] };
    const students = resultsFigures(shown, { ...none, ablation, variants }).find(({ file }) =>
      file.includes('students'),
    );
    const labels = [...(students?.svg.matchAll(/fill="#1556b8">([^<]*)</g) ?? [])].map(([, label]) => label);
    expect(labels.sort()).toEqual(['SinSR', 'ours', 'λ_H 2×', 'λ_H, λ_L 0']);
    expect(students?.svg).toContain('>ours as shipped</text>');
  });

  it('in docs is the one that its numbers make: `npm run results -- --page`', async () => {
    const kept = await readResults(join(root, 'docs/results.json'));
    if (!kept) throw new Error('docs/results.json is missing');
    const trainer = {
      ablation: await readAblation(join(root, 'docs/ablation.json')),
      variants: await readAblation(join(root, 'docs/variants.json')),
      usefulness: await readAblation(join(root, 'docs/usefulness.json')),
      diversity: await readDiversity(join(root, 'docs/diversity.json')),
    };
    const sheets = Object.keys(contactSheets).filter((name) => existsSync(join(root, 'docs', name)));
    const page = readFileSync(join(root, 'docs/results.md'), 'utf8');
    expect(page).toBe(resultsPage(kept, trainer, sheets));
    for (const { file, svg } of resultsFigures(kept, trainer))
      expect(readFileSync(join(root, 'docs', file), 'utf8')).toBe(svg);
  });
});

describe('results.json', () => {
  it('reads back what was written, a line a picture', async () => {
    const path = join(folder, 'results.json');
    await writeResults(path, results);
    expect(await readResults(path)).toEqual(results);
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes('.png')).length,
    ).toBe(16);
    expect(await readResults(join(folder, 'none.json'))).toBeNull();
  });

  it('knows what a method’s numbers follow from', () => {
    const settings = { seed: 1, colourLock: 'off' } as const;
    const print = (name: EvaluationMethod, change: object = {}) =>
      fingerprint(name, manifest, 'pictures', { ...settings, ...change });
    expect(print('sinsr')).toBe(print('sinsr'));
    expect(print('sinsr', { seed: 2 })).not.toBe(print('sinsr'));
    expect(print('bicubic', { seed: 2 })).toBe(print('bicubic'));
    expect(fingerprint('bicubic', manifest, 'others', settings)).not.toBe(print('bicubic'));
    const files = manifest.files.map((file) => (file.role === 'teacher' ? { ...file, sha256: 'f'.repeat(64) } : file));
    expect(fingerprint('resshift', { ...manifest, files }, 'pictures', settings)).not.toBe(print('resshift'));
    expect(fingerprint('sinsr', { ...manifest, files }, 'pictures', settings)).toBe(print('sinsr'));
  });
});
