/** The command line as a user meets it: odd pictures in a folder, and calls that can't work. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreeWithInput } from '../src/imaging/agree.ts';
import { RandomStream } from '../src/imaging/random.ts';
import { presets } from '../src/presets/presets.ts';
import { hasSmallDisks, runOnSmallDisk, runTool } from '../tests/support/command-line.ts';
import { oddImages } from '../tests/support/odd-images.ts';
import { modelOf, writeModel } from '../tests/support/tiny-model.ts';
import { readImage } from './image-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-'));
afterAll(() => rmSync(folder, { recursive: true }));

const upscale = (...args: string[]) => {
  const { status, stderr } = runTool('upscale', ...args);
  return { status, stderr };
};

describe('npm run upscale', () => {
  it('takes odd pictures, refuses bad ones in a sentence each, and leaves nothing half-written', async () => {
    const [input, output] = [join(folder, 'in'), join(folder, 'out')];
    const odd = (await oddImages()).map((image, i) => ({ ...image, name: `${i}-${image.name}` }));
    mkdirSync(input);
    for (const { name, bytes } of odd) writeFileSync(join(input, name), bytes);
    const { status, stderr } = upscale(input, output, '--method', 'bicubic');
    expect(status).toBe(1);
    for (const { name, size, says } of odd) {
      const path = join(output, name.replace(/\.\w+$/, '.png'));
      const line = stderr.split('\n').find((text) => text.includes(name.replace(/\.\w+$/, ''))) ?? '';
      if (size) {
        const { width, height } = await sharp(path).metadata();
        expect([name, width, height]).toEqual([name, size[0] * 4, size[1] * 4]);
      } else {
        expect(line).toMatch(says ?? /./);
      }
    }
    expect(readdirSync(output).length).toBe(odd.filter(({ size }) => size).length);
  });

  it('takes each image of a folder, and neither hidden files nor AppleDouble’s', async () => {
    const [input, output] = [join(folder, 'mixed'), join(folder, 'mixed-out')];
    mkdirSync(input);
    const jpeg = await sharp({ create: { width: 6, height: 4, channels: 3, background: '#6a5' } })
      .jpeg()
      .toBuffer();
    for (const name of ['a.jfif', 'b.jpg']) writeFileSync(join(input, name), jpeg);
    for (const name of ['._b.jpg', '.b.part.png', 'notes.txt']) writeFileSync(join(input, name), 'x');
    expect(upscale(input, output, '--method', 'bicubic').status).toBe(0);
    expect(readdirSync(output).sort()).toEqual(['a.png', 'b.png']);
  });

  it('never writes over an original, whatever path leads to it', async () => {
    const [photos, alias, out] = ['photos', 'alias', 'linked-out'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const name of [photos, out]) mkdirSync(name);
    const picture = join(photos, 'one.png');
    await sharp({ create: { width: 6, height: 4, channels: 3, background: '#6a5' } })
      .png()
      .toFile(picture);
    symlinkSync(photos, alias);
    linkSync(picture, join(out, 'one.png'));
    const before = readFileSync(picture);
    for (const args of [
      [photos, alias],
      [picture, join(alias, 'one.png')],
      [photos, out],
    ]) {
      const { status, stderr } = upscale(...args, '--method', 'bicubic');
      expect([status, stderr]).toEqual([1, expect.stringMatching(/overwrite/)]);
      expect(readFileSync(picture).equals(before)).toBe(true);
    }
  });

  it('refuses names that would become one file, before it writes any', async () => {
    const [input, output] = [join(folder, 'one-name'), join(folder, 'one-name-out')];
    mkdirSync(input);
    const picture = sharp({ create: { width: 6, height: 4, channels: 3, background: '#6a5' } });
    await picture.clone().png().toFile(join(input, 'a.png'));
    await picture.clone().jpeg().toFile(join(input, 'a.jpg'));
    const { status, stderr } = upscale(input, output, '--method', 'bicubic');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/a\.png: two pictures would both become it; rename one/),
    ]);
    expect(existsSync(output)).toBe(false);
  });

  describe.skipIf(!hasSmallDisks())('on a disk without room', () => {
    const disk = join(folder, 'disk');
    const noise = join(folder, 'noise');
    /** Each becomes a PNG of some 190 KB. */
    beforeAll(async () => {
      for (const name of [disk, noise]) mkdirSync(name);
      const random = new RandomStream(6);
      const data = Buffer.from(Array.from({ length: 64 * 64 * 3 }, () => random.integer(256)));
      const picture = sharp(data, { raw: { width: 64, height: 64, channels: 3 } });
      for (const name of ['a.png', 'b.png']) await picture.clone().png().toFile(join(noise, name));
    });

    it('says so before work begins', () => {
      const { status, stderr, stdout } = runOnSmallDisk(disk, 64, 'upscale', noise, disk, '--method', 'bicubic');
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/disk: the disk has 0\.1 MB free, and the results take up to 0\.4 MB: make room on it/);
    });

    it('keeps what fits, warns, and leaves no half file of what does not', () => {
      const { status, stderr, stdout } = runOnSmallDisk(disk, 260, 'upscale', noise, disk, '--method', 'bicubic');
      expect([status, stdout.trim()]).toEqual([1, 'a.png']);
      expect(stderr).toMatch(/results take up to/);
      expect(stderr).toMatch(/b\.png: the disk is full: make room on it, or choose another\./);
    });
  });

  it('runs the networks on a small picture', async () => {
    const [input, output] = [join(folder, 'small.png'), join(folder, 'small_x4.png')];
    await sharp({ create: { width: 9, height: 7, channels: 3, background: '#6a5' } })
      .png()
      .toFile(input);
    const { status, stderr } = upscale(input, output, '--tile', '16', '--backend', 'wasm');
    expect(status).toBe(0);
    // In a log each of them stands once.
    expect(stderr.match(/tile \d+ of \d+/g)).toEqual(['tile 0 of 1', 'tile 1 of 1']);
    const { width, height } = await sharp(output).metadata();
    expect([width, height]).toEqual([36, 28]);
  });

  it('blends with the faithful picture: that alone at 0, rounded between both at 50', async () => {
    const models = join(folder, 'models');
    await writeModel(models, await modelOf(presets.tiny, ['l2', 'ours']));
    const input = join(folder, 'dial.png');
    const random = new RandomStream(3);
    const data = Buffer.from(Array.from({ length: 12 * 8 * 3 }, () => random.integer(256)));
    await sharp(data, { raw: { width: 12, height: 8, channels: 3 } })
      .png()
      .toFile(input);
    const picture = async (name: string, ...args: string[]) => {
      const output = join(folder, `dial-${name}.png`);
      expect(upscale(input, output, '--tile', '16', '--backend', 'wasm', '--models', models, ...args).status).toBe(0);
      return sharp(output).raw().toBuffer();
    };
    const [faithful, detailed] = [await picture('l2', '--method', 'l2'), await picture('ours', '--method', 'ours')];
    expect((await picture('0', '--method', 'ours', '--detail', '0')).equals(faithful)).toBe(true);
    const middle = await picture('50', '--method', 'ours', '--detail', '50');
    expect(faithful.equals(detailed)).toBe(false);
    const furthest = middle.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - ((faithful[i] ?? 0) + (detailed[i] ?? 0)) / 2)),
      0,
    );
    expect(furthest).toBeLessThanOrEqual(0.5);
    const mask = join(folder, 'dial-mask.png');
    await sharp({ create: { width: 12, height: 8, channels: 3, background: '#fff' } }).toFile(mask);
    expect((await picture('kept', '--method', 'ours', '--protect', mask)).equals(faithful)).toBe(true);
    await sharp({ create: { width: 11, height: 8, channels: 3, background: '#fff' } }).toFile(mask);
    const { status, stderr } = upscale(input, join(folder, 'none.png'), '--method', 'ours', '--protect', mask);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/it has to be 12 × 8 or 48 × 32 px/)]);
  });

  it('makes results agree with their input, and says how well', async () => {
    const [input, output] = [join(folder, 'agree.png'), join(folder, 'agree_x4.png')];
    const random = new RandomStream(4);
    const data = Buffer.from(Array.from({ length: 12 * 8 * 3 }, () => 60 + random.integer(120)));
    const raw = { width: 12, height: 8, channels: 3 } as const;
    await sharp(data, { raw }).png().toFile(input);
    const { status, stderr } = upscale(input, output, '--method', 'bicubic', '--agree');
    expect(status).toBe(0);
    const [, after, before] =
      stderr.match(/agrees with the input to ([\d.]+) dB after \d+ rounds, ([\d.]+) dB before/) ?? [];
    expect(Number(before)).toBeLessThan(45);
    expect(Number(after)).toBeGreaterThanOrEqual(45);
    const result = await readImage(output);
    expect(await agreeWithInput(result, await readImage(input))).toMatchObject({ rounds: 0 });
  });

  it.each([
    [['missing.png', 'out.png'], /no such file/],
    [['tests/images/lr', 'out', '--method', 'bicubic', '--detail', '50'], /--detail blends a co-trained student/],
    [['tests/images/lr', 'out', '--detail', '101'], /--detail must be a whole number from 0 to 100/],
    [['package.json', 'out.tiff'], /must end in/],
    [['package.json', 'out.png'], /not a/],
    [['a.png', 'b.png', '--method', 'magic'], /--method must be one of/],
    [['a.png', 'b.png', '--seed', '-1'], /ambiguous|--seed/],
    [['a.png'], /Usage/],
    [['tests/images/large.png', 'tests/images/large.png'], /overwrite the input/],
    [['tests/images/lr', './tests/images/lr/'], /overwrite the inputs/],
    [['tests/images/large.png', 'package.json/deep/out.png'], /package.json is a file, not a folder/],
  ])('%j gets one clear line', (args, message) => {
    const { status, stderr } = upscale(...args);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});
