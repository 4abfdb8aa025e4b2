/** Values of a recorded graph: known numbers, and tensors by their names in it. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Numbers that are known already: a weight, a mask. Turned without being touched; `data` lies in the order of `shape`. */
export interface Constant {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  /** Axis i of the value is axis axes[i] of `shape`. */
  readonly axes: readonly number[];
  /** The parameter's name; null for numbers that the code made. */
  label: string | null;
}

/** What a tensor is in the graph. `plain`: the name of its value in tfjs's layout; `first`: in NCHW, four axes only. */
export interface Value {
  readonly shape: readonly number[];
  readonly constant: Constant | null;
  plain: string | null;
  first: string | null;
}
