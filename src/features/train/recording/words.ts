/** What a recording was made on, in words. */
import type { RunEnvironmentFacts } from '../../../report/run-record.ts';

const backends: Readonly<Record<string, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'the CPU' };

interface Recorded {
  readonly environment: RunEnvironmentFacts;
  /** Milliseconds since 1970. */
  readonly created: number;
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "WebGPU (NVIDIA H100) with Node.js 20.19.0 on 24 Nov 2026". */
export function recordedOn({ environment: { backend, adapter, host }, created }: Recorded): string {
  const name = backends[backend] ?? backend;
  return `${adapter ? `${name} (${adapter})` : name}${host ? ` with ${host}` : ''} on ${day.format(created)}`;
}
