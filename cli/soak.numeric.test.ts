/** The command line's endurance: training and upscaling that are killed at random, and many pictures in one process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const start = (tool: string, args: readonly string[], stdout: 'ignore' | 'pipe' = 'ignore'): ChildProcess =>
  spawn(process.execPath, toolArguments(tool, '--backend', 'wasm', '--models', models, ...args), {
    cwd: root,
    stdio: ['ignore', stdout, 'ignore'],
  });
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

/** Of the networks that ship, at a second each, in eight hours. */
const longRun = 28_800;

describe.runIf(endures)('endurance', { timeout: soakTimeout }, () => {
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

  it('training of small networks, for as many iterations as eight hours take, needs no more memory than a few', async () => {
    const steps = shareMs > 0 ? longRun : 40;
    const ends = Date.now() + Math.max(shareMs, 30_000);
    // The collector has been through the start's garbage by then.
    const settled = shareMs > 0 ? 50 : 20;
    const child = start(
      'train',
      ['--steps', String(steps), '--every', '20', '--config', settings, '--out', out('long')],
      'pipe',
    );
    let said = '';
    let isAsked = false;
    child.stdout?.on('data', (part) => {
      said += part;
    });
    const sample = () => ({ iterations: count('long'), kilobytes: heldBy(child) ?? 0 });
    let [first, last] = [sample(), sample()];
    while (isRunning(child)) {
      await wait(200);
      const now = sample();
      if (now.kilobytes === 0) continue;
      if (first.iterations < settled) first = now;
      last = now;
      if (isAsked || Date.now() < ends || last.iterations < 20) continue;
      isAsked = true;
      // Once: it ends after the iteration in work; twice, it would end at once.
      child.kill('SIGINT');
    }
    const iterations = count('long');
    tell('long training', { iterations, of: longRun, 'kB at start': first.kilobytes, 'kB at end': last.kilobytes });
    expect([child.exitCode, iterations >= 20]).toEqual([0, true]);
    // It says how many there were at first, where that was another number.
    expect(said).toMatch(new RegExp(`${iterations} iterations, 2 teacher samples; \\d+ tensors, \\d+ bytes\\.`));
    expect(last.kilobytes - first.kilobytes).toBeLessThan(64 * 1024);
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
