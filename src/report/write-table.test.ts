/** The table in its three file formats. */
import { describe, expect, it } from 'vitest';
import { type MeasuredRow, summarise } from '../engine/evaluation/scores.ts';
import { columnsOf, formatValue, type MethodResult, ranks, shortfalls, statistics } from './columns.ts';
import { reportedValue, tableOne, tableTwo } from './paper-tables.ts';
import { csvOf, latexOf, markdownOf, sideBySideCsv } from './write-table.ts';

function rows(psnr: readonly number[], score: number, feature: number): MeasuredRow[] {
  return psnr.map((psnrY, i) => ({
    row: {
      name: i === 0 ? 'a, "b".png' : `${i}.png`,
      psnrY,
      ssimY: 0.5,
      msSsim: i === 0 ? null : 0.75,
      lpips: 0.125,
      perceptual: { LPIPS_x: 0.25 },
      niqe: i === 0 ? 5 : null,
      noReference: { MUSIQ: score },
      width: 10,
      height: 10,
      ms: 2,
    },
    features: { FID: { output: Float32Array.of(feature, i), truth: Float32Array.of(0, i) } },
  }));
}

const results: MethodResult[] = [
  summarise('autoencoder', rows([40, 40], 90, 0)),
  summarise('bicubic', rows([20, 24], 50, 1)),
  summarise('onnx:models/my_net.onnx', rows([21, 21], 60, 2)),
];
const directions = { LPIPS_x: 'lower', MUSIQ: 'higher', FID: 'lower' } as const;

describe('the table of results', () => {
  it('has the columns that were measured, the time last', () => {
    const titles = columnsOf(results, directions).map(({ title, better }) => `${title} ${better}`);
    expect(titles).toEqual([
      'PSNR-Y higher',
      'SSIM-Y higher',
      'MS-SSIM higher',
      'LPIPS lower',
      'LPIPS_x lower',
      'NIQE lower',
      'MUSIQ higher',
      'FID lower',
      'ms/MP lower',
    ]);
    const blind = results.map(({ method, images }) => ({ method, images, msPerMegapixel: 1 }));
    expect(columnsOf(blind).map(({ title }) => title)).toEqual(['ms/MP']);
  });

  it('has means, deviations and the set’s own distance', () => {
    const [psnr, , msSsim, , , , , fid] = columnsOf(results, directions);
    const bicubic = results[1];
    if (!psnr || !msSsim || !fid) throw new Error('columns are missing');
    expect(statistics(bicubic, psnr)).toEqual({ mean: 22, deviation: Math.sqrt(8), count: 2 });
    expect(statistics(bicubic, msSsim)).toEqual({ mean: 0.75, deviation: null, count: 1 });
    // The same spread, moved by 1.
    expect(statistics(bicubic, fid).mean).toBeCloseTo(1, 9);
    expect(statistics(bicubic, fid).count).toBe(0);
  });

  it('says of how many pictures a column is, and why', () => {
    expect(shortfalls(results, columnsOf(results, directions))).toEqual([
      'MS-SSIM of 1 of 2 pictures: it takes 161 px a side.',
      'NIQE of 1 of 2 pictures: it takes two patches of 96 × 96 px that are not flat.',
    ]);
  });

  it('tells a metric of the user’s from ours of the same name', () => {
    const own = results.map((result) => ({ ...result, perceptual: { LPIPS: 1 } }));
    const titles = columnsOf(own).map(({ title, ofMethod }) => [title, ofMethod(own[0] as MethodResult)]);
    expect(titles).toContainEqual(['LPIPS', 0.125]);
    expect(titles).toContainEqual(['LPIPS (ONNX)', 1]);
  });

  it('lets equal methods share a place, the autoencoder never among them', () => {
    const equal = [...results, summarise('lanczos', rows([22, 22], 40, 1))];
    const psnr = columnsOf(equal, directions)[0];
    expect([...ranks(equal, psnr)]).toEqual([
      ['bicubic', 1],
      ['onnx:models/my_net.onnx', 2],
      ['lanczos', 1],
    ]);
  });

  it('counts what a metric gives that is no number as not measured', () => {
    const of = (method: MethodResult['method'], score: number) => summarise(method, rows([20, 21], score, 1));
    const some = [of('nearest', Number.NaN), of('bicubic', 3), of('lanczos', 2)];
    const musiq = columnsOf(some, directions).find(({ title }) => title === 'MUSIQ');
    if (!musiq) throw new Error('the column is missing');
    expect([...ranks(some, musiq)]).toEqual([
      ['bicubic', 1],
      ['lanczos', 2],
    ]);
    const { mean, count } = statistics(some[0] as MethodResult, musiq);
    expect([formatValue(mean, musiq), count]).toEqual(['—', 0]);
  });

  it('as CSV has every picture, in full', () => {
    const lines = csvOf(results, directions).split('\r\n');
    expect(lines[0]).toBe('method,picture,width,height,ms,PSNR-Y,SSIM-Y,MS-SSIM,LPIPS,LPIPS_x,NIQE,MUSIQ,FID,ms/MP');
    expect(lines[5]).toBe('bicubic,"a, ""b"".png",10,10,2,20,0.5,,0.125,0.25,5,50,,20000');
    expect(lines[7]).toMatch(/^bicubic,\(mean\),,,,22,0.5,0.75,0.125,0.25,5,50,1(\.0+\d*|),20000$/);
    expect(lines[8]).toMatch(/^bicubic,\(standard deviation\),,,,2.828/);
    expect(lines[9]).toMatch(/^my_net.onnx,/);
    expect(lines).toHaveLength(1 + 3 * 4 + 1);
  });

  it('as Markdown marks best and second best of those without the truth', () => {
    const lines = markdownOf(results, directions).split('\n');
    expect(lines[0]).toBe(
      '|  | PSNR-Y ↑ | SSIM-Y ↑ | MS-SSIM ↑ | LPIPS ↓ | LPIPS\\_x ↓ | NIQE ↓ | MUSIQ ↑ | FID ↓ | ms/MP ↓ |',
    );
    expect(lines[2]).toContain('| autoencoder of HR | 40.00 ± 0.00 |');
    expect(lines[3]).toContain('| bicubic | **22.00** ± 2.83 |');
    expect(lines[4]).toContain('| my\\_net.onnx | _21.00_ ± 0.00 |');
    expect(lines[4]).toContain('| **60.0000** ± 0.0000 |');
  });

  it('as LaTeX is a tabular that compiles', () => {
    const text = latexOf(results, directions);
    expect(text).toContain('\\begin{tabular}{lrrrrrrrrr}\n\\toprule\n & PSNR-Y $\\uparrow$ & ');
    expect(text).toContain('LPIPS\\_x $\\downarrow$');
    expect(text).toContain('bicubic & \\textbf{22.00} {\\scriptsize$\\pm$ 2.83} & ');
    expect(text).toContain('my\\_net.onnx & \\underline{21.00}');
    expect(text).not.toMatch(/[↑↓—∞±]/);
  });
});

describe('names that mean something to the reader of a file', () => {
  const named = (name: string, method: MethodResult['method'] = 'bicubic') =>
    summarise(
      method,
      rows([-20], 1, 1).map((entry) => ({ ...entry, row: { ...entry.row, name } })),
    );

  it('are no formula of a spreadsheet; numbers stay numbers', () => {
    const [, picture] = csvOf([named('=HYPERLINK("https://x.org","a").png')]).split('\r\n');
    expect(picture).toMatch(/^bicubic,"'=HYPERLINK\(""https:\/\/x\.org"",""a""\)\.png",10,10,2,-20,/);
    for (const name of ['+1.png', '-1.png', '@sum.png', '\t=1.png'])
      expect(csvOf([named(name)])).toContain(`bicubic,'${name},10,`);
    expect(csvOf([named('a.png', 'result:=1+1')])).toMatch(/\r\n'=1\+1,a\.png,/);
    const columns = [{ set: '=1', title: 'PSNR-Y', better: 'higher', digits: 2 }] as const;
    const cells = [{ value: -20, text: '-20.00' }];
    const table = { columns, rows: [{ id: 'a', title: '@a', quoted: false, cells }] };
    expect(sideBySideCsv(table)).toBe("method,source,'=1 PSNR-Y\r\n'@a,measured,-20\r\n");
  });

  it('are no markup of Markdown', () => {
    const line = markdownOf([named('a.png', 'result:[a](http://x.org) ~~b~~ &lt; c|d\ne')]).split('\n')[2];
    expect(line).toMatch(/^\| \\\[a\\\]\(http:\/\/x\.org\) \\~\\~b\\~\\~ \\&lt; c\\\|d e \| /);
  });

  it('are no command of LaTeX, and no length behind the end of a row', () => {
    const rowOf = (name: string) => latexOf([named('a.png'), named('a.png', `result:${name}`)]).split('\n')[5];
    expect(rowOf('[2cm] 50%_#1')).toMatch(/^\{\[\}2cm\] 50\\%\\_\\#1 & /);
    expect(rowOf('*a <b> | c')).toMatch(/^\{\*\}a \\textless\{\}b\\textgreater\{\} \\textbar\{\} c & /);
  });
});

describe('what the paper reports', () => {
  it('is kept as numbers, and written as it prints them', () => {
    for (const { columns, rows } of [tableOne, tableTwo])
      for (const { values } of rows) expect(values).toHaveLength(columns.length);
    const ours = [tableOne, tableTwo].map(({ columns, rows }) =>
      columns.map((column, i) => reportedValue(rows.find(({ name }) => name === 'Ours')?.values[i], column)),
    );
    expect(ours[0]?.slice(4, 7)).toEqual(['26.880', '.747', '.198']);
    expect(ours[1]?.slice(0, 3)).toEqual(['29.43', '.829', '.955']);
    expect(reportedValue(null, { digits: 2 })).toBe('—');
  });
});
