/**
 * Counts the GPU's work at the device itself, tfjs's own included. Always on: counting costs an addition a
 * call, beside calls that cost microseconds.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Sums since the device was opened. */
export interface Counts {
  /** Compute programs among what was handed over. */
  readonly dispatches: number;
  /** Command buffers handed over. */
  readonly submits: number;
  /** GPU buffers created. */
  readonly buffers: number;
  /** Bytes of those buffers. */
  readonly bytes: number;
  /** Read-backs: buffers mapped for reading. */
  readonly maps: number;
  /** Small uploads: uniforms and values. */
  readonly writes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const noCounts: Counts = { dispatches: 0, submits: 0, buffers: 0, bytes: 0, maps: 0, writes: 0 };

/** later − earlier */
export function countsBetween(earlier: Counts, later: Counts): Counts {
  const names = Object.keys(noCounts) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, later[name] - earlier[name]])) as unknown as Counts;
}

/** Calls `before` with a method's arguments whenever it is called on this one object. */
export function onCall<T extends object, K extends keyof T>(
  object: T,
  method: K,
  before: (...given: unknown[]) => void,
): void {
  const original = object[method] as (...given: unknown[]) => unknown;
  object[method] = ((...given: unknown[]) => {
    before(...given);
    return original.apply(object, given);
  }) as T[K];
}

/** Calls `after` with what a method returned, whenever it is called on this one object. */
export function onResult<T extends object, K extends keyof T, R>(
  object: T,
  method: K,
  after: (result: R) => void,
): void {
  const original = object[method] as (...given: unknown[]) => R;
  object[method] = ((...given: unknown[]) => {
    const result = original.apply(object, given);
    after(result);
    return result;
  }) as T[K];
}

/** Counts everything that this device is asked from now on. @returns the sums so far, whenever called */
export function countCalls(device: GPUDevice): () => Counts {
  const counts: Mutable<Counts> = { ...noCounts };
  onResult(device, 'createBuffer', (buffer: GPUBuffer) => {
    counts.buffers++;
    counts.bytes += buffer.size;
    if (buffer.usage & 1) onCall(buffer, 'mapAsync', () => counts.maps++);
  });
  // A finished buffer may wait, or never be handed over.
  const encoded = new WeakMap<GPUCommandBuffer, number>();
  onResult(device, 'createCommandEncoder', (encoder: GPUCommandEncoder) => {
    let dispatches = 0;
    onResult(encoder, 'beginComputePass', (pass: GPUComputePassEncoder) =>
      onCall(pass, 'dispatchWorkgroups', () => dispatches++),
    );
    onResult(encoder, 'finish', (buffer: GPUCommandBuffer) => void encoded.set(buffer, dispatches));
  });
  onCall(device.queue, 'submit', (given) => {
    const buffers = given as readonly GPUCommandBuffer[];
    counts.submits += buffers.length;
    for (const buffer of buffers) counts.dispatches += encoded.get(buffer) ?? 0;
  });
  onCall(device.queue, 'writeBuffer', () => counts.writes++);
  return () => ({ ...counts });
}

// The most bytes of tensors alive at once, by tfjs's own count: weights and activations, without the backend's buffers kept
// for reuse.

export interface PeakBytes {
  /** Bytes above what was alive at the start. */
  read(): number;
  /** Ends the watch; one at a time. */
  stop(): void;
}

/** Watches from now on. Costs nothing but a comparison a tensor. */
export function watchPeakBytes(): PeakBytes {
  const { state } = tf.engine();
  const start = state.numBytes;
  let [now, peak] = [start, start];
  const plain = (value: number) => ({ value, writable: true, configurable: true, enumerable: true });
  Object.defineProperty(state, 'numBytes', {
    get: () => now,
    set(value: number) {
      now = value;
      if (now > peak) peak = now;
    },
    configurable: true,
    enumerable: true,
  });
  return {
    read: () => peak - start,
    stop: () => Object.defineProperty(state, 'numBytes', plain(now)),
  };
}
