/** The most bytes of tensors alive at once, by tfjs's own count: weights and activations, without the backend's buffers kept for reuse. */
import * as tf from '@tensorflow/tfjs-core';

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
