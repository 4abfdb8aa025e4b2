/** The viewer's view of the selected image: one transform for all panes. */

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
}

export const initialView: ViewState = {
  centre: { x: 0, y: 0 },
  zoom: 1,
  mode: 'slider',
  slider: 0.5,
  smooth: false,
  fit: true,
};

export const nextMode = (mode: CompareMode): CompareMode =>
  compareModes[(compareModes.indexOf(mode) + 1) % compareModes.length] ?? 'slider';
