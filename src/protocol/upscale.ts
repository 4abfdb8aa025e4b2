/** Messages about the engine and upscaling: options, images, jobs. */
import type { BackendKind } from '../gpu/backend.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { PresetName } from '../presets/presets.ts';
import type { Method, MethodRequest } from '../report/methods.ts';

export type BackendRequest = 'auto' | 'webgpu' | 'wasm';
export type { AdapterSummary, BackendKind };
export type ColourLock = 'wavelet' | 'ycbcr' | 'off';
export type ExportFormat = 'png' | 'jpeg' | 'webp';

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

export const defaultOptions: UpscaleOptions = {
  preset: 'nano',
  method: 'auto',
  seed: 42,
  colourLock: 'off',
  tile: 'auto',
  memoryBudget: 2 ** 30,
};
