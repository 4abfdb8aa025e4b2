/** The user's choices, kept in localStorage. Stored values may be old or foreign: each field is checked by itself. */

import { presetNames } from '../presets/presets.ts';
import { isTaught } from '../presets/teaching.ts';
import {
  type BackendRequest,
  type ColourLock,
  defaultOptions,
  type ExportFormat,
  type UpscaleOptions,
} from '../protocol/upscale.ts';
import { esrganNames, methods, type UpscaleMethod, type UpscaleRequest } from '../report/methods.ts';
import { compareModes, initialView, type ViewState } from './view.ts';

export interface Settings {
  readonly backend: BackendRequest;
  readonly options: UpscaleOptions;
  readonly format: ExportFormat;
  /** 0 … 1, for JPEG and WebP. */
  readonly quality: number;
  /** Pictures that take less than about 20 s start as soon as they are added. */
  readonly startsAtOnce: boolean;
  /** Single-letter keys can be switched off for those whose speech input types them. */
  readonly letterKeys: boolean;
}

/** The settings and habits of the viewer that are kept between visits. */
interface Remembered extends Settings, Pick<ViewState, 'mode' | 'smooth'> {}

const backends: readonly BackendRequest[] = ['auto', 'webgpu', 'wasm'];
const colourLocks: readonly ColourLock[] = ['wavelet', 'ycbcr', 'off'];
export const formats: readonly ExportFormat[] = ['png', 'jpeg', 'webp'];
/** LR pixels a side; multiples of 16, which every shipped network accepts. */
export const tiles: readonly number[] = [16, 32, 48, 64, 96, 128, 192, 256];
const megabyte = 2 ** 20;
/** Powers of two and their halfway points, 64 MB … 8 GB. */
export const budgets: readonly number[] = [
  64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192,
].map((value) => value * megabyte);
/** Methods that Upscale can be set to; of the first, the weights in use may lack some. */
const upscaleMethods: readonly UpscaleMethod[] = [...methods, ...esrganNames];
export const maxSeed = 2 ** 32 - 1;

export const defaultSettings: Settings = {
  backend: 'auto',
  options: defaultOptions,
  format: 'png',
  quality: 0.92,
  startsAtOnce: true,
  letterKeys: true,
};

const defaults: Remembered = { ...defaultSettings, mode: initialView.mode, smooth: initialView.smooth };

const key = 'cosr.settings';
/**
 * Of what is stored. Before 2 the wavelet lock was the default, and before 3 pictures were drawn as squares, so that there these
 * are no choices of the user's.
 */
const version = 3;
const hasVersion = (stored: unknown, least: number): boolean => typeof stored === 'number' && stored >= least;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const oneOf = <T>(value: unknown, allowed: readonly T[], fallback: T): T =>
  allowed.find((candidate) => candidate === value) ?? fallback;
const inRange = (value: unknown, low: number, high: number, fallback: number): number =>
  typeof value === 'number' && value >= low && value <= high ? value : fallback;
const flag = (value: unknown, fallback: boolean): boolean => (typeof value === 'boolean' ? value : fallback);

/** A whole number 0 … 2³²−1, or null. */
export function parseSeed(text: string): number | null {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= maxSeed ? value : null;
}

function parseOptions(stored: Fields, storedVersion: unknown): UpscaleOptions {
  const { preset, method, seed, colourLock, agree = false, tile, memoryBudget } = defaultOptions;
  const storedSeed = stored.seed;
  return {
    preset: oneOf(stored.preset, presetNames, preset),
    method:
      typeof stored.method === 'string' && isTaught(stored.method)
        ? stored.method
        : oneOf<UpscaleRequest>(stored.method, upscaleMethods, method),
    seed: typeof storedSeed === 'number' ? (parseSeed(String(storedSeed)) ?? seed) : seed,
    colourLock:
      !hasVersion(storedVersion, 2) && stored.colourLock === 'wavelet'
        ? colourLock
        : oneOf(stored.colourLock, colourLocks, colourLock),
    agree: flag(stored.agree, agree),
    tile: oneOf<number | 'auto'>(stored.tile, ['auto', ...tiles], tile),
    memoryBudget: oneOf(stored.memoryBudget, budgets, memoryBudget),
  };
}

/** Parses stored settings of any version; an invalid field gets its default. */
export function parseSettings(stored: unknown): Remembered {
  const fields = fieldsOf(stored);
  const { backend, format, quality, mode, smooth, startsAtOnce, letterKeys } = defaults;
  return {
    backend: oneOf(fields.backend, backends, backend),
    options: parseOptions(fieldsOf(fields.options), fields.version),
    format: oneOf(fields.format, formats, format),
    quality: inRange(fields.quality, 0.1, 1, quality),
    mode: oneOf(fields.mode, compareModes, mode),
    smooth: hasVersion(fields.version, 3) ? flag(fields.smooth, smooth) : smooth,
    startsAtOnce: flag(fields.startsAtOnce, startsAtOnce),
    letterKeys: flag(fields.letterKeys, letterKeys),
  };
}

/** Storage may be blocked (private window, policy): the defaults then serve for the visit. */
export function loadSettings(storage: () => Pick<Storage, 'getItem'>): Remembered {
  try {
    return parseSettings(JSON.parse(storage().getItem(key) ?? 'null'));
  } catch {
    return defaults;
  }
}

export function saveSettings(storage: () => Pick<Storage, 'setItem'>, settings: Remembered): void {
  try {
    storage().setItem(key, JSON.stringify({ version, ...settings }));
  } catch {
    // Nothing to do: the settings live as long as the tab.
  }
}
