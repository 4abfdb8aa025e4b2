import type { BackendKind } from '../gpu/backend.ts';
import type { AdapterSummary } from '../gpu/device.ts';

export interface SelfTestRow {
  readonly op: string;
  readonly ok: boolean;
  /** Largest |Δ| against the CPU backend, relative to the largest magnitude. */
  readonly maxError: number | null;
  readonly message: string;
}

export interface Diagnosis {
  readonly userAgent: string;
  readonly webgpu: {
    readonly available: boolean;
    readonly message: string;
    readonly adapter: AdapterSummary | null;
    readonly features: readonly string[];
    readonly limits: Readonly<Record<string, number>>;
  };
  readonly wasm: { readonly simd: boolean; readonly threads: number };
  readonly crossOriginIsolated: boolean;
  readonly storage: {
    readonly opfs: boolean;
    readonly persisted: boolean;
    readonly usage: number;
    readonly quota: number;
  };
  readonly memory: { readonly tensors: number; readonly bytes: number; readonly gpuBytes: number | null };
  readonly activeBackend: BackendKind | null;
  readonly selfTest: readonly SelfTestRow[];
  /** Failures with advice, a sentence each; empty when all is well. */
  readonly advice: readonly string[];
}

/** GPU time of one tile by phase and program, by its own clock. */
export interface TileProfile {
  /** LR pixels a side that are computed for it. */
  readonly side: number;
  readonly ms: number;
  /** The most the adapter does, measured. */
  readonly peak: { readonly flopsPerSecond: number; readonly bytesPerSecond: number };
  /** In order; `busyMs` is what its programs took of its time. */
  readonly phases: readonly {
    readonly name: string;
    readonly start: number;
    readonly ms: number;
    readonly busyMs: number;
  }[];
  /** Slowest first. */
  readonly programs: readonly {
    readonly name: string;
    readonly isOwn: boolean;
    readonly count: number;
    readonly ms: number;
    readonly flops: number;
    readonly bytes: number;
    /** Of the time, what it would take at the peak: 0 … 1; null where the program's work is not known. */
    readonly share: number | null;
  }[];
}

export type DiagnosisCommand =
  | { readonly type: 'diagnose' }
  /** Runs one tile with every program timed. */
  | { readonly type: 'profile' }
  /** Destroys the GPU device on purpose, to show (and test) that the session recovers. */
  | { readonly type: 'lose-device' };

export type DiagnosisEvent =
  | { readonly type: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** null: there is none, and why in one sentence. */
  | { readonly type: 'profile'; readonly profile: TileProfile | null; readonly message: string | null };
