/** State of the engine: its phase in opening, and the networks and backend that opened. */

import type { Event } from '../protocol/index.ts';
import type { EngineReady } from '../protocol/upscale.ts';
import type { MethodRequest } from '../report/methods.ts';

export interface EngineState {
  /** starting: not heard of yet. opening: backend, weights or probe tile under way. */
  readonly phase: 'starting' | 'opening' | 'ready' | 'failed';
  /** Its present work, or the reason of a failure and a remedy. */
  readonly message: string;
  /** Bytes of the weights while they load. */
  readonly download: { readonly loaded: number; readonly total: number; readonly cached: boolean } | null;
  /** Kept while a changed setting re-opens the engine, so the panel doesn't go blank. */
  readonly ready: EngineReady | null;
}

export const initialEngine: EngineState = {
  phase: 'starting',
  message: 'Starting the engine …',
  download: null,
  ready: null,
};

export function applyToEngine(engine: EngineState, event: Event): EngineState {
  switch (event.type) {
    case 'engine-opening':
      return { ...engine, phase: 'opening', message: event.message, download: null };
    case 'model-progress':
      return {
        ...engine,
        phase: 'opening',
        download: { loaded: event.loaded, total: event.total, cached: event.cached },
      };
    case 'engine-ready':
      return { phase: 'ready', message: '', download: null, ready: event.ready };
    case 'engine-failed':
      return { phase: 'failed', message: event.message, download: null, ready: null };
    default:
      return engine;
  }
}

/** The method that the settings lead to: the request where the weights offer it, else the one that runs. */
export function chosenMethod(request: MethodRequest, ready: EngineReady | null): MethodRequest {
  if (!ready) return request;
  return request !== 'auto' && ready.methods.includes(request) ? request : ready.method;
}
