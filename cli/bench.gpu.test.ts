/** The bench's contract: same work on our kernels and on stock ops, in one run, as a table and as JSON. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { adapterSummary } from '../src/gpu/device.ts';
import { runTool } from '../tests/support/command-line.ts';
import { findAdapter } from '../tests/support/gpu.ts';

const adapter = await findAdapter('the bench');

const bench = (...args: string[]) => runTool('bench', ...args);

describe('npm run bench', () => {
  it.runIf(adapter)('measures a residual block both ways; ours takes a quarter of the dispatches', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'bench.json');
    const history = join(folder, 'history.jsonl');
    writeFileSync(history, '{"version":"0.0.1"}\n');
    const options = ['--only', 'block', '--size', '8', '--repeats', '1'];
    const { status, stdout, stderr } = bench(...options, '--json', file, '--history', history);
    expect(stderr).not.toMatch(/validation/);
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const [before, line, rest] = readFileSync(history, 'utf8').split('\n');
    rmSync(folder, { recursive: true });
    expect([before, rest]).toEqual(['{"version":"0.0.1"}', '']);
    expect(JSON.parse(line)).toMatchObject({
      adapter: result.adapter,
      counts: { [result.rows[0].name]: { submits: 1 } },
    });
    expect(result).toMatchObject({ preset: 'compact', size: 8, repeats: 1 });
    expect(stdout).toContain(result.adapter);
    const [row] = result.rows;
    expect(row.name).toBe('residual block, forward and back');
    expect(row.ratio).toBeCloseTo(row.stock.ms / row.own.ms, 6);
    for (const cost of [row.own, row.stock]) expect(cost).toMatchObject({ buffers: 0, bytes: 0, maps: 0 });
    expect(row.own.dispatches).toBeLessThanOrEqual(30);
    expect(row.own.dispatches).toBeLessThanOrEqual(row.stock.dispatches / 4);
    expect(row.own.submits).toBe(1);
  });

  it.runIf(adapter)('measures work replayed and through tfjs: the same dispatches, few submits, no new buffer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'bench.json');
    const { status, stdout } = bench('--only', 'replay', '--size', '8', '--repeats', '1', '--json', file);
    expect(status).toBe(0);
    const [row, chain, iteration] = JSON.parse(readFileSync(file, 'utf8')).replay.rows;
    rmSync(folder, { recursive: true });
    expect(stdout).toContain('one-step, replayed');
    expect(row.own).toMatchObject({ submits: 1, buffers: 0, bytes: 0, maps: 1, writes: 2 });
    expect(iteration.own).toMatchObject({ buffers: 0, bytes: 0, maps: 1 });
    expect(iteration.own.submits).toBeLessThanOrEqual(11);
    expect(iteration.own.writes).toBeLessThan(iteration.stock.writes / 50);
    for (const { own, stock, ratio } of [row, chain, iteration]) {
      expect(own.dispatches).toBe(stock.dispatches);
      expect(ratio).toBeCloseTo(stock.toSubmit / own.toSubmit, 6);
    }
  });

  it.runIf(adapter && adapterSummary(adapter).isSoftware)('refuses a software adapter where a GPU is asked for', () => {
    const { status, stderr } = bench('--hardware');
    expect(status).toBe(1);
    expect(stderr).toMatch(/The only WebGPU adapter here is software: /);
  });

  it('says in one sentence that there is no adapter', () => {
    for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) vi.stubEnv(name, '/none.json');
    const { status, stderr } = bench('--only', 'block');
    vi.unstubAllEnvs();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /The bench measures a WebGPU adapter, and there is none here: no graphics driver was found\.\n$/,
    );
  });

  it.each([
    [['--preset', 'huge'], /--preset must be one of compact, paper/],
    [
      ['--only', 'block,all'],
      /--only must be one of upscale, teacher, block, fixture, train, replay, steps, kernels, training, half, growth, discriminators, subgroups, plan, outside, peers, wasm, browser, start/,
    ],
    [['--size', 'big'], /--size must be a whole number/],
    [['--adapter', 'fast'], /--adapter must be one of swiftshader, gpu/],
    [['--fast'], /Unknown option '--fast'/],
  ])('refuses %s in one line', (args, message) => {
    const { status, stderr } = bench(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
