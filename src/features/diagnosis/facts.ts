/** The diagnosis as tables. */
import type { Diagnosis } from '../../protocol/diagnosis.ts';
import type { EngineState } from '../../store/engine.ts';
import { formatBytes, formatInteger } from '../ui/format.ts';
import type { Fact } from './FactTable.tsx';
import { adapterText } from './report-text.ts';

const yesNo = (value: boolean) => (value ? 'Yes' : 'No');

export function engineFacts({ activeBackend, userAgent, memory }: Diagnosis, { ready }: EngineState): Fact[] {
  return [
    ['Backend', activeBackend ?? 'none'],
    ...(ready
      ? ([
          ['Why', ready.backendReason],
          ['Tile', `${ready.tileReason} ${formatInteger(Math.round(ready.msPerTile))} ms each.`],
          ['Networks', `${ready.preset}, ${ready.method}, ${formatInteger(ready.parameters)} parameters`],
        ] satisfies Fact[])
      : []),
    ['Tensors', `${formatInteger(memory.tensors)}, ${formatBytes(memory.bytes)}`],
    ['GPU memory', memory.gpuBytes === null ? 'not known' : formatBytes(memory.gpuBytes)],
    ['Browser', userAgent],
  ];
}

export function webgpuFacts({ webgpu }: Diagnosis): Fact[] {
  return [
    ['Available', `${yesNo(webgpu.available)}. ${webgpu.message}`],
    ['Adapter', adapterText(webgpu.adapter)],
    ['Software adapter', webgpu.adapter ? yesNo(webgpu.adapter.isSoftware) : '–'],
    ['Features', webgpu.features.join(', ') || 'none'],
  ];
}

export function platformFacts({ wasm, crossOriginIsolated, storage }: Diagnosis): Fact[] {
  return [
    ['WebAssembly SIMD', yesNo(wasm.simd)],
    ['WebAssembly threads', yesNo(wasm.threads)],
    ['Cross-origin isolated', yesNo(crossOriginIsolated)],
    ['Private file storage', yesNo(storage.opfs)],
    ['Kept under storage pressure', yesNo(storage.persisted)],
    ['Storage used', `${formatBytes(storage.usage)} of ${formatBytes(storage.quota)}`],
  ];
}

export const limitFacts = ({ webgpu }: Diagnosis): Fact[] =>
  Object.entries(webgpu.limits).map(([name, value]) => [name, formatInteger(value)]);
