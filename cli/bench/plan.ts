/**
 * The engine's cost model against the clock: two tiles are timed, and whole pictures predicted from them as the app predicts
 * them, by the plan of their tiles. On WebAssembly and on this WebGPU adapter, by the shipped weights.
 */
import { Pace } from '../../src/engine/runtime/kernel-watch.ts';
import { tileNoise } from '../../src/engine/runtime/network-tiling.ts';
import { UpscaleEngine } from '../../src/engine/runtime/upscale-engine.ts';
import { predict, upscaleTiled } from '../../src/engine/upscale/tiled-upscale.ts';
import { computedPixels, planTiles, type Tile } from '../../src/imaging/tiling.ts';
import type { PresetName } from '../../src/presets/presets.ts';
import { defaultOptions } from '../../src/protocol/upscale.ts';
import { uniform } from '../../tests/support/hashed.ts';
import { noiseRgba } from '../../tests/support/test-images.ts';
import { openNodeBackend } from '../backend.ts';
import { shippedFolder } from '../model-directory.ts';
import { fastest } from './clock.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

/** LR pixels, width × height. */
const pictures = [
  [1, 1],
  [64, 64],
  [160, 96],
  [256, 256],
  [320, 200],
  [1024, 768],
] as const;

interface PictureRow {
  readonly width: number;
  readonly height: number;
  readonly tiles: number;
  /** LR pixels that are computed for one of the picture. */
  readonly computed: number;
  readonly ms: number;
  readonly predictedMs: number;
  /** Predicted ÷ measured; `cpu` is null on a GPU, where the CPU's time is not the work's. */
  readonly ratio: { readonly wall: number; readonly cpu: number | null };
}

interface PlanRow {
  readonly backend: 'wasm' | 'webgpu';
  readonly adapter: string;
  readonly tile: number;
  readonly timed: readonly { readonly width: number; readonly height: number; readonly ms: number }[];
  readonly pictures: readonly PictureRow[];
}

export interface PlanRequest {
  readonly preset: PresetName;
  /** Side of the largest picture, LR pixels. */
  readonly largest: number;
  readonly repeats: number;
}

async function measure(backend: PlanRow['backend'], { preset, largest, repeats }: PlanRequest): Promise<PlanRow> {
  const { memoryBudget } = defaultOptions;
  const compute = await UpscaleEngine.open(
    { openBackend: openNodeBackend, models: shippedFolder },
    { backend, preset, method: 'auto', tile: 'auto', memoryBudget },
    () => {},
  );
  const { adapter, tile } = compute.ready;
  const hasCpuClock = backend === 'wasm' || (adapter?.isSoftware ?? false);
  const cpuPace = new Pace();
  const timed: PlanRow['timed'][number][] = [];
  // The smallest picture's tile, and the largest that this engine cuts.
  for (const side of [1, tile]) {
    const [place] = planTiles({ width: side, height: side }, tile, compute.tiling).tiles as [Tile];
    const { width, height } = place;
    const lr = { width, height, channels: 3, data: uniform('picture', width * height * 3, 1) } as const;
    const noise = tileNoise(compute, 1, place);
    const run = () => compute.runTile(lr, noise, 'off');
    // The first time prepares.
    await run();
    const { wall, cpu } = await fastest(run, repeats);
    compute.recordTileTime(width * height, wall);
    cpuPace.add(width * height, cpu);
    timed.push({ width, height, ms: wall });
  }
  const rows: PictureRow[] = [];
  for (const [width, height] of pictures) {
    if (Math.max(width, height) > largest) continue;
    const { tiles } = planTiles({ width, height }, tile, compute.tiling);
    const predictedMs = 1000 * (predict(compute, width, height).run?.seconds ?? 0);
    const predictedCpu = cpuPace.of(tiles.length, computedPixels(tiles)) ?? 0;
    const image = noiseRgba(width, height, 1);
    const options = { preset, method: compute.ready.method, seed: 1, colourLock: 'off' } as const;
    const { wall: ms, cpu } = await fastest(() => upscaleTiled(compute, tile, image, options, {}), repeats);
    const ratio = { wall: predictedMs / ms, cpu: hasCpuClock ? predictedCpu / cpu : null };
    const told = [ratio.wall, ratio.cpu].map((value) => value?.toFixed(2) ?? '–').join(', by CPU time ');
    process.stderr.write(`  ${backend} ${width}×${height}: ${ms.toFixed(0)} ms, predicted ÷ measured ${told}\n`);
    const computed = computedPixels(tiles) / (width * height);
    rows.push({ width, height, tiles: tiles.length, computed, ms, predictedMs, ratio });
  }
  compute.dispose();
  return { backend, adapter: adapter?.description || 'WebAssembly', tile, timed, pictures: rows };
}

export async function plannedPictures(request: PlanRequest): Promise<Finding> {
  const rows = [await measure('wasm', request), await measure('webgpu', request)];
  const ratios = Object.fromEntries(
    rows.flatMap(({ backend, pictures }) =>
      pictures.map(({ width, height, ratio }) => [`${backend} ${width}×${height}`, ratio.cpu ?? ratio.wall]),
    ),
  );
  return { json: rows, ratios, print: () => rows.forEach(printPlan) };
}

function printPlan({ adapter, tile, timed, pictures }: PlanRow): void {
  const from = timed.map(({ width, height, ms }) => `${width}×${height} in ${ms.toFixed(0)} ms`).join(', ');
  console.log(`\n${adapter}, tiles of ${tile} px; timed: ${from}`);
  printTable([
    ['picture', 'tiles', 'computed', 'ms', 'predicted', 'predicted ÷ measured', 'by CPU time'],
    ...pictures.map(({ width, height, tiles, computed, ms, predictedMs, ratio }) => [
      `${width}×${height}`,
      String(tiles),
      `${computed.toFixed(2)}×`,
      ms.toFixed(0),
      predictedMs.toFixed(0),
      ratio.wall.toFixed(2),
      ratio.cpu?.toFixed(2) ?? '–',
    ]),
  ]);
}
