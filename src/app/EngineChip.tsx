import { pageHref } from '../features/ui/router.ts';
import type { BackendKind } from '../protocol/upscale.ts';
import { useAppState } from '../store/context.ts';
import type { EngineState } from '../store/engine.ts';
import styles from './EngineChip.module.css';

const backendNames: Readonly<Record<BackendKind, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'CPU' };

function stateWords({ phase, ready, download }: EngineState): string {
  switch (phase) {
    case 'starting':
      return 'Starting';
    case 'opening':
      return download && !download.cached
        ? `Loading ${Math.round((100 * download.loaded) / Math.max(1, download.total))} %`
        : 'Opening';
    case 'ready':
      return ready ? backendNames[ready.backend] : 'Ready';
    case 'failed':
      return 'Not running';
  }
}

/** The engine's state in the header; leads to Diagnosis. */
export function EngineChip() {
  const engine = useAppState((state) => state.engine);
  const slow = engine.phase === 'ready' && (engine.ready?.backend !== 'webgpu' || engine.ready.adapter?.isSoftware);
  const look = slow ? 'slow' : engine.phase;
  return (
    <a className={styles.chip} href={pageHref('diagnosis')} title={engine.ready?.backendReason ?? engine.message}>
      <span className={styles.dot} data-look={look} aria-hidden="true" />
      <span className="sr-only">Engine: </span>
      {stateWords(engine)}
    </a>
  );
}
