/** The diagnosis as plain text, to paste into an issue, and as tables. */
import type { Diagnosis, MachineReport } from '../../protocol/diagnosis.ts';
import type { AdapterSummary, EngineReady } from '../../protocol/upscale.ts';
import type { EngineState } from '../../store/engine.ts';
import { formatBytes, formatCount, formatInteger, formatMilliseconds } from '../ui/format.ts';

export type Fact = readonly [name: string, value: string];

export const adapterText = (adapter: AdapterSummary | null): string =>
  adapter
    ? [adapter.vendor, adapter.architecture, adapter.device, adapter.description].filter(Boolean).join(' ') ||
      'unnamed adapter'
    : 'none';

const yesNo = (value: boolean) => (value ? 'yes' : 'no');
const capitalYesNo = (value: boolean) => (value ? 'Yes' : 'No');

export const errorText = (maxError: number | null): string =>
  maxError === null ? '' : maxError === 0 ? '0' : maxError.toExponential(1);

/** As last measured. */
const tileTime = ({ msPerTile }: EngineReady): string =>
  msPerTile === null ? 'not timed yet' : formatMilliseconds(msPerTile);

export function reportText(diagnosis: Diagnosis, engine: EngineState): string {
  const { webgpu, wasm, storage, memory, selfTest, advice } = diagnosis;
  const ready = engine.ready;
  return [
    `Browser: ${diagnosis.userAgent}`,
    `Engine: ${engine.phase}${engine.message ? ` (${engine.message})` : ''}`,
    `Backend: ${diagnosis.activeBackend ?? 'none'}${ready ? ` (${ready.backendReason})` : ''}`,
    ...(ready ? [`Tile: ${ready.tile} px, ${tileTime(ready)} (${ready.tileReason})`] : []),
    `WebGPU: ${yesNo(webgpu.available)} (${webgpu.message})`,
    `Adapter: ${adapterText(webgpu.adapter)}${webgpu.adapter?.isSoftware ? ' (software)' : ''}`,
    `Features: ${webgpu.features.join(', ') || 'none'}`,
    `WebAssembly: SIMD ${yesNo(wasm.simd)}, ${formatCount(wasm.threads, 'thread')}`,
    `Cross-origin isolated: ${yesNo(diagnosis.crossOriginIsolated)}`,
    `Storage: OPFS ${yesNo(storage.opfs)}, persisted ${yesNo(storage.persisted)}, ${formatBytes(storage.usage)} of ${formatBytes(storage.quota)}`,
    `Memory: ${memory.tensors} tensors, ${formatBytes(memory.bytes)}${memory.gpuBytes === null ? '' : `, GPU ${formatBytes(memory.gpuBytes)}`}`,
    '',
    'Self-test:',
    ...selfTest.map(({ op, ok, maxError, message }) =>
      `  ${ok ? 'ok  ' : 'FAIL'} ${op} ${errorText(maxError)} ${message}`.trimEnd(),
    ),
    ...(selfTest.length === 0 ? ['  not run'] : []),
    '',
    'Advice:',
    ...(advice.length === 0 ? ['  none'] : advice.map((sentence) => `  ${sentence}`)),
    '',
    'Limits:',
    ...Object.entries(webgpu.limits).map(([name, value]) => `  ${name}: ${value}`),
  ].join('\n');
}

/** A report's figures in one line. */
export function measuredText({ measured: { peak, convolutions, tile } }: Pick<MachineReport, 'measured'>): string {
  const reached = `Convolutions: ${convolutions.gflops.toFixed(1)} GFLOP/s`;
  const most = peak ? ` of ${(peak.flopsPerSecond / 1e9).toFixed(0)} at most` : '';
  const times = [tile.firstMs, tile.nextMs].map((ms) => formatMilliseconds(ms));
  return `${reached}${most}. A tile of ${tile.side} px: ${times[0]} the first time, ${times[1]} after that.`;
}

const kinds = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain JavaScript' } as const;

/**
 * One statement: what runs, on what, and why it is slow where it is. Null before the engine is ready.
 * @returns its first sentence names the backend, the second the speed
 */
export function verdict(
  { wasm, crossOriginIsolated }: Pick<Diagnosis, 'wasm' | 'crossOriginIsolated'>,
  { ready }: Pick<EngineState, 'ready'>,
): { readonly what: string; readonly why: string; readonly isFast: boolean } | null {
  if (!ready) return null;
  const { backend, adapter, backendReason, preset, tile } = ready;
  const isFast = backend === 'webgpu' && adapter?.isSoftware !== true;
  const on =
    backend === 'webgpu'
      ? ` on ${adapterText(adapter)}`
      : backend === 'wasm'
        ? ` on the processor, ${formatCount(wasm.threads, 'thread')}${wasm.simd ? '' : ', without SIMD'}`
        : '';
  const speed = `${tileTime(ready)} for a tile of ${tile} × ${tile} LR pixels.`;
  const thread =
    backend === 'wasm' && !crossOriginIsolated ? ' One thread, because the page is not cross-origin isolated.' : '';
  return {
    what: `The ${preset} networks run by ${kinds[backend]}${on}: ${speed}`,
    why: isFast ? '' : `${backendReason}${thread}`,
    isFast,
  };
}

export function engineFacts({ activeBackend, userAgent, memory }: Diagnosis, { ready }: EngineState): Fact[] {
  return [
    ['Backend', ready?.backend ?? activeBackend ?? 'none'],
    ...(ready
      ? ([
          ['Tile', `${ready.tileReason} Time of each: ${tileTime(ready)}.`],
          ['Networks', `${ready.preset}, ${ready.method}, ${formatInteger(ready.parameters)} parameters`],
        ] satisfies Fact[])
      : // Their lines are kept for them.
        ([
          ['Tile', '—'],
          ['Networks', '—'],
        ] satisfies Fact[])),
    ['Tensors', `${formatInteger(memory.tensors)}, ${formatBytes(memory.bytes)}`],
    ['GPU memory', memory.gpuBytes === null ? 'not known' : formatBytes(memory.gpuBytes)],
    ['Browser', userAgent],
  ];
}

export function webgpuFacts({ webgpu }: Diagnosis): Fact[] {
  return [
    ['Available', `${capitalYesNo(webgpu.available)}. ${webgpu.message}`],
    ['Adapter', adapterText(webgpu.adapter)],
    ['Software adapter', webgpu.adapter ? capitalYesNo(webgpu.adapter.isSoftware) : '–'],
    ['Features', webgpu.features.join(', ') || 'none'],
  ];
}

export function platformFacts({ wasm, crossOriginIsolated, storage }: Diagnosis): Fact[] {
  return [
    ['WebAssembly SIMD', capitalYesNo(wasm.simd)],
    ['WebAssembly threads', String(wasm.threads)],
    ['Cross-origin isolated', capitalYesNo(crossOriginIsolated)],
    ['Private file storage', capitalYesNo(storage.opfs)],
    ['Protected from clearing', capitalYesNo(storage.persisted)],
    ['Storage used', `${formatBytes(storage.usage)} of ${formatBytes(storage.quota)}`],
  ];
}

export const limitFacts = ({ webgpu }: Diagnosis): Fact[] =>
  Object.entries(webgpu.limits).map(([name, value]) => [name, formatInteger(value)]);
