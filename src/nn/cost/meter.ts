/**
 * Memory that a tile needs, worked out from the configuration: what the engine chooses its tile shape by. The functions
 * here walk a network's layers and count what is alive at once in each of them, as the networks' code frees it;
 * `cost.gpu.test.ts` holds the counts to what the backend has in use. Counts are float32 values of a batch of one. Not counted:
 * the matrix into which tfjs's WebGPU unrolls convolutions with few outputs (up to 8192), a few megabytes at the most.
 */
export interface ActivationCost {
  /** Bytes of all tensors alive at the widest moment, weights not counted. */
  readonly alive: number;
  /** Bytes that the backend holds for them: what a memory budget is about. */
  readonly peak: number;
  /** Bytes of the largest single tensor. */
  readonly largest: number;
}

/**
 * Bytes held for each byte alive, measured over whole tiles of networks with GroupNorm and of compact, with a margin. On WebGPU freed buffers are kept
 * for tensors of just their size (1.4–1.7: `npm run bench -- --only growth`). The heap of WebAssembly has gaps and XNNPACK's
 * packed copies (2.8–3.3).
 */
const heldPerAlive = { webgpu: 2.5, wasm: 3.3, cpu: 1.5 } as const;

export type CostBackend = keyof typeof heldPerAlive;

const floatBytes = 4;

/** Rows of attention scores and code distances at a time (gpu/ops/attention, gpu/ops/nearest-code). */
export const chunk = 1024;

export class Meter {
  #peak = 0;
  #largest = 0;

  /** A moment with these tensors alive. */
  moment(...tensors: readonly number[]): void {
    this.#peak = Math.max(
      this.#peak,
      tensors.reduce((sum, n) => sum + n, 0),
    );
    this.#largest = Math.max(this.#largest, ...tensors);
  }

  cost(backend: CostBackend): ActivationCost {
    const alive = this.#peak * floatBytes;
    return { alive, peak: alive * heldPerAlive[backend], largest: this.#largest * floatBytes };
  }
}

/** A residual block: GroupNorm and SiLU hold their input and two values more, beside the block's own input. */
export function residual(meter: Meter, held: number, x: number, h: number): void {
  meter.moment(held, x, x, x, x);
  meter.moment(held, x, h, h, h);
}

/** The same without norms: SiLU holds its input and two values more. */
export function plainResidual(meter: Meter, held: number, x: number, h: number): void {
  meter.moment(held, x, h, h, h);
}
