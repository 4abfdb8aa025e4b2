/**
 * The whole boundary between the page and the engine worker: every command the page may send and every event it may
 * get. The page never sees a tensor: pictures cross as ImageBitmaps, results as Blobs, everything else as plain data.
 */
import type { CompareCommand, CompareEvent } from './compare-protocol.ts';
import type { EvaluationCommand, EvaluationEvent } from './evaluation-protocol.ts';
import type { ModelsCommand, ModelsEvent } from './models-protocol.ts';
import type { TrainingCommand, TrainingEvent } from './training-protocol.ts';

export { sentence } from './sentence.ts';

export type BackendRequest = 'auto' | 'webgpu' | 'wasm';
export type BackendKind = 'webgpu' | 'wasm' | 'cpu';
export const presetNames = ['nano', 'mini', 'compact', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];
/** Those whose weights come with the page; others live by files that the user brings. */
export const shippedPresets: readonly PresetName[] = ['nano', 'mini'];
/**
 * What makes the picture: the paper's one-step student, co-trained with a diffusion ('ours') or a convolutional downsampler
 * ('ours-conv'); SinSR's one-step student; one trained by the distance to the truth alone ('l2'); or the 15-step ResShift
 * teacher. A preset offers those its weights are there for.
 */
export type Method = 'ours' | 'ours-conv' | 'sinsr' | 'l2' | 'resshift';
/** auto: the first of `methods` that the preset offers. */
export type MethodRequest = Method | 'auto';
export type ColourLock = 'wavelet' | 'ycbcr' | 'off';
export type ExportFormat = 'png' | 'jpeg' | 'webp';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a run depends on. The same options and seed on the same adapter give the same picture. */
export interface UpscaleOptions {
  readonly preset: PresetName;
  readonly method: MethodRequest;
  /** Noise seed, 0 … 2³²−1. */
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** LR pixels a side of a tile, its context not counted; or 'auto': the largest the memory budget allows. */
  readonly tile: number | 'auto';
  /** Most bytes the engine may plan for one tile's tensors. */
  readonly memoryBudget: number;
}

export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isSoftware: boolean;
}

export interface EngineReady {
  readonly backend: BackendKind;
  /** Why this backend was chosen, one sentence. */
  readonly backendReason: string;
  readonly adapter: AdapterSummary | null;
  readonly preset: PresetName;
  readonly method: Method;
  /** What the preset's weights offer, in the order of `methods`. */
  readonly methods: readonly Method[];
  /** Steps of the teacher among them; null: there is none. */
  readonly teacherSteps: number | null;
  /** Total parameters of the loaded networks. */
  readonly parameters: number;
  /** Of this session: LR pixels a side, without the context that is computed with it. */
  readonly tile: number;
  readonly tileReason: string;
  /** Milliseconds of a whole tile, by what the probe's pixels took, then those of the last image. */
  readonly msPerTile: number;
}

/** What running an image will take, known before it runs. */
export interface Prediction {
  readonly outWidth: number;
  readonly outHeight: number;
  /** Null until the engine is ready. */
  readonly run: {
    readonly tiles: number;
    /** Tile tensors, accumulator band and output picture, at the most. */
    readonly peakBytes: number;
    readonly seconds: number;
  } | null;
}

/** ready: decoded, not started. paused: cancelled with finished tiles kept; resuming continues there. */
export type JobState = 'ready' | 'waiting' | 'running' | 'paused' | 'done' | 'failed';

export interface ImageSummary {
  readonly id: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly bytes: number;
}

export interface JobProgress {
  readonly done: number;
  readonly total: number;
  /** Seconds left, with the half-width of its 95 % band; null before the first tile. */
  readonly etaSeconds: number | null;
  readonly etaBand: number | null;
}

export interface JobResult {
  /** Wall seconds of the network run. */
  readonly seconds: number;
  readonly megapixels: number;
  readonly options: UpscaleOptions & { readonly method: Method };
  readonly backend: BackendKind;
  readonly tile: number;
}

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
  readonly wasm: { readonly simd: boolean; readonly threads: boolean };
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
  /** What fails and what to do about it, a sentence each; empty when all is well. */
  readonly advice: readonly string[];
}

/** Where the GPU's time of one tile goes, by its own clock. */
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

/** Page → engine. */
export type Command =
  | TrainingCommand
  | ModelsCommand
  | CompareCommand
  | EvaluationCommand
  /** Opens the backend, loads the preset's weights, probes one tile; sent again after a change of these. */
  | {
      readonly type: 'configure';
      readonly backend: BackendRequest;
      readonly options: UpscaleOptions;
    }
  /** Reads the queue of the last visit; answers with `image-added` (restored) for each, then `restored`. */
  | { readonly type: 'restore' }
  | { readonly type: 'add'; readonly id: string; readonly name: string; readonly file: Blob }
  | { readonly type: 'remove'; readonly id: string }
  /** Puts images in the run queue, in this order. Also resumes paused ones, and re-runs done ones. */
  | { readonly type: 'run'; readonly ids: readonly string[] }
  /** Stops within one tile; finished tiles are kept. */
  | { readonly type: 'cancel'; readonly id: string }
  /** The image on screen (null: none) and its visible part in LR pixels; its pictures follow, and its tiles there run first. */
  | { readonly type: 'view'; readonly id: string | null; readonly visible: Rect | null }
  | {
      readonly type: 'export';
      readonly request: string;
      readonly ids: readonly string[];
      readonly format: ExportFormat;
      /** 0 … 1, for JPEG and WebP. */
      readonly quality: number;
    }
  | { readonly type: 'diagnose' }
  /** Runs one tile with every program timed. */
  | { readonly type: 'profile' }
  /** Destroys the GPU device on purpose, to show (and test) that the session recovers. */
  | { readonly type: 'lose-device' };

/** Engine → page. */
export type Event =
  | TrainingEvent
  | ModelsEvent
  | CompareEvent
  | EvaluationEvent
  | { readonly type: 'engine-opening'; readonly message: string }
  | { readonly type: 'model-progress'; readonly loaded: number; readonly total: number; readonly cached: boolean }
  | { readonly type: 'engine-ready'; readonly ready: EngineReady }
  /** The engine can't run: what happened and what to do. A new `configure` tries again. */
  | { readonly type: 'engine-failed'; readonly message: string }
  /** Something the user should see, but nothing is lost: device rebuilt, smaller tile, cache unavailable. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly type: 'log'; readonly message: string }
  | {
      readonly type: 'image-added';
      readonly image: ImageSummary;
      readonly state: JobState;
      readonly prediction: Prediction;
      readonly result: JobResult | null;
      readonly restored: boolean;
      /** At most 128 px a side. */
      readonly thumbnail: ImageBitmap;
    }
  /** The file was refused: one sentence; nothing else changed. */
  | { readonly type: 'image-rejected'; readonly id: string; readonly name: string; readonly message: string }
  | { readonly type: 'restored'; readonly count: number }
  | { readonly type: 'image-removed'; readonly id: string }
  | { readonly type: 'prediction'; readonly id: string; readonly prediction: Prediction }
  | {
      readonly type: 'job';
      readonly id: string;
      readonly state: JobState;
      readonly progress: JobProgress | null;
      readonly result: JobResult | null;
      /** Why it failed, and what to do. */
      readonly message: string | null;
    }
  /** Part of the viewed image. `input` in LR pixels, `output` in HR pixels; a later picture covers an earlier one. */
  | {
      readonly type: 'picture';
      readonly id: string;
      readonly layer: 'input' | 'output';
      readonly rect: Rect;
      readonly bitmap: ImageBitmap;
      /** The output so far is void (a new run): clear it before drawing. */
      readonly reset: boolean;
    }
  | {
      readonly type: 'exported';
      readonly request: string;
      /** One file an image, in order; `name` has the right ending. */
      readonly files: readonly { readonly name: string; readonly blob: Blob }[];
    }
  | { readonly type: 'export-failed'; readonly request: string; readonly message: string }
  | { readonly type: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** null: there is none, and why in one sentence. */
  | { readonly type: 'profile'; readonly profile: TileProfile | null; readonly message: string | null };

/** Every method, best first. */
export const methods: readonly Method[] = ['ours', 'ours-conv', 'sinsr', 'l2', 'resshift'];

export const defaultOptions: UpscaleOptions = {
  preset: 'nano',
  method: 'auto',
  seed: 42,
  colourLock: 'off',
  tile: 'auto',
  memoryBudget: 2 ** 30,
};
