/** The arguments of `npm run train`. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type PresetName, presetNames } from '../../src/presets/presets.ts';
import type { BackendRequest } from '../../src/protocol/upscale.ts';
import { fail, oneOf, parsed, positiveInteger } from '../arguments.ts';

const usage = `Usage: npm run train -- --steps N [options]
  --steps    iterations to have done in the end
  --preset   compact | paper                            (compact)
  --config   JSON file of settings (src/paper/options.ts)
  --out      folder of the run                             (runs/PRESET)
  --resume   folder of a run to go on with; --config then changes its settings; --data and --held-out are not kept, give them again
  --data     folder of HR pictures; every eighth is held out (tests/images/hr)
  --held-out folder of HR pictures to measure the student on; all of --data is learned from then
  --models   folder holding the presets' folders           (public/models)
  --backend  auto | webgpu | wasm                          (auto)
  --every    iterations from checkpoint to checkpoint      (100)
  --evaluate iterations from one measuring of the held-out pictures to the next (0: never)
  --pictures iterations from one picture of all panels to the next (0: none)`;

export interface TrainOptions {
  readonly steps: number;
  readonly preset: PresetName;
  /** Settings as they stand in the file, not checked. */
  readonly settings: unknown;
  readonly folder: string;
  readonly resume: boolean;
  readonly data: string;
  /** undefined: a part of `data`. */
  readonly heldOut: string | undefined;
  readonly models: string;
  readonly backend: BackendRequest;
  readonly every: number;
  readonly evaluate: number;
  readonly pictures: number;
}

function parse(args: string[]) {
  return parsed(usage, {
    args,
    options: {
      steps: { type: 'string' },
      preset: { type: 'string' },
      config: { type: 'string' },
      out: { type: 'string' },
      resume: { type: 'string' },
      data: { type: 'string', default: resolve(import.meta.dirname, '../../tests/images/hr') },
      'held-out': { type: 'string' },
      models: { type: 'string', default: resolve(import.meta.dirname, '../../public/models') },
      backend: { type: 'string', default: 'auto' },
      every: { type: 'string', default: '100' },
      evaluate: { type: 'string', default: '0' },
      pictures: { type: 'string', default: '0' },
    },
  }).values;
}

async function readSettings(path: string | undefined): Promise<unknown> {
  if (path === undefined) return {};
  const text = await readFile(path, 'utf8').catch(() => fail(`${path}: there is no such file.`));
  try {
    return JSON.parse(text);
  } catch {
    return fail(`${path}: this is no JSON.`);
  }
}

/** Ends the process on bad arguments. */
export async function readOptions(args: string[]): Promise<TrainOptions> {
  const values = parse(args);
  if (values.steps === undefined) fail(usage, 2);
  const { resume, preset: named } = values;
  if (resume !== undefined && (values.out !== undefined || named !== undefined)) {
    fail('--resume goes on in its own folder, with its own preset: leave out --out and --preset.', 2);
  }
  const preset: PresetName = oneOf('--preset', named ?? 'compact', presetNames);
  return {
    steps: positiveInteger('--steps', values.steps, 1e7),
    preset,
    settings: await readSettings(values.config),
    folder: resume ?? values.out ?? resolve(import.meta.dirname, '../../runs', preset),
    resume: resume !== undefined,
    data: values.data,
    heldOut: values['held-out'],
    models: values.models,
    backend: oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const),
    every: Math.max(1, positiveInteger('--every', values.every, 1e6)),
    evaluate: positiveInteger('--evaluate', values.evaluate, 1e6),
    pictures: positiveInteger('--pictures', values.pictures, 1e6),
  };
}
