/** `npm run evaluate` as a user meets it; the networks themselves are tested elsewhere. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { Rgba8 } from '../src/imaging/image.ts';
import { root, runTool } from '../tests/support/command-line.ts';
import { metricFile } from '../tests/support/metric-file.ts';
import { degradedSet, pairedSet } from './evaluate/pictures.ts';
import { readImage } from './image-file.ts';

const images = join(root, 'tests/images');
const folder = mkdtempSync(join(tmpdir(), 'cosr-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const evaluate = (...args: string[]) => runTool('evaluate', '--backend', 'wasm', ...args);

const names = readdirSync(join(images, 'hr')).slice(0, 2);
const two = join(folder, 'hr');
mkdirSync(two);
for (const name of names) await copyFile(join(images, 'hr', name), join(two, name));

const plain = (width: number, height: number, path: string) =>
  sharp({ create: { width, height, channels: 3, background: '#6a5' } }).toFile(path);

describe('npm run evaluate', () => {
  it('prints a table and writes the rows, the outputs and the sheet', async () => {
    const at = (name: string) => join(folder, name);
    const [json, out, sheet, csv, markdown, latex] = ['rows.json', 'out', 'sheet.png', 't.csv', 't.md', 't.tex'].map(
      at,
    ) as string[] as [string, string, string, string, string, string];
    for (const [name, kind] of [
      ['mse.onnx', 'distance'],
      ['fid.onnx', 'features'],
    ] as const)
      writeFileSync(at(name), Buffer.from(await metricFile({ kind }).arrayBuffer()));
    // Weights from elsewhere: the metric's own stay the project's.
    const models = join(folder, 'models');
    mkdirSync(join(models, 'compact'), { recursive: true });
    await copyFile(join(root, 'public/models/compact/manifest.json'), join(models, 'compact/manifest.json'));
    const args = ['--hr', two, '--lr', join(images, 'lr'), '--methods', 'bicubic,lanczos', '--models', models];
    const { status, stdout, stderr } = evaluate(
      ...[...args, '--json', json, '--out', out, '--sheet', sheet],
      ...['--csv', csv, '--markdown', markdown, '--latex', latex],
      ...['--metric', `MSE=${at('mse.onnx')}`, '--metric', `FID=${at('fid.onnx')}`],
    );
    expect([status, stderr]).toEqual([0, expect.stringContaining('29 pictures are in one of the folders only')]);
    expect(stdout).toMatch(
      /method +PSNR-Y +SSIM-Y +MS-SSIM +LPIPS +MSE +NIQE +FID +ms\/MP\nbicubic +\d\d\.\d{3} +0\.\d{4}/,
    );
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(Object.keys(report)).toEqual(['adapter', 'preset', 'methods']);
    const [bicubic] = report.methods;
    expect(bicubic).toMatchObject({ method: 'bicubic', images: names.map((name) => ({ name })) });
    expect(bicubic.psnrY).toBeCloseTo((bicubic.images[0].psnrY + bicubic.images[1].psnrY) / 2, 9);
    expect(Object.keys(bicubic.perceptual)).toEqual(['MSE']);
    expect(bicubic.lpips).toBeCloseTo((bicubic.images[0].lpips + bicubic.images[1].lpips) / 2, 9);
    expect(bicubic.niqe).toBeCloseTo((bicubic.images[0].niqe + bicubic.images[1].niqe) / 2, 9);
    expect(bicubic.frechet.FID).toBeGreaterThan(0);
    // 255² over the mean squared error of all channels is close to PSNR of luma.
    expect(bicubic.perceptual.MSE).toBeCloseTo(10 ** (-bicubic.psnrY / 10), 1);
    expect(readFileSync(csv, 'utf8').split('\r\n')).toHaveLength(2 * 4 + 2);
    expect(readFileSync(markdown, 'utf8')).toMatch(/^\| {2}\| PSNR-Y ↑/);
    expect(readFileSync(latex, 'utf8')).toMatch(/^\\begin\{tabular\}/);
    expect(readdirSync(join(out, 'lanczos'))).toEqual(names);
    // LR, two methods and the truth, in two rows.
    const { width, height } = await sharp(sheet).metadata();
    expect([width, height]).toEqual([4 * 264 + 8, 34 + 2 * 264]);
  });

  it('measures the good pictures of a set, names the bad one, and goes on from its rows', async () => {
    const [hr, lr, csv] = ['bad-hr', 'bad-lr', 'bad.csv'].map((name) => join(folder, name)) as [string, string, string];
    for (const path of [hr, lr]) mkdirSync(path);
    const both = async (name: string, side: number, fill: string) => {
      const image = (size: number) =>
        sharp({ create: { width: size, height: size, channels: 3, background: fill } })
          .png()
          .toBuffer();
      writeFileSync(join(hr, name), await image(side));
      writeFileSync(join(lr, name), await image(side / 4));
    };
    await both('a.png', 64, '#6a5');
    await both('damaged.png', 64, '#345');
    await both('tiny.png', 8, '#a50');
    const whole = readFileSync(join(lr, 'damaged.png'));
    writeFileSync(join(lr, 'damaged.png'), whole.subarray(0, 50));
    // macOS leaves such files on disks of other systems.
    for (const path of [hr, lr]) writeFileSync(join(path, '._a.png'), 'Mac OS X        ');
    const run = () => evaluate('--hr', hr, '--lr', lr, '--methods', 'nearest,bicubic', '--csv', csv);
    const first = run();
    expect([first.status, first.stderr]).toEqual([1, expect.stringContaining(join(lr, 'damaged.png'))]);
    expect(first.stdout).toContain('3 pictures');
    // The bad picture is no reason of a metric's.
    expect(first.stdout).toContain('SSIM-Y of 1 of 2 pictures: it takes 11 px a side.');
    expect(first.stdout).toContain('NIQE of 0 of 2 pictures: it takes two patches of 96 × 96 px that are not flat.');
    const rows = () => readFileSync(csv, 'utf8').split('\r\n');
    const columns = rows()[0]?.split(',') ?? [];
    const cell = (row: string | undefined, title: string) => row?.split(',')[columns.indexOf(title)];
    const [, a, damaged, tiny] = rows();
    expect(['PSNR-Y', 'SSIM-Y', 'NIQE'].map((title) => cell(a, title))).toEqual(['Infinity', '1', '']);
    expect(['PSNR-Y', 'SSIM-Y', 'NIQE'].map((title) => cell(tiny, title))).toEqual(['Infinity', '', '']);
    expect(damaged).toMatch(/^nearest,damaged\.png,+$/);
    // Four rows wait for a run that has the picture, with half a row behind them that a crash would leave.
    const kept = `${csv}.rows.jsonl`;
    expect(readFileSync(kept, 'utf8').split('\n')).toHaveLength(5);
    writeFileSync(kept, readFileSync(kept, 'utf8').concat('{"key":"half'));
    writeFileSync(join(lr, 'damaged.png'), whole);
    const second = run();
    expect([second.status, second.stderr]).toEqual([0, expect.stringContaining('the last line is cut off')]);
    expect([rows()[1], rows()[3]]).toEqual([a, tiny]);
    expect(cell(rows()[2], 'PSNR-Y')).toBe('Infinity');
    expect(readdirSync(folder)).not.toContain('bad.csv.rows.jsonl');
  });

  it('never writes over a picture that it reads, and says so before it measures', async () => {
    const [hr, out] = [join(folder, 'kept-hr'), join(folder, 'kept-out')];
    for (const path of [hr, out]) mkdirSync(path);
    await plain(32, 32, join(hr, 'a.png'));
    symlinkSync(hr, join(out, 'bicubic'));
    const before = readFileSync(join(hr, 'a.png'));
    const args = ['--hr', hr, '--degrade', 'bicubic', '--methods', 'bicubic'];
    for (const written of [
      ['--sheet', join(hr, 'a.png')],
      ['--json', join(out, 'bicubic', 'a.png')],
      ['--out', out],
    ]) {
      const { status, stdout, stderr } = evaluate(...args, ...written);
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(/a\.png, and would overwrite it/)]);
    }
    expect(readFileSync(join(hr, 'a.png')).equals(before)).toBe(true);
    expect(readdirSync(hr)).toEqual(['a.png']);
  });

  it('gives outputs, times and a no-reference score for LR pictures alone', () => {
    const out = join(folder, 'alone');
    const { status, stdout } = evaluate('--lr', two, '--methods', 'nearest', '--out', out);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/method +NIQE +ms\/MP\nnearest +\d+\.\d{3} +\d+\n/)]);
    expect(readdirSync(join(out, 'nearest'))).toEqual(names);
  });

  it('scores finished outputs as its own, and names those that are missing, wrong or of no picture', async () => {
    const [hr, out, csv] = ['finished-hr', 'finished', 'finished.csv'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(hr);
    // The least that all metrics take: MS-SSIM 161 px a side, NIQE two patches of 96 px.
    for (const name of names)
      await sharp(join(two, name)).extract({ left: 32, top: 32, width: 192, height: 192 }).toFile(join(hr, name));
    const args = ['--hr', hr, '--degrade', 'bicubic', '--methods', 'bicubic'];
    expect(evaluate(...args, '--out', out).status).toBe(0);
    const theirs = join(out, 'bicubic');
    const run = () => evaluate(...args, '--result', `theirs, ×4=${theirs}`, '--csv', csv);
    const { status, stdout } = run();
    expect([status, stdout]).toEqual([0, expect.stringMatching(/\ntheirs, ×4 /)]);
    const rows = () => readFileSync(csv, 'utf8').split('\r\n');
    const heads = rows()[0]?.split(',') ?? [];
    const untimed = (row = '') =>
      row
        .replace('"theirs, ×4"', 'bicubic')
        .split(',')
        .filter((_, i) => !heads[i]?.startsWith('ms'));
    const [, ...all] = rows();
    expect(all.slice(4, 8).map(untimed)).toEqual(all.slice(0, 4).map(untimed));
    expect(all[4]?.split(',').at(-1)).toBe('');

    rmSync(join(theirs, names[0] as string));
    await plain(100, 100, join(theirs, 'other.png'));
    const less = run();
    expect([less.status, less.stderr]).toEqual([1, expect.stringContaining(`has no output for ${names[0]}`)]);
    expect(less.stderr).toContain('of no picture of the set: other.png.');
    expect(rows()[6]).toBe(all[5]);
    await plain(100, 100, join(theirs, names[0] as string));
    expect(run().stderr).toContain(`${names[0]}: The output is 100 × 100 px; ×4 of the LR picture is 192 × 192 px.`);
    writeFileSync(join(theirs, names[0] as string), readFileSync(join(two, names[0] as string)).subarray(0, 200));
    const damaged = run();
    expect([damaged.status, damaged.stderr]).toEqual([1, expect.stringContaining(join(theirs, names[0] as string))]);
    expect(rows()[6]).toBe(all[5]);
  });

  it('runs networks under several noise seeds, and keeps every one’s rows', async () => {
    const [hr, json] = [join(folder, 'seeds-hr'), join(folder, 'seeds.json')];
    mkdirSync(hr);
    await sharp(join(two, names[0] as string))
      .extract({ left: 0, top: 0, width: 64, height: 64 })
      .toFile(join(hr, 'a.png'));
    const args = [
      '--hr',
      hr,
      '--degrade',
      'bicubic',
      '--methods',
      'bicubic,sinsr',
      '--tile',
      '16',
      '--seeds',
      '1,2',
      '--json',
      json,
    ];
    const { status, stdout, stderr } = evaluate(...args);
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(stdout).toMatch(/\nsinsr, over 2 noise seeds: PSNR-Y \d\d\.\d\d … \d\d\.\d\d/);
    const [bicubic, sinsr] = JSON.parse(readFileSync(json, 'utf8')).methods;
    expect(bicubic.seeds).toBeUndefined();
    expect(sinsr.seeds.map(({ seed }: { seed: number }) => seed)).toEqual([2]);
    expect(sinsr.seeds[0].images[0].psnrY).not.toBe(sinsr.psnrY);
    expect(Math.abs(sinsr.seeds[0].images[0].psnrY - sinsr.psnrY)).toBeLessThan(2);
    expect(readdirSync(folder).filter((name) => name.startsWith('seeds.json.'))).toEqual([]);
  });

  it.each([
    [['--lr', two, '--methods', 'bicubic', '--seeds', '1,1'], /names a seed twice/],
    [[], /Usage/],
    [['--hr', two], /--lr, or have them made with --degrade/],
    [['--hr', two, '--lr', two, '--degrade', 'bicubic'], /does not go with --lr/],
    [['--lr', two, '--methods', 'autoencoder'], /needs the HR pictures/],
    [['--lr', two, '--methods', 'bicubic', '--preset', 'paper'], /no weights for this preset/],
    [['--lr', two, '--methods', 'bicubic', '--metric', 'lpips.onnx'], /NAME=FILE.onnx/],
    [['--lr', two, '--methods', 'bicubic', '--metric', 'A=a.onnx', '--metric', 'A=b.onnx'], /Two metrics are called A/],
    [['--lr', two, '--methods', 'bicubic', '--metric', 'A=package.json'], /^package.json: The file is no ONNX model/],
    [['--lr', two, '--methods', 'bicubic', '--result', 'DIR'], /--result takes NAME=DIR/],
    [['--lr', two, '--methods', 'bicubic', '--result', `bicubic=${two}`], /Two methods are called bicubic/],
    [
      ['--lr', two, '--methods', 'bicubic', '--result', `A=${join(images, 'signs')}`],
      /no file has the name of a picture/,
    ],
    [['--lr', 'nowhere', '--methods', 'bicubic'], /no such folder/],
    [['--lr', two, '--methods', 'esrgan-huge'], /must be one of .*esrgan-slim.*onnx:FILE/],
    [['--lr', two, '--methods', 'bicubic,onnx:nowhere.onnx'], /^nowhere.onnx: there is no such file/],
    [['--lr', two, '--methods', 'bicubic,onnx:package.json'], /^package.json: The file is no ONNX model but JSON/],
  ])('%j gets one clear line', (args, message) => {
    const { status, stderr } = evaluate(...args);
    expect([status === 0, stderr]).toEqual([false, expect.stringMatching(message)]);
  });
});

describe('sets', () => {
  it('pair whatever ends differently, cut benchmark pictures, and refuse wrong pairs', async () => {
    const [hr, lr] = [join(folder, 'pairs-hr'), join(folder, 'pairs-lr')];
    for (const path of [hr, lr]) mkdirSync(path);
    await plain(67, 64, join(hr, 'a.png'));
    await plain(16, 16, join(lr, 'a.jpg'));
    const { pictures, notes } = await pairedSet(hr, lr);
    expect(notes).toEqual(['a.png: cut to 64 × 64 px, four times the LR size.']);
    const { truth } = (await pictures[0]?.load()) ?? {};
    expect([truth?.width, truth?.height]).toEqual([64, 64]);
    await plain(40, 40, join(hr, 'b.png'));
    await plain(16, 16, join(lr, 'b.png'));
    const wrong = 'b: the HR picture (40 × 40 px) is not ×4 of the LR one (16 × 16';
    const [a, b] = (await pairedSet(hr, lr)).pictures;
    expect((await a?.load())?.lr.width).toBe(16);
    await expect(b?.load()).rejects.toThrow(wrong);
    rmSync(join(lr, 'a.jpg'));
    await expect(pairedSet(hr, lr)).rejects.toThrow(wrong);
    await plain(16, 16, join(lr, 'b.jpg'));
    await expect(pairedSet(hr, lr)).rejects.toThrow('b.jpg and b.png have one name');
  });

  const largestDifference = (a: Rgba8, b: Rgba8) =>
    a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(b.data[i]))), 0);

  it('are reduced like the trainer’s bicubic ones', async () => {
    const { pictures } = await degradedSet(two, 'bicubic', 0);
    for (const { name, load } of pictures) {
      const theirs = await readImage(join(images, 'lr-bicubic', name));
      // Rounding may fall either way where the two programs' last digits differ.
      expect(largestDifference((await load()).lr, theirs)).toBeLessThanOrEqual(1);
    }
  });

  it('are degraded by seed and name alone', async () => {
    const whole = await degradedSet(join(images, 'hr'), 'realesrgan-test', 5);
    const part = await degradedSet(two, 'realesrgan-test', 5);
    const other = await degradedSet(two, 'realesrgan-test', 6);
    const lr = async ({ pictures }: typeof whole, name: string | undefined) =>
      (await pictures.find((picture) => picture.name === name)?.load())?.lr.data;
    expect(await lr(part, names[1])).toEqual(await lr(whole, names[1]));
    expect(await lr(other, names[1])).not.toEqual(await lr(whole, names[1]));
    expect(await lr(part, names[0])).not.toEqual(await lr(part, names[1]));
  });

  it('cut odd pictures before degrading them, and refuse tiny ones', async () => {
    const hr = join(folder, 'odd');
    mkdirSync(hr);
    await plain(37, 42, join(hr, 'a.png'));
    const { pictures, notes } = await degradedSet(hr, 'bicubic', 0);
    expect(notes).toEqual(['a.png: cut to 36 × 40 px, multiples of 4.']);
    const { lr } = (await pictures[0]?.load()) ?? {};
    expect([lr?.width, lr?.height]).toEqual([9, 10]);
    await plain(12, 42, join(hr, 'b.png'));
    const [, tiny] = (await degradedSet(hr, 'bicubic', 0)).pictures;
    await expect(tiny?.load()).rejects.toThrow('too few to degrade');
    rmSync(join(hr, 'a.png'));
    await expect(degradedSet(hr, 'bicubic', 0)).rejects.toThrow('too few to degrade');
  });
});
