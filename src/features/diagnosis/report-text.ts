/** The diagnosis as plain text, to paste into an issue. */

import type { Diagnosis } from '../../protocol/diagnosis.ts';
import type { AdapterSummary } from '../../protocol/upscale.ts';
import type { EngineState } from '../../store/engine.ts';
import { formatBytes } from '../ui/format.ts';

export const adapterText = (adapter: AdapterSummary | null): string =>
  adapter
    ? [adapter.vendor, adapter.architecture, adapter.device, adapter.description].filter(Boolean).join(' ') ||
      'unnamed adapter'
    : 'none';

const yesNo = (value: boolean) => (value ? 'yes' : 'no');

export const errorText = (maxError: number | null): string =>
  maxError === null ? '' : maxError === 0 ? '0' : maxError.toExponential(1);

export function reportText(diagnosis: Diagnosis, engine: EngineState): string {
  const { webgpu, wasm, storage, memory, selfTest, advice } = diagnosis;
  const ready = engine.ready;
  return [
    `Browser: ${diagnosis.userAgent}`,
    `Engine: ${engine.phase}${engine.message ? ` (${engine.message})` : ''}`,
    `Backend: ${diagnosis.activeBackend ?? 'none'}${ready ? ` (${ready.backendReason})` : ''}`,
    ...(ready ? [`Tile: ${ready.tile} px, ${Math.round(ready.msPerTile)} ms (${ready.tileReason})`] : []),
    `WebGPU: ${yesNo(webgpu.available)} (${webgpu.message})`,
    `Adapter: ${adapterText(webgpu.adapter)}${webgpu.adapter?.isSoftware ? ' (software)' : ''}`,
    `Features: ${webgpu.features.join(', ') || 'none'}`,
    `WebAssembly: SIMD ${yesNo(wasm.simd)}, threads ${yesNo(wasm.threads)}`,
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
