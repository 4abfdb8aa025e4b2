/** Work that is done again and again on other values, and how it is done once, through tfjs alone. */
import * as tf from '@tensorflow/tfjs-core';

export interface Values {
  readonly data: Float32Array;
  readonly shape: number[];
}

export interface Work<Result, Input extends Values | tf.Tensor = Values | tf.Tensor> {
  /** Whose work it is, such as the networks. */
  readonly owner: object;
  /** All that tells apart what one owner runs, but for the shapes of the inputs. */
  readonly name: string;
  /** Other values each time. A tensor's are copied. */
  readonly inputs: readonly Input[];
  /** Tensors besides, in whose places others may come another time, for which the same commands would not do. */
  readonly reads?: readonly tf.Tensor[];
  /** Bytes that recordings of other work may go on holding while this one is made. */
  readonly spare: number;
  /**
   * Knows the inputs by their tensors alone; reads no other tensors but such as are the same each time, and draws no random
   * values.
   */
  run(...inputs: tf.Tensor[]): Result;
}

/** Work whose result is read back: f32 values. */
export type Repeated = Work<tf.Tensor, Values>;

/** A result that stays on the GPU, with all tensors that its work has kept. */
export interface Kept {
  readonly kept: readonly tf.Tensor[];
}

/** A result until it is released: nothing else is written there before. */
export interface Lease<Result> {
  readonly value: Result;
  release(): void;
}

const tensorOf = (input: Values | tf.Tensor): tf.Tensor =>
  input instanceof tf.Tensor ? tf.clone(input) : tf.tensor(input.data, input.shape);

/** Runs work and reads its result. */
export async function runOnce({ inputs, run }: Pick<Repeated, 'inputs' | 'run'>): Promise<Float32Array> {
  const result = tf.tidy(() => run(...inputs.map(tensorOf)));
  try {
    return (await result.data()) as Float32Array;
  } finally {
    result.dispose();
  }
}

/** Runs work whose result stays; its tensors are freed with the lease. */
export function keepOnce<Result extends Kept>({ inputs, run }: Pick<Work<Result>, 'inputs' | 'run'>): Lease<Result> {
  const value = inTidy(() => run(...inputs.map(tensorOf)));
  return { value, release: () => tf.dispose([...value.kept]) };
}

/** As tf.tidy, but returns anything, and what is kept alone is left. */
export function inTidy<Result>(run: () => Result): Result {
  const results: Result[] = [];
  tf.tidy(() => {
    results.push(run());
  });
  return results[0] as Result;
}
