/** The command line's endurance: training and upscaling that are killed at random, and many pictures in one process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../src/imaging/random.ts';
import { presets } from '../src/presets/presets.ts';
import { root, runTool, toolArguments } from '../tests/support/command-line.ts';
import { endures, rounds, shareMs, soakTimeout, tell } from '../tests/support/soak.ts';
import { modelOf, writeModel } from '../tests/support/tiny-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-soak-'));
afterAll(() => rmSync(folder, { recursive: true }));
const models = join(folder, 'models');
beforeAll(async () => {
  await writeModel(models, await modelOf(presets.tiny, ['sinsr'], true));
});

function start(
  tool: string,
  args: readonly string[],
  output: 'ignore' | 'pipe' = 'ignore',
  node: readonly string[] = [],
): ChildProcess {
  const command = toolArguments(tool, '--backend', 'wasm', '--models', models, ...args);
  return spawn(process.execPath, [...node, ...command], { cwd: root, stdio: ['ignore', output, output] });
}
const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

async function kill(child: ChildProcess): Promise<void> {
  const closed = new Promise((done) => child.once('close', done));
  if (!isRunning(child)) return;
  child.kill('SIGKILL');
  await closed;
}

/** Kilobytes that a process holds; null where the system does not say. */
function heldBy({ pid }: ChildProcess): number | null {
  try {
    // One that has just ended holds nothing, and is still listed.
    const held = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return held === undefined ? null : Number(held);
  } catch {
    return null;
  }
}

const settings = join(folder, 'settings.json');
writeFileSync(
  settings,
  JSON.stringify({ downsampler: 'convolutional', discriminator: 'scratch', lambdaHr: 0, pool: 2 }),
);
const out = (name: string) => join(folder, name);
/** Rows that a run has written. */
const count = (name: string) => {
  const path = join(out(name), 'metrics.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
};

describe.runIf(endures)('endurance of the command line', { timeout: soakTimeout }, () => {
  it('training that is killed again and again ends with the same rows and the same weights', async () => {
    const random = new RandomStream(9);
    const more = rounds('kills of training', 2, 100);
    let [kills, steps] = [0, 0];
    while (more()) {
      steps += 2;
      const begun = existsSync(join(out('killed'), 'checkpoint.safetensors'));
      const how = begun ? ['--resume', out('killed')] : ['--config', settings, '--out', out('killed')];
      const child = start('train', ['--steps', '1000', '--every', '1', ...how]);
      while (count('killed') < steps && isRunning(child)) await wait(20);
      await wait(random.integer(200));
      await kill(child);
      kills++;
    }
    const end = count('killed') + 1;
    const whole = ['--steps', String(end), '--every', '1', '--backend', 'wasm', '--models', models];
    expect(runTool('train', ...whole, '--resume', out('killed')).status).toBe(0);
    expect(runTool('train', ...whole, '--config', settings, '--out', out('whole')).status).toBe(0);
    const rows = (name: string) =>
      readFileSync(join(out(name), 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => ({ ...JSON.parse(line), timing: null }));
    expect(rows('killed')).toEqual(rows('whole'));
    const weights = (name: string) => readFileSync(join(out(name), 'checkpoint.safetensors'));
    expect(weights('killed').equals(weights('whole'))).toBe(true);
    tell('kills of training', { iterations: end, kills });
  });

  it('upscaling that is killed leaves whole pictures alone, and many take no more memory than a few', async () => {
    const [input, output] = [join(folder, 'in'), join(folder, 'out')];
    mkdirSync(input);
    mkdirSync(output);
    const largest = Number(process.env.SOAK_MINUTES ?? 0) > 0 ? 200 : 24;
    for (let i = 0; i < largest; i++) {
      const picture = sharp({ create: { width: 20, height: 12, channels: 3, background: { r: i, g: 90, b: 200 } } });
      await picture.png().toFile(join(input, `${i}.png`));
    }
    const finished = () => readdirSync(output).filter((name) => !name.startsWith('.'));
    const args = [input, output, '--tile', '16', '--method', 'sinsr'];
    const random = new RandomStream(10);
    const more = rounds('kills and pictures of upscaling', 1, 20);
    let kills = 0;
    while (more()) {
      for (const name of readdirSync(output)) rmSync(join(output, name));
      const child = start('upscale', args);
      const target = 1 + random.integer(4);
      while (finished().length < target && isRunning(child)) await wait(5);
      await kill(child);
      kills++;
      for (const name of finished()) expect((await sharp(join(output, name)).stats()).channels).toHaveLength(3);
    }
    for (const name of readdirSync(output)) rmSync(join(output, name));
    const child = start('upscale', args);
    const held: number[] = [];
    while (isRunning(child)) {
      const kilobytes = heldBy(child);
      if (kilobytes && finished().length > largest / 4) held.push(kilobytes);
      await wait(20);
    }
    expect([child.exitCode, finished().length]).toEqual([0, largest]);
    const [first, last] = [held[0] ?? 0, held.filter((kilobytes) => kilobytes > 0).at(-1) ?? 0];
    tell('kills and pictures of upscaling', { pictures: largest, kills, 'kB at start': first, 'kB at end': last });
    // A leak of one result a picture is 15 kB; the collector's own coming and going is larger.
    expect(last - first).toBeLessThan(48 * 1024);
  });
});

/** Of the networks that ship, at a second each, in eight hours. */
const longRun = 28_800;

/** Of all five networks; an iteration takes what its small operations take, of which these have the fewest. */
const longSettings = out('long.json');
writeFileSync(longSettings, JSON.stringify({ discriminator: 'scratch', crop: 8, window: 4, windowMargin: 0, pool: 2 }));
const smallest = {
  autoencoder: presets.tiny.autoencoder,
  unet: {
    ...presets.tiny.unet,
    model_channels: 8,
    channel_mult: [1],
    num_res_blocks: [1],
    // None of its levels: the middle attends alone.
    attention_resolutions: [1],
    num_head_channels: 8,
    swin_embed_dim: 8,
    swin_depth: 1,
  },
};

/** A quarter of an iteration would be the collector's, with as little room for the young as Node gives it. */
const roomForTheYoung = ['--max-semi-space-size=64', '--single-threaded-gc'];

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
/** Of the first tenth of the values and of the last. */
const bothEnds = (values: readonly number[]) => {
  const part = Math.ceil(values.length / 10);
  return [median(values.slice(0, part)), median(values.slice(-part))] as const;
};

describe.runIf(endures)('endurance of a long training', { timeout: soakTimeout }, () => {
  const models = join(folder, 'smallest');
  beforeAll(async () => writeModel(models, await modelOf(smallest, ['sinsr'], true)));
  const isLong = shareMs > 0;
  const [steps, every, limit] = isLong ? [longRun, 100, shareMs] : [40, 10, 30_000];
  let [iterations, told] = [0, Date.now()];

  /** The run, or what its checkpoint has of it. */
  function begin() {
    const isBegun = existsSync(join(out('long'), 'checkpoint.safetensors'));
    const how = isBegun ? ['--resume', out('long')] : ['--config', longSettings, '--out', out('long')];
    const periods = ['--every', '--evaluate', '--pictures'].flatMap((name) => [name, String(every)]);
    const args = ['--models', models, '--steps', String(steps), ...periods, ...how];
    const child = start('train', args, 'pipe', isLong ? roomForTheYoung : []);
    const run = { child, closed: once(child, 'close'), said: '', kilobytes: [] as number[] };
    child.stdout?.on('data', (text) => {
      run.said += text;
    });
    child.stderr?.on('data', (text) => {
      const [done] = /(?<=iteration )\d+(?= of )/.exec(String(text)) ?? [];
      const kilobytes = heldBy(child);
      if (done === undefined || kilobytes === null) return;
      iterations = Number(done);
      run.kilobytes.push(kilobytes);
      if (Date.now() - told < 60_000) return;
      told = Date.now();
      process.stdout.write(`soak, long training: iteration ${done} of ${steps}, ${kilobytes} kB\n`);
    });
    return run;
  }

  it('of as many iterations as eight hours have, with kills, has every row and takes no more memory at its end', async () => {
    const random = new RandomStream(11);
    // In the first half. In the second, one process goes on alone, and its memory is compared.
    const places = Array.from({ length: isLong ? 8 : 1 }, () => random.uniform() / 2).sort((a, b) => a - b);
    const begun = Date.now();
    const progress = () => Math.max(iterations / steps, (Date.now() - begun) / limit);
    let run = begin();
    for (const place of places) {
      while (progress() < place && isRunning(run.child)) await wait(50);
      // Anywhere between two checkpoints.
      await wait(random.integer(isLong ? 10_000 : 2000));
      expect(run.child.exitCode).toBeNull();
      await kill(run.child);
      run = begin();
    }
    while ((progress() < 1 || run.kilobytes.length < 2) && isRunning(run.child)) await wait(50);
    // Once: it ends after the iteration in work; twice, it would end at once.
    run.child.kill('SIGINT');
    await run.closed;
    const minutes = Math.round((Date.now() - begun) / 6000) / 10;

    const lines = (name: string) =>
      readFileSync(join(out('long'), name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly step: number });
    const rows = lines('metrics.jsonl');
    // It says how many there were at first, where that was another number.
    const [, tensors, bytes] =
      new RegExp(`${rows.length} iterations, 2 teacher samples; (\\d+) tensors, (\\d+) bytes\\.`).exec(run.said) ?? [];
    const [first, last] = bothEnds(run.kilobytes);
    tell('long training', {
      iterations: rows.length,
      of: longRun,
      kills: places.length,
      minutes,
      tensors: Number(tensors),
      'their bytes': Number(bytes),
      'kB at start': first,
      'kB at end': last,
      'kB of rows': Math.round(statSync(join(out('long'), 'metrics.jsonl')).size / 1024),
    });
    expect([run.child.exitCode, rows.length >= 20]).toEqual([0, true]);
    expect(rows.map(({ step }) => step)).toEqual(rows.map((_, i) => i));
    expect(rows.filter((row) => JSON.stringify(row).includes('null'))).toEqual([]);
    const times = Math.floor(rows.length / every);
    expect(lines('held-out.jsonl').map(({ step }) => step)).toEqual(
      Array.from({ length: times + 1 }, (_, i) => i * every),
    );
    expect(lines('pictures.jsonl')).toHaveLength(Math.ceil(rows.length / every));
    expect(run.said).toMatch(/\d tensors, \d+ bytes\.\n$/);
    expect(last - first).toBeLessThan(64 * 1024);
  });
});
