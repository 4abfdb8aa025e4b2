/** `npm run table` as a user meets it; the table itself is tested in src/report. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runTool } from '../tests/support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-table-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('puts reports side by side with the paper’s numbers, and refuses what is none', () => {
  const [report, csv, latex] = ['report.json', 'table.csv', 'table.tex'].map((name) => join(folder, name));
  const methods = [{ method: 'ours', psnrY: 24.5, perceptual: { DISTS: 0.2 }, msPerMegapixel: 1, images: [] }];
  writeFileSync(report as string, JSON.stringify({ adapter: 'x', preset: 'compact', methods }));
  const files = ['--csv', csv as string, '--latex', latex as string];
  const made = runTool('table', `A=${report}`, `DIV2K-Val=${report}`, '--quote', 'I', ...files);
  expect([made.status, made.stdout, made.stderr]).toEqual([0, '', '']);
  const [head, ours] = readFileSync(csv as string, 'utf8').split('\r\n');
  expect(head).toBe(
    'method,source,A PSNR-Y,A DISTS,DIV2K-Val PSNR-Y,DIV2K-Val DISTS,DIV2K-Val SSIM-Y,DIV2K-Val LPIPS,' +
      'DIV2K-Val CLIPIQA,DIV2K-Val MUSIQ,RealSR CLIPIQA,RealSR MUSIQ,RealSet65 CLIPIQA,RealSet65 MUSIQ',
  );
  expect(ours).toBe('ours,measured,24.5,0.2,24.5,0.2,,,,,,,,');
  expect(readFileSync(latex as string, 'utf8')).toContain('Ours (quoted) & ');
  const wrong = runTool('table', `A=${join(import.meta.dirname, '../package.json')}`);
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('package.json: this is no report of an')]);
});
