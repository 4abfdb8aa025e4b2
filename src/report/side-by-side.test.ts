/** Sets side by side, with the paper's numbers, in every format. */
import { describe, expect, it } from 'vitest';
import type { MethodResult } from './columns.ts';
import { tableOne, tableTwo } from './paper-tables.ts';
import { groupsOf, readNamedSet, sideBySide } from './side-by-side.ts';
import { sideBySideCsv, sideBySideJson, sideBySideLatex, sideBySideMarkdown } from './write-table.ts';

const result = (method: MethodResult['method'], psnrY: number, lpips: number, more: Partial<MethodResult> = {}) => ({
  method,
  psnrY,
  lpips,
  msPerMegapixel: 1,
  images: [],
  ...more,
});
const div2k = {
  name: 'DIV2K-Val',
  methods: [
    result('autoencoder', 40, 0),
    result('ours', 24.5, 0.35),
    result('resshift', 25, 0.4, { steps: 15 }),
    result('result:LDM-15', 23, 0.45),
  ],
};
const blind = {
  name: 'RealSR',
  methods: [{ method: 'ours' as const, noReference: { MUSIQ: 55.5 }, msPerMegapixel: 1, images: [] }],
};

describe('sets side by side', () => {
  const table = sideBySide([blind, div2k], [tableOne, tableTwo]);
  const cellOf = (row: string, set: string, title: string) => {
    const column = table.columns.findIndex((entry) => entry.set === set && entry.title === title);
    return table.rows.find((entry) => entry.title === row)?.cells[column];
  };

  it('share columns with the paper where the set has its name, and have its other sets behind', () => {
    expect(groupsOf(table).map(({ set, span }) => `${set} ${span}`)).toEqual([
      'RealSR 2',
      'DIV2K-Val 5',
      'RealSet65 2',
      'FFHQ 64→256 4',
    ]);
    expect(cellOf('ours', 'DIV2K-Val', 'PSNR-Y')).toEqual({ value: 24.5, text: '24.50', rank: 2 });
    expect(cellOf('Ours (quoted)', 'DIV2K-Val', 'PSNR-Y')).toEqual({ value: 26.88, text: '26.880' });
    expect(cellOf('ours', 'RealSR', 'MUSIQ')?.value).toBe(55.5);
    expect(cellOf('Ours (quoted)', 'RealSR', 'MUSIQ')?.value).toBe(63.263);
    expect(cellOf('ours', 'RealSet65', 'MUSIQ')).toEqual({ value: null, text: '—' });
    for (const { cells } of table.rows) expect(cells).toHaveLength(table.columns.length);
  });

  it('name a column as the paper does where nothing was measured on its set', () => {
    const titles = (set: string) => table.columns.filter((column) => column.set === set).map(({ title }) => title);
    expect(titles('FFHQ 64→256')).toEqual(['PSNR', 'SSIM', 'MS-SSIM', 'FID']);
    expect(titles('DIV2K-Val')).toEqual(['PSNR-Y', 'LPIPS', 'SSIM-Y', 'CLIPIQA', 'MUSIQ']);
  });

  it('have every row of both tables, marked as quoted and without a rank', () => {
    const quoted = table.rows.filter((row) => row.quoted);
    const names = [...new Set([...tableOne.rows, ...tableTwo.rows].map(({ name }) => `${name} (quoted)`))];
    expect(quoted.map(({ title }) => title)).toEqual(names);
    expect(quoted.flatMap(({ cells }) => cells.filter(({ rank }) => rank))).toEqual([]);
    expect(cellOf('CAGFace (quoted)', 'FFHQ 64→256', 'FID')?.text).toBe('74.430');
    expect(cellOf('SinSR (quoted)', 'FFHQ 64→256', 'MS-SSIM')?.text).toBe('.952');
    expect(cellOf('teacher (ResShift, 15 steps)', 'DIV2K-Val', 'PSNR-Y')?.rank).toBe(1);
    expect(cellOf('autoencoder of HR', 'DIV2K-Val', 'PSNR-Y')?.rank).toBeUndefined();
  });

  it('are the same numbers in four formats', () => {
    const markdown = sideBySideMarkdown(table);
    expect(markdown).toMatch(/^\| {2}\| RealSR MUSIQ ↑ \|/);
    expect(markdown).toContain('| LDM-15 | —');
    expect(markdown).toContain('Quoted: the paper’s numbers');
    const [head, ...lines] = sideBySideCsv(table).trimEnd().split('\r\n');
    expect(head?.split(',')).toHaveLength(2 + table.columns.length);
    expect(lines.find((line) => line.startsWith('Ours (quoted),quoted,'))).toContain(',26.88,');
    expect(JSON.parse(sideBySideJson(table)).rows).toHaveLength(table.rows.length);
    const latex = sideBySideLatex(table);
    expect(latex).toContain('\\multicolumn{5}{c}{DIV2K-Val}');
    expect(latex).toContain('\\cmidrule(lr){2-3} \\cmidrule(lr){4-8}');
    expect(latex).toContain('FFHQ 64$\\rightarrow$256');
    expect(latex.match(/ & /g)?.length).toBeGreaterThan(100);
  });

  it('are read from reports, and from nothing else', () => {
    const report = JSON.parse(JSON.stringify({ adapter: 'x', preset: 'compact', methods: div2k.methods }));
    expect(readNamedSet('A', report).methods.map(({ psnrY, lpips }) => [psnrY, lpips])).toEqual(
      div2k.methods.map(({ psnrY, lpips }) => [psnrY, lpips]),
    );
    const wrong = [null, [], {}, { methods: [] }, { methods: [{ method: 'no such' }] }, { methods: [3] }];
    for (const json of wrong) expect(() => readNamedSet('A', json)).toThrow('A: this is no report of an evaluation');
    // JSON has no infinity.
    expect(readNamedSet('A', { methods: [{ method: 'ours', psnrY: null }] }).methods[0]?.psnrY).toBeNull();
  });
});
