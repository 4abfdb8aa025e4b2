import type { BackendKind } from '../gpu/backend.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { EngineReady } from './upscale.ts';

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

/** A part of measuring a machine. */
export interface MeasuringStep {
  readonly name: 'waiting' | 'peak' | 'convolutions' | 'tile';
  /** Parts that are over, of all. */
  readonly done: number;
  readonly total: number;
}

/** All that a page can find out about the machine that it runs on, to be kept as a file: nothing of it is sent. */
export interface MachineReport {
  readonly format: 'cosr-machine-1';
  /** ISO 8601. */
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly diagnosis: Diagnosis;
  readonly engine: EngineReady;
  readonly measured: {
    /** The most the adapter does; null off the GPU. */
    readonly peak: TileProfile['peak'] | null;
    /** Convolutions 3×3, 64 → 64 channels, with SiLU, on maps of `side`²: the fastest of three chains. */
    readonly convolutions: {
      readonly side: number;
      readonly count: number;
      readonly ms: number;
      readonly gflops: number;
    };
    /**
     * A tile of which `side`² LR pixels are computed, with its way to and from the device: the first, and the fastest of the next
     * three, which a GPU replays. Counts are of one of those; zeros off the GPU.
     */
    readonly tile: {
      readonly side: number;
      readonly firstMs: number;
      readonly nextMs: number;
      readonly dispatches: number;
      readonly submits: number;
      readonly buffers: number;
      /** Why it is not replayed, one sentence; null: it is, or there is nothing to replay by. */
      readonly refusal: string | null;
    };
  };
}

export type DiagnosisCommand =
  | { readonly type: 'diagnose' }
  /** Runs one tile with every program timed. */
  | { readonly type: 'profile' }
  /** Measures this machine; answers with `measuring` for each part, and `measured`. */
  | { readonly type: 'measure' }
  /** Ends that after the part in work. */
  | { readonly type: 'stop-measuring' }
  /** Destroys the GPU device on purpose, to show (and test) that the session recovers. */
  | { readonly type: 'lose-device' };

export type DiagnosisEvent =
  | { readonly type: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** null: there is none, and why in one sentence. */
  | { readonly type: 'profile'; readonly profile: TileProfile | null; readonly message: string | null }
  | { readonly type: 'measuring'; readonly step: MeasuringStep }
  /** null: there is none, and why in one sentence; without a reason it was stopped. */
  | { readonly type: 'measured'; readonly report: MachineReport | null; readonly message: string | null };
