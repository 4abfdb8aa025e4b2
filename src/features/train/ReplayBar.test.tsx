import { describe, expect, it } from 'vitest';
import { recordedOn } from './ReplayBar.tsx';

describe('what a recording was made on', () => {
  const created = new Date(2026, 10, 24, 12).getTime();
  const environment = { backend: 'wasm', adapter: '', host: 'Node.js 20.19.0, Some CPU', versions: {} };
  it('is told by backend, adapter, host and day', () => {
    expect(recordedOn({ environment, created })).toBe('WebAssembly with Node.js 20.19.0, Some CPU on 24 Nov 2026');
    expect(recordedOn({ environment: { ...environment, backend: 'webgpu', adapter: 'H100', host: '' }, created })).toBe(
      'WebGPU (H100) on 24 Nov 2026',
    );
  });
});
