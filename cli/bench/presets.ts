/**
 * A tile of one size through the networks of several presets, in turns in one run, on WebGPU and on WebAssembly. Each opens a
 * backend of its own.
 */
import type { BackendKind } from '../../src/gpu/backend.ts';
import { adapterName } from '../../src/gpu/device.ts';
import { presets } from '../../src/presets/presets.ts';
import { openNodeBackend } from '../backend.ts';
import { type Finding, Meter } from './measure.ts';
import { printTable } from './table.ts';
import { upscaling } from './workloads.ts';

interface PresetTimes {
  readonly backend: BackendKind;
  readonly adapter: string | null;
  /** Milliseconds of a tile by preset, the fastest of the repeats. */
  readonly ms: Readonly<Record<string, number>>;
}

export type ComparedPreset = keyof typeof presets;

async function measure(
  kind: 'webgpu' | 'wasm',
  names: readonly ComparedPreset[],
  side: number,
  repeats: number,
): Promise<PresetTimes> {
  const backend = await openNodeBackend(kind);
  const meter = new Meter(backend);
  const runs = await Promise.all(names.map((name) => upscaling(name, presets[name], side, 'one-step').prepare()));
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const run of runs) await run.run(meter);
    // The first time compiles.
    if (repeat === 0) meter.forget();
  }
  for (const run of runs) run.dispose();
  const adapter = backend.adapter ? adapterName(backend.adapter) : null;
  backend.dispose();
  return { backend: kind, adapter, ms: Object.fromEntries([...meter.costs].map(([name, { ms }]) => [name, ms])) };
}

/** @param names the last one is what the others are told against */
export async function comparePresets(
  names: readonly ComparedPreset[],
  side: number,
  repeats: number,
): Promise<Finding> {
  const rows: PresetTimes[] = [];
  for (const kind of ['webgpu', 'wasm'] as const) rows.push(await measure(kind, names, side, repeats));
  const last = names.at(-1) as string;
  const of = ({ ms }: PresetTimes, name: string) => ms[name];
  return {
    json: rows,
    print() {
      console.log('');
      printTable([
        [`tile of ${side} px, one step`, ...names.map((name) => `${name} ms`), ...names.slice(0, -1)],
        ...rows.map((row) => [
          row.adapter ?? row.backend,
          ...names.map((name) => of(row, name).toFixed(0)),
          ...names.slice(0, -1).map((name) => `${(of(row, name) / of(row, last)).toFixed(1)}× ${last}`),
        ]),
      ]);
    },
  };
}
