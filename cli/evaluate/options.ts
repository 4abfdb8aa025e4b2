/** The options of `npm run evaluate`, checked before anything is read. */
import { resolve } from 'node:path';
import { type DegradationKind, degradationKinds } from '../../src/degradation/index.ts';
import { type PresetName, presetNames } from '../../src/presets/presets.ts';
import { isTaught } from '../../src/presets/teaching.ts';
import { type BackendRequest, type ColourLock, defaultOptions } from '../../src/protocol/upscale.ts';
import {
  type ComputedMethod,
  esrganNames,
  evaluationMethods,
  isExternal,
  isTeacherSampling,
} from '../../src/report/methods.ts';
import { fail, oneOf, parsed, positiveInteger } from '../arguments.ts';
import { readSeeds } from './seeds.ts';

const usage = `Usage: npm run evaluate -- --hr DIR --lr DIR | --hr DIR --degrade KIND | --lr DIR   [options]
  --hr       the true pictures
  --lr       what to upscale, paired with them by file name; alone, outputs and times only
  --degrade  make the LR pictures here: ${degradationKinds.join(' | ')}
  --methods  comma-separated, of ${evaluationMethods.join(', ')}
                                                       (all of these that the weights offer)
             and of ${esrganNames.join(', ')}, onnx:FILE, taught:NAME@ID (docs/own-upscaler.md)
  --result   NAME=DIR: outputs of another program, scored beside the methods; may be given several times
  --preset   compact | paper                        (compact)
  --models   folder holding the presets' folders       (public/models)
  --seed     of the noise and of --degrade             (${defaultOptions.seed})
  --seeds    comma-separated noise seeds: the table is the first one's, intervals (--json) and ranges are over all
  --colour   wavelet | ycbcr | off: colour lock        (${defaultOptions.colourLock})
  --tile     LR pixels a side of a tile, or auto       (64)
  --backend  auto | webgpu | wasm                      (auto)
  --metric   NAME=FILE.onnx: measure with it too (docs/metrics.md); may be given several times
  --json     file to write per-picture rows to; until all is measured they are in FILE.rows.jsonl, which the same
             command goes on from after a crash; likewise
  --csv, --markdown, --latex   the table with means and deviations (CSV: every picture too)
  --out      folder to write the outputs to, a folder a method
  --sheet    picture to write: rows of crops, a column a method (.jpg, .png, .webp)
  --sheet-rows  pictures on the sheet, spread over the set (8)`;

/** Something of the user's, and the name that tables give it. */
export interface NamedPath {
  readonly name: string;
  readonly path: string;
}

export interface EvaluateOptions {
  readonly hr: string | null;
  readonly lr: string | null;
  readonly degrade: DegradationKind | null;
  /** Null: all there are. */
  readonly methods: readonly ComputedMethod[] | null;
  /** Folders of outputs. */
  readonly results: readonly NamedPath[];
  readonly preset: PresetName;
  readonly models: string;
  readonly seed: number;
  /** Further seeds of the noise. */
  readonly moreSeeds: readonly number[];
  readonly colourLock: ColourLock;
  readonly tile: number | 'auto';
  readonly backend: BackendRequest;
  readonly metrics: readonly NamedPath[];
  readonly json: string | null;
  readonly csv: string | null;
  readonly markdown: string | null;
  readonly latex: string | null;
  readonly out: string | null;
  readonly sheet: string | null;
  readonly sheetRows: number;
}

const sheetEndings = /\.(jpe?g|png|webp)$/i;

function parse(args: readonly string[]) {
  return parsed(usage, {
    args: [...args],
    options: {
      hr: { type: 'string' },
      lr: { type: 'string' },
      degrade: { type: 'string' },
      methods: { type: 'string' },
      preset: { type: 'string', default: 'compact' },
      models: { type: 'string', default: resolve(import.meta.dirname, '../../public/models') },
      seed: { type: 'string', default: String(defaultOptions.seed) },
      seeds: { type: 'string' },
      colour: { type: 'string', default: defaultOptions.colourLock },
      tile: { type: 'string', default: '64' },
      backend: { type: 'string', default: 'auto' },
      metric: { type: 'string', multiple: true, default: [] },
      result: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      csv: { type: 'string' },
      markdown: { type: 'string' },
      latex: { type: 'string' },
      out: { type: 'string' },
      sheet: { type: 'string' },
      'sheet-rows': { type: 'string', default: '8' },
    },
  }).values;
}

const named = [
  ...evaluationMethods,
  'resshift@K',
  'resshift-det',
  'taught:NAME@ID',
  ...esrganNames,
  'onnx:FILE',
] as const;

const methodOf = (name: string): ComputedMethod =>
  isExternal(name) || isTeacherSampling(name) || isTaught(name)
    ? name
    : (oneOf('--methods', name, named) as ComputedMethod);

/** @throws the program, where two have one name. @param what "metric": "--metric NAME=…" */
function namedPaths(what: 'metric' | 'result', example: string, texts: readonly string[]): NamedPath[] {
  const all = texts.map((text) => {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    return name?.trim() && path
      ? { name: name.trim(), path }
      : fail(`--${what} takes ${example}; "${text}" is not.`, 2);
  });
  const names = all.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`Two ${what}s are called ${twice}: name one of them otherwise.`, 2);
  return all;
}

/** Ends the program with one line when the options make no sense. */
export function readOptions(args: readonly string[]): EvaluateOptions {
  const values = parse(args);
  const {
    hr = null,
    lr = null,
    json = null,
    out = null,
    sheet = null,
    csv = null,
    markdown = null,
    latex = null,
  } = values;
  if (!hr && !lr) fail(usage, 2);
  const degrade = values.degrade === undefined ? null : oneOf('--degrade', values.degrade, degradationKinds);
  if (degrade && lr) fail('--degrade makes the LR pictures, so it does not go with --lr.', 2);
  if (hr && !lr && !degrade) fail('--hr needs LR pictures: name them with --lr, or have them made with --degrade.', 2);
  if (degrade && !hr) fail('--degrade needs pictures to degrade: name them with --hr.', 2);
  if (sheet && !sheetEndings.test(sheet)) fail(`${sheet}: the sheet's name must end in .jpg, .png or .webp.`, 2);
  const seeds = values.seeds === undefined ? null : readSeeds(values.seeds);
  const methods = values.methods?.split(',').map((name) => methodOf(name.trim())) ?? null;
  if (methods?.includes('autoencoder') && !hr) fail('The autoencoder’s round trip needs the HR pictures: add --hr.', 2);
  return {
    hr,
    lr,
    degrade,
    methods: methods && [...new Set(methods)],
    preset: oneOf('--preset', values.preset, presetNames),
    models: values.models,
    seed: seeds?.[0] ?? positiveInteger('--seed', values.seed, 2 ** 32 - 1),
    moreSeeds: seeds?.slice(1) ?? [],
    colourLock: oneOf('--colour', values.colour, ['wavelet', 'ycbcr', 'off'] as const),
    tile: values.tile === 'auto' ? 'auto' : positiveInteger('--tile', values.tile, 256),
    backend: oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const),
    metrics: namedPaths('metric', 'NAME=FILE.onnx', values.metric),
    results: namedPaths('result', 'NAME=DIR', values.result),
    json,
    csv,
    markdown,
    latex,
    out,
    sheet,
    sheetRows: Math.max(1, positiveInteger('--sheet-rows', values['sheet-rows'], 100)),
  };
}
