/** The command line as a user meets it: killed in the middle, resumed, and calls that can't work. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openAsBlob,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presets } from '../src/presets/presets.ts';
import { readRunBundle } from '../src/report/run-bundle.ts';
import { metricsColumns } from '../src/report/run-metrics.ts';
import { root, runTool, toolArguments } from '../tests/support/command-line.ts';
import { modelOf, writeModel } from '../tests/support/tiny-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-train-'));
afterAll(() => rmSync(folder, { recursive: true }));

const command = (args: string[]) => toolArguments('train', '--backend', 'wasm', ...args);
const train = (...args: string[]) => {
  const { status, stderr } = runTool('train', '--backend', 'wasm', ...args);
  return { status, stderr: stderr.trim() };
};
/** Each iteration's row but its timing; a line that is being written does not count. */
function rows(run: string): unknown[] {
  const path = join(folder, run, 'metrics.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => ({ ...JSON.parse(line), timing: null }));
}

describe('npm run train', { timeout: 600_000 }, () => {
  const [settings, models] = [join(folder, 'settings.json'), join(folder, 'models')];
  beforeAll(async () => {
    const change = { downsampler: 'convolutional', discriminator: 'scratch', lambdaHr: 0, pool: 2 };
    writeFileSync(settings, JSON.stringify(change));
    await writeModel(models, await modelOf(presets.tiny, [], true));
  });
  const ends = ['--steps', '4', '--models', models];
  const run = (name: string) => [...ends, '--every', '2', '--config', settings, '--out', join(folder, name)];

  it('killed in the middle, goes on to the same rows', async () => {
    expect(train(...run('whole'), '--evaluate', '2', '--pictures', '3').status).toBe(0);
    expect(readFileSync(join(folder, 'whole', 'held-out.jsonl'), 'utf8')).toMatch(
      /^{"step":0,"student":.*\n{"step":2,.*\n{"step":4,.*\n$/,
    );
    const killed = spawn(process.execPath, command(run('killed')), { cwd: root, stdio: 'ignore' });
    // A row after the checkpoint of iteration 2: it is dropped and comes again.
    while (rows('killed').length < 3 && killed.exitCode === null) await wait(20);
    killed.kill('SIGKILL');
    await new Promise((done) => killed.once('close', done));
    writeFileSync(join(folder, 'killed', 'metrics.jsonl'), '{"step": 3, "los', { flag: 'a' });
    expect(train(...ends, '--resume', join(folder, 'killed'))).toMatchObject({ status: 0 });
    expect(rows('killed')).toEqual(rows('whole'));
    expect(rows('killed').length).toBe(4);
    expect(readdirSync(join(folder, 'killed')).sort()).toEqual([
      'checkpoint.safetensors',
      'environment.json',
      'metrics.jsonl',
    ]);
  });

  it('becomes a curve of what was measured on held-out pictures, and a table of it', () => {
    const out = join(folder, 'curve.svg');
    const draw = (run: string) => runTool('curve', join(folder, run), out);
    const { status, stdout } = draw('whole');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /\| 0 \| \d+\.\d\d \| (\d+\.\d\d) \| [+−]\d+\.\d\d \|\n\| 2 \| .* \| \1 .*\n\| 4 \| .* \| \1 /,
    );
    const lines = [...readFileSync(out, 'utf8').matchAll(/<polyline .*points="([^"]+)"/g)];
    expect(lines.map(([, points]) => points?.split(' ').length)).toEqual([3, 3]);
    expect(draw('killed').stderr).toMatch(/holds no measurements: train it with --evaluate\./);
  });

  it('becomes a file that the page opens, or a recording', async () => {
    const pack = (...args: string[]) => runTool('bundle', join(folder, 'whole'), ...args);
    const [run, recording] = [join(folder, 'run.zip'), join(folder, 'recording.zip')];
    expect(pack(run)).toMatchObject({ status: 0, stdout: expect.stringMatching(/run\.zip: 4 iterations/) });
    const whole = await readRunBundle(await openAsBlob(run));
    expect(whole.checkpoints.map(({ summary }) => summary.step)).toEqual([4]);
    const [first] = rows('whole') as { losses: { student: number } }[];
    const packed = [...whole.rows.each()];
    expect(packed).toHaveLength(4);
    expect(packed[0]?.[metricsColumns.indexOf('losses.student')]).toBe(Math.fround(first?.losses.student ?? 0));
    const measured = packed.map((row) => Number.isNaN(row[metricsColumns.indexOf('heldOut.psnrY')]));
    expect(measured).toEqual([true, false, true, false]);
    expect(whole.frames.map(({ frame, image }) => [frame.step, image.type])).toEqual([
      [0, 'image/png'],
      [3, 'image/png'],
    ]);
    expect(whole.environment).toMatchObject({ backend: 'wasm', host: expect.stringMatching(/^Node\.js/) });

    expect(pack(recording, '--recording').status).toBe(0);
    const { checkpoints, frames } = await readRunBundle(await openAsBlob(recording));
    expect([checkpoints, frames.map(({ image }) => image.type)]).toEqual([[], ['image/webp', 'image/webp']]);
    expect(pack().stderr).toMatch(/^Usage/);
  });

  it('says in one sentence what is wrong', () => {
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const elsewhere = ['--steps', '1', '--out', join(folder, 'never')];
    for (const [args, sentence] of [
      [[], /Usage/],
      [
        [...elsewhere, '--config', file('unknown.json', '{"lambda": 1}')],
        /^The training configuration has an unknown setting "lambda": leave it out\.$/,
      ],
      [[...elsewhere, '--config', file('broken.json', '{')], /broken\.json: this is no JSON\.$/],
      [[...elsewhere, '--data', join(folder, 'empty')], /empty: no pictures in this folder\.$/],
      [[...elsewhere, '--held-out', join(folder, 'nowhere')], /nowhere: there is no such folder\.$/],
      [['--steps', '1', '--resume', join(folder, 'empty')], /has no checkpoint\.safetensors/],
    ] as const) {
      const { status, stderr } = train(...args);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(sentence);
    }
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  it('never overwrites a run', () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'metrics.jsonl'), 'a row\n');
    const { status, stderr } = train('--steps', '1', '--out', join(folder, 'taken'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/holds a run already/);
    expect(readFileSync(join(folder, 'taken', 'metrics.jsonl'), 'utf8')).toBe('a row\n');
  });
});
