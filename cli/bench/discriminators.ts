/** The cost of an iteration and the download: discriminators on pretrained features beside those from scratch. */
import { featureFile } from '../../src/engine/runtime/training-networks.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import { adapterName } from '../../src/gpu/device.ts';
import { type DiscriminatorKind, discriminatorKinds } from '../../src/presets/cotraining.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { openNodeBackend } from '../backend.ts';
import { type Finding, Meter } from './measure.ts';
import { printTable } from './table.ts';
import { coTraining } from './workloads.ts';

interface Row {
  readonly backend: string;
  readonly features: DiscriminatorKind;
  /** Milliseconds by part, the fastest of the repeats. */
  readonly ms: Readonly<Record<string, number>>;
  readonly downloadBytes: number;
}

const whole = 'iteration';
const shown = ['updateDiscriminatorHR', 'updateDiscriminatorLR', 'updateStudent', 'updateDownsampler'] as const;

/** Both kinds in turns on one backend. */
async function measure(backend: Backend, preset: ModelPreset, crop: number, repeats: number): Promise<Row[]> {
  const runs = [];
  for (const features of discriminatorKinds) {
    const workload = coTraining(whole, preset, { crop, window: crop / 2, discriminator: features });
    runs.push({ features, meter: new Meter(backend), run: await workload.prepare() });
  }
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const { run, meter } of runs) {
      await run.run(meter);
      // The first time compiles.
      if (repeat === 0) meter.forget();
    }
  }
  const name = backend.adapter ? adapterName(backend.adapter) : backend.kind;
  return runs.map(({ features, meter, run }) => {
    run.dispose();
    const ms = Object.fromEntries([...meter.costs].map(([part, cost]) => [part, cost.ms]));
    return { backend: name, features, ms, downloadBytes: features === 'scratch' ? 0 : featureFile.bytes };
  });
}

function print(rows: readonly Row[]): void {
  console.log('');
  printTable([
    ['features of the D’s', 'ms an iteration', ...shown, 'bytes to download'],
    ...rows.map(({ backend, features, ms, downloadBytes }) => [
      `${features}, ${backend}`,
      (ms[whole] ?? 0).toFixed(0),
      ...shown.map((phase) => (ms[`${whole}: ${phase}`] ?? 0).toFixed(0)),
      downloadBytes.toLocaleString('en'),
    ]),
  ]);
}

/** On the open backend, and on WebAssembly. */
export async function compareDiscriminators(
  backend: Backend,
  preset: ModelPreset,
  crop: number,
  repeats: number,
): Promise<Finding> {
  const onGpu = await measure(backend, preset, crop, repeats);
  const wasm = await openNodeBackend('wasm');
  const rows = [...onGpu, ...(await measure(wasm, preset, crop, repeats))];
  wasm.dispose();
  return { json: rows, print: () => print(rows) };
}
