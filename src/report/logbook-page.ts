/** The readable part of a logbook: notes, pinned pictures, curves, settings and origin of one or several runs. */
import type { TrainingConfig } from '../paper/config.ts';
import { type OptionName, options } from '../paper/options.ts';
import { type Curve, curvesSvg } from './curves-svg.ts';
import { dataUrl, escaped, pageStyle, scrolled, tableHtml } from './html.ts';
import { markdownHtml, parseMarkdown } from './markdown.ts';
import type { RunBundle } from './run-bundle.ts';
import { DebiasedAverage, type MetricsColumn, metricsColumns } from './run-metrics.ts';

export interface LogbookRun {
  /** Tells it from the others of the logbook. */
  readonly name: string;
  readonly bundle: RunBundle;
  /** Files of the preset that it is trained with: name and SHA-256. */
  readonly weights: readonly { readonly name: string; readonly sha256: string }[];
}

/** A chart: all curves of one run; of several runs the first curve of each. */
export interface LogbookChart {
  readonly title: string;
  readonly description: string;
  readonly isLogarithmic: boolean;
  /** One at least. */
  readonly series: readonly {
    readonly column: MetricsColumn;
    readonly name: string;
    /** Drawn in dashes. */
    readonly isReference: boolean;
  }[];
}

export interface Logbook {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly saved: number;
  /** One at least. */
  readonly runs: readonly LogbookRun[];
  readonly charts: readonly LogbookChart[];
  /** Whether it gives its runs back where it is dropped: it holds the newest checkpoint of each then. */
  readonly goesOn: boolean;
}

/** Of eight curves in both themes; those from the fifth on are dashed as well. */
const colours = [
  'light-dark(#1a1a1d, #ededf0)',
  'light-dark(#0072b2, #56b4e9)',
  'light-dark(#d55e00, #ff9a5c)',
  'light-dark(#00785a, #3fd0a4)',
  'light-dark(#a3457f, #e59acb)',
  'light-dark(#9a6700, #f0b840)',
  'light-dark(#2b82b5, #8fd3ff)',
  'light-dark(#66666e, #b9b9c4)',
];

const style = `${pageStyle}
body { max-width: 980px; margin: 0 auto; padding: 16px; overflow-wrap: anywhere; }
h1 { font-size: 22px; } h2 { margin: 28px 0 8px; font-size: 18px; } h3 { margin: 16px 0 6px; font-size: 15px; }
${colours.map((colour, i) => `.c${i % 8} { color: ${colour}; }`).join('\n')}
.lead { color: light-dark(#55555c, #b0b0b8); }
.pins { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(180px, 100%), 1fr)); gap: 12px; margin: 12px 0; }
.chart { margin: 16px 0; } .chart svg { width: 100%; min-width: 540px; max-width: 720px; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 4px 0; padding: 0; list-style: none; }
.legend i { display: inline-block; width: 18px; margin-right: 6px; border-top: 3px solid currentColor; vertical-align: middle; }
.legend .dashed { border-top-style: dashed; }
.notes table, .notes pre { display: block; overflow-x: auto; } .notes pre { padding: 8px; background: #8882; }
td, th { min-width: 7em; text-align: left; vertical-align: top; } td:not(:first-child) { font-variant-numeric: tabular-nums; }
a { color: light-dark(#0b57c2, #8ab8ff); }
`;

/** "2026-11-29 14:05 UTC". */
const date = (time: number) =>
  new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z/, ' UTC');

const doneBy = ({ checkpoints, rows }: RunBundle): number =>
  checkpoints.at(-1)?.summary.step ?? (rows.latest('step')?.value ?? -1) + 1;

const shown = (value: TrainingConfig[OptionName]) =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/** All settings, a column a run; those in which the runs differ come first. */
function settingRows(runs: readonly LogbookRun[]): string[][] {
  const rows = (Object.keys(options) as OptionName[]).map((name) => [
    `${options[name].label} (${name})`,
    ...runs.map(({ bundle }) => shown(bundle.config[name])),
  ]);
  const differs = ([, ...values]: readonly string[]) => new Set(values).size > 1;
  return [...rows.filter(differs), ...rows.filter((row) => !differs(row))];
}

function originRows(runs: readonly LogbookRun[]): string[][] {
  const facts: readonly (readonly [string, (run: LogbookRun) => string])[] = [
    ['Iterations', ({ bundle }) => String(doneBy(bundle))],
    ['Begun', ({ bundle }) => date(bundle.created)],
    ['Seed', ({ bundle }) => String(bundle.config.seed)],
    ['Preset', ({ bundle }) => bundle.preset],
    ['Weights, SHA-256', ({ weights }) => weights.map(({ name, sha256 }) => `${name} ${sha256}`).join(', ') || '–'],
    [
      'Training pictures',
      ({ bundle: { pictures } }) => (pictures === null ? 'samples of the page' : `${pictures.length} of one’s own`),
    ],
    ['Backend', ({ bundle }) => bundle.environment.backend],
    ['Adapter', ({ bundle }) => bundle.environment.adapter || '–'],
    ['Host', ({ bundle }) => bundle.environment.host || '–'],
    [
      'Versions',
      ({ bundle }) =>
        Object.entries(bundle.environment.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
    ],
  ];
  return facts.map(([name, of]) => [name, ...runs.map(of)]);
}

function pointsOf({ rows }: RunBundle, column: MetricsColumn): Curve['points'] {
  const index = metricsColumns.indexOf(column);
  return [...rows.each()].flatMap((row) => (Number.isNaN(row[index]) ? [] : [[row[0] + 1, row[index]] as const]));
}

/** Values from which on a curve is drawn with its average, whose half-life is a fiftieth of them. */
const long = 100;

/** A long curve, faintly, and its moving average. */
function withAverage(curve: Curve): Curve[] {
  const { points } = curve;
  if (points.length < long) return [curve];
  const average = new DebiasedAverage(0.5 ** (50 / points.length));
  return [
    { ...curve, isFaint: true },
    { ...curve, points: points.map(([step, value]) => [step, average.next(value)] as const) },
  ];
}

/** A chart with its legend; empty where no run measured it. */
function chartHtml({ title, description, isLogarithmic, series }: LogbookChart, runs: readonly LogbookRun[]): string {
  const isOne = runs.length === 1;
  const lines = isOne
    ? series.map(({ column, name, isReference }) => ({ name, column, isReference, bundle: runs[0].bundle }))
    : runs.map(({ name, bundle }) => ({ name, column: series[0].column, isReference: false, bundle }));
  const measured = lines
    .map((line) => ({ ...line, points: pointsOf(line.bundle, line.column) }))
    .filter(({ points }) => points.length > 0);
  const curves = measured.map(({ name, isReference, points }, i) => ({
    name,
    points,
    colour: colours[i % 8],
    isDashed: isReference || i >= 4,
  }));
  const of = isOne || series.length === 1 ? '' : `: ${series[0].name}`;
  const lined = curves.flatMap((curve, i) => (measured[i].isReference ? [curve] : withAverage(curve)));
  const drawn = [...lined.filter(({ isFaint }) => isFaint), ...lined.filter(({ isFaint }) => !isFaint)];
  const svg = curvesSvg(drawn, { title: `${description}, by iteration`, unit: title, isLogarithmic });
  if (svg === null) return '';
  const legend = curves.map(
    ({ name, isDashed }, i) => `<li><i class="c${i % 8}${isDashed ? ' dashed' : ''}"></i>${escaped(name)}</li>`,
  );
  return `<figure class="chart"><h3>${escaped(title + of)}</h3>${scrolled(svg)}<ul class="legend">${legend.join('')}</ul></figure>`;
}

async function runHtml({ name, bundle }: LogbookRun): Promise<string> {
  const done = doneBy(bundle);
  const figures: string[] = [];
  for (const { step, caption, image } of bundle.pins) {
    const text = `${caption === '' ? '' : `${caption} – `}iteration ${step + 1}`;
    figures.push(
      `<figure><img src="${await dataUrl(image)}" alt="${escaped(text)}"><figcaption>${escaped(text)}</figcaption></figure>`,
    );
  }
  const notes =
    bundle.notes.trim() === '' ? '<p class="lead">No notes.</p>' : markdownHtml(parseMarkdown(bundle.notes));
  const pins = figures.length === 0 ? '' : `<div class="pins">${figures.join('\n')}</div>`;
  return `<section><h2>${escaped(name)}</h2>
<p class="lead">${done} ${done === 1 ? 'iteration' : 'iterations'}, begun ${date(bundle.created)}</p>
<div class="notes">${notes}</div>
${pins}</section>`;
}

/**
 * The page up to where the runs' files follow: it loads nothing, and has no script that runs.
 * @param generator the name by which its reader knows it
 */
export async function logbookPage({ title, saved, runs, charts, goesOn }: Logbook, generator: string): Promise<string> {
  const sections: string[] = [];
  for (const run of runs) sections.push(await runHtml(run));
  const drawn = charts.map((chart) => chartHtml(chart, runs)).join('\n');
  const names = runs.map(({ name }) => name);
  const holds = runs.length === 1 ? 'a run' : `${runs.length} runs`;
  const use = goesOn
    ? `This file holds ${holds} with the newest checkpoint: dropped on the Train page, it goes on from there.`
    : 'It is to be read: the checkpoints were left out.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${generator}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="lead">Saved ${date(saved)} by CoSR Playground. ${use}</p>
${sections.join('\n')}
${drawn === '' ? '' : `<section><h2>Curves</h2><p class="lead">Curves of ${long} values or more: faintly each, and their moving average with a half-life of a fiftieth of them.</p>${drawn}</section>`}
<section><h2>Settings</h2>${tableHtml([['Setting', ...names], ...settingRows(runs)])}</section>
<section><h2>Origin</h2>${tableHtml([['Fact', ...names], ...originRows(runs)])}</section>
</main>
`;
}
