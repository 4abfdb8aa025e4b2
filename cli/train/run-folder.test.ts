import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { RunFolder } from './run-folder.ts';

const path = mkdtempSync(join(tmpdir(), 'cosr-run-'));
afterAll(() => rmSync(path, { recursive: true }));

describe('RunFolder', () => {
  const metrics = join(path, 'metrics.jsonl');
  const lines = [0, 1, 2].map((step) => `${JSON.stringify({ step, losses: {} })}\n`).join('');

  it('leaves a last line out that a crash cut off, and says so', async () => {
    writeFileSync(metrics, lines);
    appendFileSync(metrics, '{"step":3,"losses":{"stu');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const folder = new RunFolder(path);
    expect((await folder.rows()).map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(said.mock.calls.flat().join('')).toContain(`${metrics}: the last line is cut off`);
    await folder.rewind(2);
    said.mockRestore();
    expect(readFileSync(metrics, 'utf8')).toBe(lines.split('\n').slice(0, 2).join('\n').concat('\n'));
  });

  it('keeps the measurement at a checkpoint, but not that at the start, which is made again', async () => {
    const heldOut = join(path, 'held-out.jsonl');
    const measured = (...steps: number[]) => steps.map((step) => `{"step":${step}}\n`).join('');
    for (const [step, kept] of [
      [2, measured(0, 2)],
      [0, ''],
    ] as const) {
      writeFileSync(heldOut, measured(0, 2, 4));
      await new RunFolder(path).rewind(step);
      expect(readFileSync(heldOut, 'utf8')).toBe(kept);
    }
    rmSync(heldOut);
  });

  it('says before a run begins that the folder can’t hold it', async () => {
    const file = join(path, 'file');
    writeFileSync(file, 'x');
    await expect(new RunFolder(file).checkNew()).rejects.toThrow(`${file} is a file, not a folder.`);
    await expect(new RunFolder(join(path, 'new')).checkNew()).resolves.toBeUndefined();
  });

  it('names a damaged line in the middle', async () => {
    writeFileSync(metrics, `half\n${lines}`);
    await expect(new RunFolder(path).rows()).rejects.toThrow(`${metrics}: line 1 is damaged.`);
  });
});
