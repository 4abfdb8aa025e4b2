/** The cost table's contract, and the bounds that compact was made for. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runTool } from '../tests/support/command-line.ts';

const cost = (...args: string[]) => runTool('cost', ...args);

it('npm run cost: compact within its bounds, whole pictures with all that is computed for them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cost-'));
  const file = join(folder, 'cost.json');
  const { status, stdout } = cost('--json', file);
  expect(status).toBe(0);
  const { rows } = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
  const compact = rows.find(({ preset }: { preset: string }) => preset === 'compact');
  expect(compact.gmacPerMegapixel.all).toBeLessThanOrEqual(105);
  expect(compact.parameters).toBeLessThanOrEqual(3.7e6);
  for (const picture of compact.pictures) {
    expect(picture.gmacPerMegapixel).toBeGreaterThan(compact.gmacPerMegapixel.all);
    expect(picture.gmac).toBeCloseTo((picture.gmacPerMegapixel * 16 * picture.width * picture.height) / 1e6, 6);
  }
  for (const { preset } of rows) expect(stdout).toContain(preset);
  expect(cost('--tile', 'big').status).toBe(2);
});
