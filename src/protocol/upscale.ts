/** Messages about the engine and upscaling: options, images, jobs. */
import type { BackendKind } from '../gpu/backend.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { InventionFacts, ProtectMask } from '../imaging/detail.ts';
import type { Rect } from '../imaging/image.ts';
import type { CoLearning } from '../presets/manifest.ts';
import type { PresetName } from '../presets/presets.ts';
import type { Method, UpscaleMethod, UpscaleRequest } from '../report/methods.ts';

export type BackendRequest = 'auto' | 'webgpu' | 'wasm';
export type { AdapterSummary, BackendKind };
export type ColourLock = 'wavelet' | 'ycbcr' | 'off';
export type ExportFormat = 'png' | 'jpeg' | 'webp';

/** Something beside a result that is made when it is asked for: its faithful picture, its spread over seeds. */
export type OnDemandState =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly share: number; readonly etaSeconds: number | null }
  | { readonly state: 'ready' }
  | { readonly state: 'failed'; readonly message: string };

/** The other side of a comparison: the faithful picture, or the result with other seeds of the noise. */
export type InventionMeasure = 'faithful' | 'seeds';

/** Options of a run. The same options and seed on the same adapter give the same picture. */
export interface UpscaleOptions {
  readonly preset: PresetName;
  readonly method: UpscaleRequest;
  /** Noise seed, 0 … 2³²−1. */
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** Whether the result is made to match its input when reduced (imaging/agree.ts); left out, as in results of before it was: no. */
  readonly agree?: boolean;
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
  readonly method: UpscaleMethod;
  /** Methods of the preset's weights, in the order of `methods`. */
  readonly methods: readonly Method[];
  /** Steps of the teacher among them; null: there is none. */
  readonly teacherSteps: number | null;
  /** The downsamplers G among them, by the training that made each. */
  readonly downsamplers: readonly CoLearning[];
  /** Total parameters of the loaded networks. */
  readonly parameters: number;
  /** Of this session: LR pixels a side, without the context that is computed with it. */
  readonly tile: number;
  readonly tileReason: string;
  /** Milliseconds of a whole tile, by what the tiles of the probe and of the last images took; null: nothing ran yet. */
  readonly msPerTile: number | null;
}

/** Predicted cost of an image, before it runs. */
export interface Prediction {
  readonly outWidth: number;
  readonly outHeight: number;
  /** Null until the engine is ready. */
  readonly run: {
    readonly tiles: number;
    /** Most bytes of tensors at once, weights included, as tfjs counts them; pictures and the backend's own buffers come on top. */
    readonly peakBytes: number;
    /** Null until a tile was timed. */
    readonly seconds: number | null;
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
  /** Finished tiles. */
  readonly done: number;
  readonly total: number;
  /** Part of the work that is done, the tile in work included, [0, 1]. */
  readonly share: number;
  /** Seconds left, with the half-width of its 95 % band; null where nothing was measured yet. */
  readonly etaSeconds: number | null;
  readonly etaBand: number | null;
}

export interface JobResult {
  /** Wall seconds of the network run. */
  readonly seconds: number;
  readonly megapixels: number;
  readonly options: UpscaleOptions & { readonly method: UpscaleMethod };
  readonly backend: BackendKind;
  readonly tile: number;
  /** As the prediction's, measured; missing in results of before it was. */
  readonly peakBytes?: number;
  /** PSNR of ↓(result) against the input, dB, where it was made to agree. */
  readonly agreement?: number;
}

export const defaultOptions: UpscaleOptions = {
  preset: 'compact',
  method: 'auto',
  seed: 42,
  colourLock: 'off',
  agree: false,
  tile: 'auto',
  memoryBudget: 2 ** 30,
};

export type UpscaleCommand =
  /** Memory whose first 32-bit word, where it is not 0, lets waiting messages in before a tile's end. */
  | { readonly type: 'share-interrupt'; readonly memory: SharedArrayBuffer }
  /** Opens the backend and loads the preset's weights, and probes a tile once there is nothing to do; sent again after a change of these. */
  | {
      readonly type: 'configure';
      readonly backend: BackendRequest;
      readonly options: UpscaleOptions;
    }
  /** Reads the queue of the last visit; answers with `image-added` for each, then `restored`. */
  | { readonly type: 'restore' }
  | { readonly type: 'add'; readonly id: string; readonly name: string; readonly file: Blob }
  | { readonly type: 'remove'; readonly id: string }
  /** Puts images in the run queue, in this order. Also resumes paused ones, and re-runs done ones. */
  | {
      readonly type: 'run';
      readonly ids: readonly string[];
      /** Stop after a few seconds, with the tiles on screen done first; left out: run to the end. */
      readonly preview?: boolean;
    }
  /** Stops within one tile, at its next kernel with `share-interrupt`; finished tiles are kept. */
  | { readonly type: 'cancel'; readonly id: string }
  /** Runs the faithful method on a finished image, for the dial; answers with `faithful` events. `cancel` stops it. */
  | { readonly type: 'run-faithful'; readonly id: string }
  /** The dial's place for an image, 0 … 100: kept, and used by exports once its faithful picture is there. */
  | { readonly type: 'set-detail'; readonly id: string; readonly detail: number }
  /** Where an image stays faithful, as large as its input; null: nowhere. Kept, and used by exports. */
  | { readonly type: 'set-protect'; readonly id: string; readonly mask: ProtectMask | null }
  /** Asks where an image looks like text; answers with `protect`. */
  | { readonly type: 'suggest-protect'; readonly id: string }
  /** Runs the finished image's method with other seeds, to see how far the results are from each other. */
  | { readonly type: 'run-spread'; readonly id: string }
  /** Asks for a map of the result, once its measure is there. */
  | {
      readonly type: 'map-invention';
      readonly id: string;
      readonly of: InventionMeasure;
      /** Levels of the brightest colour. */
      readonly full: number;
      /** The dial's place on screen, 0 … 100; the spread over seeds is of the result with all detail. */
      readonly detail: number;
    }
  /** The image on screen (null: none) and its visible part in LR pixels; its pictures follow, and its tiles there run first. */
  | { readonly type: 'view'; readonly id: string | null; readonly visible: Rect | null }
  | {
      readonly type: 'export';
      readonly request: string;
      readonly ids: readonly string[];
      readonly format: ExportFormat;
      /** 0 … 1, for JPEG and WebP. */
      readonly quality: number;
    };

export type UpscaleEvent =
  | { readonly type: 'engine-opening'; readonly message: string }
  | { readonly type: 'model-progress'; readonly loaded: number; readonly total: number; readonly cached: boolean }
  | { readonly type: 'engine-ready'; readonly ready: EngineReady }
  /** The engine can't run: what happened and what to do. A new `configure` tries again. */
  | { readonly type: 'engine-failed'; readonly message: string }
  | {
      readonly type: 'image-added';
      readonly image: ImageSummary;
      readonly state: JobState;
      readonly prediction: Prediction;
      readonly result: JobResult | null;
      /** False: the browser takes no file, and it goes with the tab. */
      readonly isKept: boolean;
      /** The dial's place; left out: all detail. */
      readonly detail?: number;
      /** Left out: none. */
      readonly faithful?: OnDemandState;
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
  | { readonly type: 'faithful'; readonly id: string; readonly faithful: OnDemandState }
  | { readonly type: 'spread'; readonly id: string; readonly spread: OnDemandState }
  /** Where the viewed image stays faithful: as it is kept, or a suggestion, which changes nothing by itself. */
  | { readonly type: 'protect'; readonly id: string; readonly mask: ProtectMask; readonly isSuggestion: boolean }
  /** In colours, a pixel for each LR pixel. */
  | {
      readonly type: 'invention';
      readonly id: string;
      readonly of: InventionMeasure;
      readonly bitmap: ImageBitmap;
      readonly facts: InventionFacts;
    }
  /** Part of the viewed image. `input` in LR pixels, the others in HR pixels; a later picture covers an earlier one. */
  | {
      readonly type: 'picture';
      readonly id: string;
      readonly layer: 'input' | 'output' | 'faithful';
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
  | { readonly type: 'export-failed'; readonly request: string; readonly message: string };
