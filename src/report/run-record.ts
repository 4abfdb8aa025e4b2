/** The record of a kept run, and the readers of its fields, which trust nothing: from a run's folder, or from a dropped file. */
import {
  type FixedScores,
  histogramBins,
  type PanelName,
  type PanelRect,
  panelNames,
  type ScoreName,
  scoreNames,
} from '../paper/names.ts';

export interface CheckpointSummary {
  /** Iterations done. */
  readonly step: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly saved: number;
  /** Stays until it is deleted; the others make room for newer ones. */
  readonly pinned: boolean;
  /** PSNR-Y of the held-out pictures when it was last measured before, in dB; null: never. */
  readonly psnrY: number | null;
  /** Iterations that were done at that measurement; null: never, or not known. */
  readonly psnrStep: number | null;
}

/** The share of a discriminator's logits in each bin (histogramRange, scores.ts). */
export interface ScoreHistogram {
  readonly name: ScoreName;
  readonly shares: Float32Array;
}

/** The content of a picture that is kept as a file; a histogram has a share for each bin. */
export interface StoredFrame {
  readonly step: number;
  readonly places: readonly PanelRect[];
  readonly histograms: readonly { readonly name: ScoreName; readonly shares: readonly number[] }[];
  /** Of the crop that stays the same; null where the run has none, or is of an earlier version. */
  readonly fixed: FixedScores | null;
}

/** The panels of an iteration as a file: PNG or WebP. */
export interface FramePicture {
  readonly frame: StoredFrame;
  readonly image: Blob;
}

/** A panel of one iteration that the user keeps in the run's logbook. A run has one picture of a panel at an iteration. */
export interface PinnedPicture {
  /** Iterations that were done before it: the first iteration's is 0. */
  readonly step: number;
  readonly panel: PanelName;
  /** The user's words. */
  readonly caption: string;
  /** PNG. */
  readonly image: Blob;
}

/** The user's own additions to a run. */
export interface RunNotes {
  /** Markdown. */
  readonly notes: string;
  /** In the order of their iterations. */
  readonly pins: readonly PinnedPicture[];
}

export const noNotes: RunNotes = { notes: '', pins: [] };
/** Characters. */
export const longestNotes = 100_000;
export const longestCaption = 300;
export const mostPins = 64;

/** A pinned picture's name among those of its run. */
export const pinName = ({ step, panel }: Pick<PinnedPicture, 'step' | 'panel'>): string => `${step}-${panel}`;

/** Limits of a pinned picture: a panel is as large as a crop. */
export const pinLimits = { maxSide: 2048, maxPixels: 2 ** 22 };

/** The machine that a run was computed on. */
export interface RunEnvironmentFacts {
  readonly backend: string;
  /** The GPU's, where there is one. */
  readonly adapter: string;
  readonly host: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Fields of JSON; their readers throw one sentence. */
export type JsonFields = Readonly<Record<string, unknown>>;

const damaged = () => new Error('The record of the run is damaged.');

export function fields(value: unknown): JsonFields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonFields;
  throw damaged();
}

export function count(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw damaged();
}

/** Milliseconds since 1970, within what a date can be. */
export const time = (value: unknown): number => count(value, 8.64e15);

/** One of some names. */
export function oneOf<N extends string>(value: unknown, names: readonly N[]): N {
  const name = names.find((each) => each === value);
  if (name === undefined) throw damaged();
  return name;
}

/** Reads a list; any other value counts as an empty one. */
export const readList = <T>(value: unknown, read: (entry: JsonFields) => T): T[] =>
  (Array.isArray(value) ? value : []).map((entry) => read(fields(entry)));

export const readCheckpointSummary = ({
  step,
  bytes,
  saved,
  pinned,
  psnrY,
  psnrStep,
}: JsonFields): CheckpointSummary => ({
  step: count(step),
  bytes: count(bytes),
  saved: time(saved),
  pinned: pinned === true,
  psnrY: typeof psnrY === 'number' ? psnrY : null,
  psnrStep: typeof psnrStep === 'number' ? count(psnrStep) : null,
});

/** Notes of any length that a file says, or none. */
export const readNotes = (value: unknown): string => (typeof value === 'string' ? value.slice(0, longestNotes) : '');

export const readPin = ({ step, panel, caption }: JsonFields): Omit<PinnedPicture, 'image'> => ({
  step: count(step),
  panel: oneOf(panel, panelNames),
  caption: typeof caption === 'string' ? caption.slice(0, longestCaption) : '',
});

/** By iteration, then in the figure's order. */
export const sortedPins = <P extends Pick<PinnedPicture, 'step' | 'panel'>>(pins: readonly P[]): P[] =>
  [...pins].sort((a, b) => a.step - b.step || panelNames.indexOf(a.panel) - panelNames.indexOf(b.panel));

/** Chrome's canvases end there. */
export const largestAtlas = { maxSide: 16_384, maxPixels: 2 ** 24 };

/** Names that files of earlier versions have for a panel. */
const earlierPanels: Readonly<Record<string, PanelName>> = { lq: 'lr', low: 'yHat' };

function readPlace({ name, y, width, height }: JsonFields): PanelRect {
  const side = (value: unknown) => count(value, largestAtlas.maxSide);
  return {
    name: oneOf(earlierPanels[String(name)] ?? name, panelNames),
    y: side(y),
    width: side(width),
    height: side(height),
  };
}

const isShare = (share: unknown): share is number => typeof share === 'number' && share >= 0 && share <= 1.001;

function readFixed(value: unknown): FixedScores | null {
  if (value === null || value === undefined) return null;
  const { bicubic, now, best, bestStep } = fields(value);
  // JSON has no ∞, the PSNR of equal pictures.
  const decibel = (score: unknown) => (typeof score === 'number' ? score : Number.POSITIVE_INFINITY);
  return { bicubic: decibel(bicubic), now: decibel(now), best: decibel(best), bestStep: count(bestStep) };
}

/** @throws one sentence */
export const readStoredFrame = ({ step, places, histograms, fixed }: JsonFields): StoredFrame => ({
  step: count(step),
  places: readList(places, readPlace).slice(0, panelNames.length),
  histograms: readList(histograms, ({ name, shares }) => ({
    name: oneOf(name, scoreNames),
    shares: Array.isArray(shares) && shares.length === histogramBins ? shares.filter(isShare) : [],
  })).filter(({ shares }) => shares.length === histogramBins),
  fixed: readFixed(fixed),
});
