/** The Gallery's state and pictures, for as long as the tab lives. Nothing of it is the engine's: it shows before that is open. */
import { createStore } from 'zustand/vanilla';
import type { DegradationKind } from '../../degradation/settings.ts';
import { errorMessage, fetchBeside } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { CompareLayer } from '../../protocol/compare.ts';
import {
  type GalleryIndex,
  type GalleryMethod,
  type GalleryPicture,
  type GalleryRun,
  galleryDegradations,
  galleryFile,
  galleryFolder,
  galleryIndexFile,
  readGalleryIndex,
  runsOf,
} from '../../report/gallery.ts';
import { type CompareView, type ErrorScale, initialCompareView, shownPair } from '../../store/view.ts';
import type { ErrorFacts } from '../viewer/comparison/ComparisonStage.tsx';
import type { Subject } from '../viewer/comparison/comparison-viewer.ts';
import type { Size } from '../viewer/transform.ts';
import type { ErrorAnswer, ErrorQuestion } from './error-worker.ts';

export interface GalleryState {
  /** Null: not read yet. */
  readonly index: GalleryIndex | null;
  /** Why there is nothing to see; null: nothing is wrong. */
  readonly fault: string | null;
  /** By name; empty before the index is there. */
  readonly picture: string;
  readonly degradation: DegradationKind;
  readonly view: CompareView;
  /** Changes with every picture that comes. */
  readonly version: number;
}

interface KnownError extends ErrorFacts {
  readonly key: string;
  readonly bitmap: ImageBitmap;
}

/** So many loaded pictures are kept: a method or a neighbour that is looked at again is there at once. */
export const mostBitmaps = 96;

const mild: DegradationKind = 'realesrgan-test';

export const gallery = createStore<GalleryState>(() => ({
  index: null,
  fault: null,
  picture: '',
  degradation: mild,
  view: { ...initialCompareView, full: 'flip' },
  version: 0,
}));

/** By file, those that were looked at longest ago first. */
const bitmaps = new Map<string, ImageBitmap>();
const loading = new Map<string, Promise<void>>();
/** The pair that was painted last: it stays until another picture's pair is there. */
let painted: Subject | null = null;
let known: KnownError | null = null;
let worker: Worker | null = null;
/** One error map at a time: pictures that are flipped through leave no queue. */
let isMapping = false;

const { getState: now, setState: set } = gallery;
const grown = () => set(({ version }) => ({ version: version + 1 }));

/** Those with a picture in this set. */
export const picturesOf = ({ index, degradation }: GalleryState): readonly GalleryPicture[] =>
  index?.pictures.filter(({ name }) => runsOf(index, degradation, name).length > 0) ?? [];

/** The sets that have pictures, in the order of tables. */
export const degradationsOf = (state: GalleryState): readonly DegradationKind[] =>
  galleryDegradations.filter((degradation) => picturesOf({ ...state, degradation }).length > 0);

/** The runs of the picture on screen, in the order of tables. */
export const shownRuns = ({ index, degradation, picture }: GalleryState): readonly GalleryRun[] =>
  index ? runsOf(index, degradation, picture) : [];

export const shownPicture = ({ index, picture }: GalleryState): GalleryPicture | undefined =>
  index?.pictures.find(({ name }) => name === picture);

/** A picture's LR size. */
export const imageOf = ({ width, height }: GalleryPicture): Size => ({
  width: width / upscaleFactor,
  height: height / upscaleFactor,
});

/** All there is of the picture on screen, whether it is loaded or not. */
export const layersOf = (state: GalleryState): readonly CompareLayer[] =>
  shownRuns(state).length > 0 ? ['lr', ...shownRuns(state).map(({ method }) => method as CompareLayer), 'truth'] : [];

/** Side by side, pictures of one size. */
export const panesOf = (state: GalleryState): readonly CompareLayer[] =>
  layersOf(state).filter((layer) => layer !== 'lr');

export const pairOf = (state: GalleryState) => shownPair(state.view, layersOf(state));

const keyOf = (state: Pick<GalleryState, 'degradation' | 'picture'>, layer: CompareLayer) =>
  galleryFile(state.picture, state.degradation, layer as 'lr' | 'truth' | GalleryMethod);

/** An address below the page's. */
export const urlOf = (...key: Parameters<typeof galleryFile>): string => `${galleryFolder}/${galleryFile(...key)}`;

/** Those that are loaded. */
function layersThere(state: GalleryState): ReadonlyMap<CompareLayer, ImageBitmap> {
  const there = new Map<CompareLayer, ImageBitmap>();
  for (const layer of layersOf(state)) {
    const bitmap = bitmaps.get(keyOf(state, layer));
    if (bitmap) there.set(layer, bitmap);
  }
  return there;
}

/** Closes the pictures that were looked at longest ago, but none that is on screen or is about to be. */
function makeRoom(): void {
  const needed = new Set([...layersThere(now()).values(), ...(painted?.layers.values() ?? [])]);
  for (const [key, bitmap] of bitmaps) {
    if (bitmaps.size <= mostBitmaps) return;
    if (needed.has(bitmap)) continue;
    bitmap.close();
    bitmaps.delete(key);
  }
}

async function fetchBitmap(key: string): Promise<void> {
  const response = await fetchBeside(`${galleryFolder}/${key}`);
  if (!response.ok) throw new Error(`${galleryFolder}/${key} can’t be loaded (${response.status}): reload the page.`);
  bitmaps.set(key, await createImageBitmap(await response.blob()));
  makeRoom();
  grown();
}

function load(key: string): Promise<void> {
  const bitmap = bitmaps.get(key);
  if (bitmap) {
    bitmaps.delete(key);
    bitmaps.set(key, bitmap);
    return Promise.resolve();
  }
  const under = loading.get(key) ?? fetchBitmap(key).finally(() => loading.delete(key));
  loading.set(key, under);
  return under;
}

/** The two that are compared, then the others one after the other, so that flipping through them waits for nothing. */
async function loadShown(): Promise<void> {
  const state = now();
  const pair = pairOf(state);
  if (!pair) return;
  const isShown = () => now().picture === state.picture && now().degradation === state.degradation;
  const attempt = async (layer: CompareLayer) => {
    try {
      await load(keyOf(state, layer));
    } catch (error) {
      if (isShown()) set({ fault: errorMessage(error) });
    }
  };
  await Promise.all(pair.map(attempt));
  for (const layer of layersOf(state)) if (isShown() && !pair.includes(layer)) await attempt(layer);
}

/** Reads the index, once. */
export async function openGallery(): Promise<void> {
  if (now().index) return loadShown();
  try {
    const response = await fetchBeside(`${galleryFolder}/${galleryIndexFile}`, { cache: 'no-cache' });
    // A server without the file may answer with the page.
    if (!response.ok || !response.headers.get('Content-Type')?.includes('json'))
      throw new Error('This build has no gallery: `npm run gallery` makes its pictures.');
    const index = readGalleryIndex(await response.json());
    set({ index, fault: null });
    const { degradation } = now();
    const there = degradationsOf(now());
    show({ degradation: there.includes(degradation) ? degradation : (there[0] ?? degradation) });
  } catch (error) {
    set({ fault: errorMessage(error) });
  }
}

/** Another picture or set; of a set that lacks the picture, the first one that it has. */
export function show(change: Partial<Pick<GalleryState, 'picture' | 'degradation'>>): void {
  const next = { ...now(), ...change };
  const pictures = picturesOf(next);
  const found = pictures.find(({ name }) => name === next.picture) ?? pictures[0];
  const isFirst = now().picture === '';
  const image = found && imageOf(found);
  set({
    ...change,
    picture: found?.name ?? '',
    fault: null,
    // The loupe starts in the middle.
    ...(isFirst && image && { view: { ...next.view, aim: { x: image.width / 2, y: image.height / 2 } } }),
  });
  void loadShown();
}

/** The picture before or after the one on screen, around the ends. */
export function step(by: 1 | -1): void {
  const pictures = picturesOf(now());
  const at = pictures.findIndex(({ name }) => name === now().picture);
  const next = pictures[(at + by + pictures.length) % pictures.length];
  if (next) show({ picture: next.name });
}

/** The next set that has pictures. */
export function nextDegradation(): void {
  const there = degradationsOf(now());
  const next = there[(there.indexOf(now().degradation) + 1) % there.length];
  if (next) show({ degradation: next });
}

export function setView(change: Partial<CompareView>): void {
  const isChoice = Boolean(change.left ?? change.right);
  set(({ view }) => ({ view: { ...view, ...change }, ...(isChoice && { fault: null }) }));
  if (isChoice) void loadShown();
}

/** LR pictures as squares, as large as the results. */
function pixelsOf(bitmap: ImageBitmap, { width, height }: GalleryPicture): Rgba8 {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser gives no canvas: close other tabs and reload.');
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, width, height);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

const errorKey = (state: GalleryState, [left, right]: readonly [CompareLayer, CompareLayer], full: ErrorScale) =>
  [keyOf(state, left), keyOf(state, right), full].join(' ');

async function take({ data: { key, picture, mean, most } }: MessageEvent<ErrorAnswer>): Promise<void> {
  const image = new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  const bitmap = await createImageBitmap(image);
  if (painted) painted = { ...painted, difference: null };
  known?.bitmap.close();
  known = { key, bitmap, mean, most };
  isMapping = false;
  grown();
}

/** The error map of the pair on screen; null: not known yet, and asked for once its pictures are there. */
function errorOf(state: GalleryState): KnownError | null {
  const pair = pairOf(state);
  const picture = shownPicture(state);
  if (state.view.mode !== 'difference' || !pair || !picture) return null;
  const key = errorKey(state, pair, state.view.full);
  if (known?.key === key) return known;
  const [a, b] = pair.map((layer) => bitmaps.get(keyOf(state, layer)));
  if (!a || !b || isMapping) return null;
  if (!worker) {
    worker = new Worker(new URL('./error-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (event) => void take(event);
    worker.onerror = () => set({ fault: 'The error map can’t be computed: reload the page.' });
  }
  const question: ErrorQuestion = { key, a: pixelsOf(a, picture), b: pixelsOf(b, picture), full: state.view.full };
  isMapping = true;
  worker.postMessage(question);
  return null;
}

export const errorFacts = (state: GalleryState): ErrorFacts | null => errorOf(state);

/** The pair that is painted; null while nothing is there, or where it can't be loaded. */
export function subjectOf(state: GalleryState): Subject | null {
  const pair = pairOf(state);
  const picture = shownPicture(state);
  const layers = layersThere(state);
  if (!pair || !picture) return null;
  if (!pair.every((layer) => layers.has(layer)))
    return state.fault === null && painted ? { ...painted, view: state.view } : null;
  painted = {
    image: imageOf(picture),
    view: state.view,
    layers,
    difference: errorOf(state)?.bitmap ?? null,
    pair,
    several: panesOf(state),
  };
  return painted;
}
