import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../paper/config.ts';
import { curvesSvg, thinned } from './curves-svg.ts';
import { readLogbook, writeLogbook } from './logbook.ts';
import type { LogbookChart, LogbookRun } from './logbook-page.ts';
import { MetricsLog, packRow } from './metrics-log.ts';
import { type RunBundle, readRunBundle, writeRunBundle } from './run-bundle.ts';

const nasty = '<img src=x onerror=alert(1)> & "quotes" </script><script>alert(2)</script>';
const measured = { scores: {}, accuracies: {}, pixelStd: {}, termGrads: {}, termShares: {}, gradNorms: {} };

async function bundleOf(seed: number, notes: string): Promise<RunBundle> {
  const rows = new MetricsLog();
  for (let step = 0; step < 40; step++)
    rows.push(packRow({ ...measured, step, losses: { student: 1 / (step + seed) } }, {}));
  const grey = sharp({ create: { width: 16, height: 16, channels: 3, background: '#876' } });
  const image = new Blob([new Uint8Array(await grey.png().toBuffer())], { type: 'image/png' });
  const summary = { bytes: 3, saved: 1, pinned: false, psnrY: null, psnrStep: null };
  return {
    preset: 'compact',
    config: { ...defaultConfig, seed },
    pictures: null,
    created: Date.UTC(2026, 10, 29, 14, 5),
    environment: { backend: 'webgpu', adapter: nasty, host: 'test', versions: { tfjs: '4.22.0' } },
    rows,
    frames: [],
    // Not a multiple of three bytes.
    checkpoints: [38, 40].map((step) => ({
      summary: { ...summary, step },
      file: new Blob([`c${step}`, 'x'.repeat(4)]),
    })),
    notes,
    pins: [{ step: 6, panel: 'student', caption: nasty, image }],
  };
}

const chart: LogbookChart = {
  title: 'Student',
  description: 'The student’s loss',
  isLogarithmic: false,
  series: [
    { column: 'losses.student', name: 'whole', isReference: false },
    { column: 'losses.cycle', name: 'cycle', isReference: false },
  ],
};

describe('a logbook', () => {
  let runs: LogbookRun[];
  let file: Blob;
  let html = '';
  beforeAll(async () => {
    runs = [
      { name: 'seed 42', bundle: await bundleOf(42, `# Findings\n\n${nasty}\n\n- one`), weights: [] },
      { name: nasty, bundle: await bundleOf(7, ''), weights: [{ name: 'teacher.safetensors', sha256: 'abc' }] },
    ];
    file = await writeLogbook({
      title: `Two ${nasty}`,
      saved: Date.UTC(2026, 10, 30),
      runs,
      charts: [chart],
      goesOn: true,
    });
    html = await file.text();
  });

  it('gives the runs back as they were, with their newest checkpoint', async () => {
    const parts = await readLogbook(file);
    expect(parts).toHaveLength(2);
    for (const [i, part] of parts.entries()) {
      const { bundle } = runs[i];
      const back = await readRunBundle(part);
      expect([...back.rows.values()]).toEqual([...bundle.rows.values()].map(Math.fround));
      expect(back).toMatchObject({ config: bundle.config, created: bundle.created, notes: bundle.notes });
      expect(back.pins.map(({ step, panel, caption }) => [step, panel, caption])).toEqual([[6, 'student', nasty]]);
      expect(await back.pins[0].image.bytes()).toEqual(await bundle.pins[0].image.bytes());
      expect(back.checkpoints.map(({ summary }) => summary.step)).toEqual([40]);
      expect(await back.checkpoints[0].file.text()).toBe('c40xxxx');
    }
  });

  it('without checkpoints is a page to read, of which its reader says so', async () => {
    const page = await writeLogbook({ title: 'To read', saved: 1, runs, charts: [], goesOn: false });
    expect(page.size).toBeLessThan(file.size);
    const text = await page.text();
    expect(text).toContain('It is to be read: the checkpoints were left out.');
    expect(text).not.toContain('application/zip');
    await expect(readLogbook(page)).rejects.toThrow(/saved without checkpoints/);
  });

  it('is a page with notes, pictures, curves, settings and origin', () => {
    expect(html).toContain('<h3>Findings</h3>');
    expect(html).toContain('<ul><li>one</li></ul>');
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2);
    expect(html).toContain('iteration 7</figcaption>');
    // One curve a run; the second curve of the chart belongs to a single run.
    expect(html.match(/<polyline /g)).toHaveLength(2);
    expect(html).toContain('Student: whole');
    expect(html).toContain('<td>Seed (seed)</td><td>42</td><td>7</td>');
    expect(html).toContain('teacher.safetensors abc');
    expect(html).toContain('2026-11-30 00:00 UTC');
  });

  it('draws a long curve faintly behind its average', async () => {
    const rows = new MetricsLog();
    for (let step = 0; step < 200; step++) {
      rows.push(packRow({ ...measured, step, losses: { student: step % 2 } }, {}));
    }
    const long = { ...runs[1], bundle: { ...runs[1].bundle, rows } };
    const drawn = await (
      await writeLogbook({ title: 'Long', saved: 1, runs: [long], charts: [chart], goesOn: true })
    ).text();
    expect(drawn.match(/stroke-opacity="0.25"/g)).toHaveLength(1);
    const average = [...drawn.matchAll(/<polyline[^>]* points="([^"]*)"/g)].at(-1)?.[1] ?? '';
    const ys = average
      .split(' ')
      .slice(-50)
      .map((point) => Number(point.split(',')[1]));
    expect(Math.max(...ys) - Math.min(...ys)).toBeLessThan(60);
  });

  it('runs no script, loads nothing and lets no text become markup', () => {
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    const scripts = [...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
    expect(scripts).toEqual([
      '<script type="application/zip" id="run-1">',
      '<script type="application/zip" id="run-2">',
      '<script type="application/json" id="cosr-logbook-1">',
    ]);
    expect(html).not.toContain('<img src=x');
    expect(html.match(/(src|href)="(?!data:)/g)).toBeNull();
  });

  it('without notes and pins has the run’s file as earlier versions read it', async () => {
    const { bundle } = runs[1];
    const plain = await (await writeRunBundle({ ...bundle, notes: '', pins: [] })).text();
    expect(plain).not.toMatch(/notes\.md|pins/);
  });

  it('that is none, is cut or is changed is refused in a sentence', async () => {
    const changed = (from: string | RegExp, to: string) => new Blob([html.replace(from, to)]);
    const start = /"start":(\d+),"bytes":(\d+)/.exec(html);
    const [entry, at, bytes] = start ?? [];
    const wrong: [Blob, RegExp][] = [
      [new Blob(['<!doctype html><p>A page']), /is no logbook, for it holds no run/],
      [file.slice(0, file.size - 60), /cut off/],
      [new Blob(['<!doctype html>', file.slice(15)]).slice(0, 2000), /cut off/],
      [changed('{"runs":[', '{"runs":[['), /directory of the logbook is damaged/],
      [changed(/\{"runs":.*\}/, '{"runs":[]}'), /saved without checkpoints/],
      [changed(/\{"runs":.*\}/, JSON.stringify({ runs: Array(17).fill({ start: 9, bytes: 9 }) })), /says 17/],
      [changed(`${entry}`, `"start":${at},"bytes":9007199254740991`), /Run 1 of the logbook is not at its place/],
      [changed(`${entry}`, `"start":${at},"bytes":${Number(bytes) + 3}`), /not at its place/],
      [changed(`${entry}`, `"start":${Number(at) + 4},"bytes":${bytes}`), /not at its place/],
      [changed(`${entry}`, `"start":0,"bytes":${bytes}`), /not at its place/],
      [changed(/(id="run-1">)..../, '$1****'), /no base64/],
      [changed(/(id="run-2">)..../, '$1    '), /Run 2 of the logbook is damaged/],
    ];
    for (const [bad, sentence] of wrong) await expect(readLogbook(bad), String(sentence)).rejects.toThrow(sentence);
  });

  it('a changed byte of a run is found by its checksum', async () => {
    // The letters of a row in base64, whichever their place.
    const zip = await (await readLogbook(file))[0].bytes();
    const place = Buffer.from(zip).indexOf('"losses.student":');
    const text = html.indexOf('id="run-1">') + 'id="run-1">'.length + 4 * Math.floor(place / 3);
    const other = html[text] === 'A' ? 'B' : 'A';
    const bad = new Blob([html.slice(0, text), other, html.slice(text + 1)]);
    const [first] = await readLogbook(bad);
    await expect(readRunBundle(first)).rejects.toThrow(/"metrics\.jsonl" is damaged/);
  });
});

describe('thinned points', () => {
  it('keep the ends of each part’s range, in order', () => {
    const points = Array.from({ length: 5000 }, (_, step) => [step, step === 2501 ? 99 : Math.sin(step / 9)] as const);
    const few = thinned(points, 200);
    expect(few.length).toBeLessThanOrEqual(200);
    expect(few).toContainEqual([2501, 99]);
    expect(few.every(([step], i) => i === 0 || step > few[i - 1][0])).toBe(true);
  });
});

describe('a logarithmic axis', () => {
  const numbers = (...values: number[]) => {
    const points = values.map((value, step) => [step, value] as const);
    const svg = curvesSvg([{ name: 'a', colour: '#000', points }], { title: 't', unit: 'u', isLogarithmic: true });
    return [...(svg ?? '').matchAll(/text-anchor="end">([^<]+)</g)].map(([, text]) => Number(text));
  };

  it('has numbers however little the values differ', () => {
    expect(numbers(0.01, 100)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(numbers(0.9, 6)).toEqual([1, 2, 5]);
    expect(numbers(3.1, 4.4)).toEqual([3.5, 4]);
  });
});
