/** The views of the Upscale page's image and of the Compare page's pictures, with the habits that are kept in localStorage. */
import type { CompareLayer } from '../protocol/compare.ts';

export const compareModes = ['slider', 'side-by-side', 'output', 'input'] as const;
export type CompareMode = (typeof compareModes)[number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Transform {
  /** LR pixel at the middle of each pane. */
  readonly centre: Point;
  /** Device pixels per output pixel: 1 shows the result pixel for pixel. */
  readonly zoom: number;
}

export interface ViewState extends Transform {
  readonly mode: CompareMode;
  /** Position of the before/after line, 0 (left) … 1 (right) of the viewport. */
  readonly slider: number;
  /** Smooth magnified pixels, or show them as squares. */
  readonly smooth: boolean;
  /** Keeps the whole image in view when the viewport changes. */
  readonly fit: boolean;
  /** The next drag frames a part of the image instead of moving it. */
  readonly framing: boolean;
  /** The next drag paints where the image stays faithful. */
  readonly protecting: boolean;
  /** The map of what was invented stands in the result's place. */
  readonly mapping: boolean;
}

export const initialView: ViewState = {
  centre: { x: 0, y: 0 },
  zoom: 1,
  mode: 'slider',
  slider: 0.5,
  smooth: true,
  fit: true,
  framing: false,
  protecting: false,
  mapping: false,
};

export const nextMode = (mode: CompareMode): CompareMode =>
  compareModes[(compareModes.indexOf(mode) + 1) % compareModes.length] ?? 'slider';

// The Compare page's view.

export const comparisonModes = ['slider', 'side-by-side', 'blink', 'difference'] as const;
export type ComparisonMode = (typeof comparisonModes)[number];

/** 8-bit levels that get the heat map's brightest colour. */
export const heatScales: readonly number[] = [8, 16, 32, 64, 128];

/** The measure of an error map: levels up to a full scale, or FLIP, whose scale is 1. */
export type ErrorScale = number | 'flip';
export const errorScales: readonly ErrorScale[] = [...heatScales, 'flip'];

export interface CompareView extends Transform {
  readonly mode: ComparisonMode;
  /** Position of the dividing line, 0 (left) … 1 (right). */
  readonly slider: number;
  readonly smooth: boolean;
  readonly fit: boolean;
  /** The two pictures that are compared, as chosen; one that isn't there gives way to one that is. */
  readonly left: CompareLayer;
  readonly right: CompareLayer;
  /** Blinking: the right picture shows in the left one's place. */
  readonly held: boolean;
  readonly loupe: boolean;
  /** Position of the loupe, LR pixels. */
  readonly aim: Point;
  readonly full: ErrorScale;
}

const { centre, zoom, slider, smooth, fit } = initialView;
export const initialCompareView: CompareView = {
  centre,
  zoom,
  slider,
  smooth,
  fit,
  mode: 'slider',
  left: 'bicubic',
  right: 'ours',
  held: false,
  loupe: false,
  aim: { x: 0, y: 0 },
  full: 32,
};

const key = 'cosr.compare';
const habits = ['mode', 'smooth', 'left', 'right', 'loupe', 'full'] as const;

/** Tells the changes that are kept between visits. */
export const isHabit = (change: Partial<CompareView>): boolean => habits.some((name) => name in change);

export const nextComparison = (mode: ComparisonMode): ComparisonMode =>
  comparisonModes[(comparisonModes.indexOf(mode) + 1) % comparisonModes.length] ?? 'slider';

/** Parses a stored view of any version; an invalid field gets its default. */
export function parseCompareView(stored: unknown): CompareView {
  const fields = (typeof stored === 'object' && stored !== null ? stored : {}) as Readonly<Record<string, unknown>>;
  const view = initialCompareView;
  // The LR input was called 'low' before.
  const text = (value: unknown, fallback: CompareLayer) =>
    value === 'low' ? 'lr' : typeof value === 'string' ? (value as CompareLayer) : fallback;
  return {
    ...view,
    mode: comparisonModes.find((mode) => mode === fields.mode) ?? view.mode,
    smooth: typeof fields.smooth === 'boolean' ? fields.smooth : view.smooth,
    loupe: typeof fields.loupe === 'boolean' ? fields.loupe : view.loupe,
    full: errorScales.find((scale) => scale === fields.full) ?? view.full,
    left: text(fields.left, view.left),
    right: text(fields.right, view.right),
  };
}

export function loadCompareView(storage: () => Pick<Storage, 'getItem'>): CompareView {
  try {
    return parseCompareView(JSON.parse(storage().getItem(key) ?? 'null'));
  } catch {
    return initialCompareView;
  }
}

export function saveCompareView(storage: () => Pick<Storage, 'setItem'>, view: CompareView): void {
  try {
    storage().setItem(key, JSON.stringify(Object.fromEntries(habits.map((name) => [name, view[name]]))));
  } catch {
    // Nothing to do: the view lives as long as the tab.
  }
}

/** The two pictures on screen: those chosen, where they are there. @param layers what is there, in the order of the panes */
export function shownPair(
  { left, right, mode }: Pick<CompareView, 'left' | 'right' | 'mode'>,
  layers: readonly CompareLayer[],
): readonly [CompareLayer, CompareLayer] | null {
  const first = layers[0];
  if (first === undefined) return null;
  const isUntouched = left === initialCompareView.left && right === initialCompareView.right;
  // A difference says most against the truth.
  if (mode === 'difference' && isUntouched && layers.includes('truth')) {
    const best = layers.includes(right) ? right : layers.findLast((layer) => layer !== 'truth');
    return [best ?? first, 'truth'];
  }
  const smooth = layers.includes('bicubic') ? 'bicubic' : first;
  const a = layers.includes(left) ? left : smooth;
  const others = layers.filter((layer) => layer !== a);
  const b = layers.includes(right) ? right : (others.at(-1) ?? a);
  return [a, b];
}
