/** State of the engine: its phase in opening, and the networks and backend that opened. */

import type { Event } from '../protocol/index.ts';
import type { EngineReady } from '../protocol/upscale.ts';
import {
  type EvaluationMethod,
  isEsrgan,
  isNetwork,
  isTeacher,
  type Method,
  networkOf,
  respacedSteps,
  type UpscaleRequest,
} from '../report/methods.ts';

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
export function chosenMethod(request: UpscaleRequest, ready: EngineReady | null): UpscaleRequest {
  if (!ready || isEsrgan(request)) return request;
  return request !== 'auto' && ready.methods.includes(request) ? request : ready.method;
}

/** The teacher runs its network once a step. */
const passesOf = (method: Method, teacherSteps: number | null) =>
  isTeacher(method) ? (respacedSteps(method) ?? teacherSteps ?? 1) : 1;

export type EnginePace = Pick<EngineReady, 'method' | 'methods' | 'teacherSteps' | 'tile' | 'msPerTile'>;

/**
 * Seconds that a tile takes a network of the weights in use, by the one that ran last: they have one size, so that only the passes
 * count. Null: another kind of method, or nothing ran yet. The teacher's steps count as whole tiles, so it is done a little sooner.
 */
export function tileSeconds(method: EvaluationMethod, ready: EnginePace): number | null {
  if (!isNetwork(method) || !ready.methods.includes(networkOf(method)) || !isNetwork(ready.method)) return null;
  const passes = passesOf(method, ready.teacherSteps) / passesOf(ready.method, ready.teacherSteps);
  return ready.msPerTile === null ? null : (passes * ready.msPerTile) / 1000;
}
