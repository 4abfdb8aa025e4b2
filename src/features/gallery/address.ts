/** The Gallery's address: picture, set, pair, way to compare, and the place and zoom where it is not the whole picture. */
import type { CompareLayer } from '../../protocol/compare.ts';
import { type CompareView, comparisonModes, errorScales } from '../../store/view.ts';
import type { LinkReader } from '../ui/router.ts';
import { clampCentre, parsePercent, percentText } from '../viewer/transform.ts';
import {
  degradationsOf,
  type GalleryState,
  gallery,
  imageOf,
  layersOf,
  pairOf,
  picturesOf,
  setView,
  show,
  shownPicture,
} from './gallery.ts';

/** "32.5,20.25", LR pixels. @returns null where it is no place */
function parsePlace(text: string): CompareView['centre'] | null {
  const [x = Number.NaN, y = Number.NaN, ...more] = text.split(',').map(Number);
  return Number.isFinite(x) && Number.isFinite(y) && more.length === 0 ? { x, y } : null;
}

const quarter = (value: number) => String(Math.round(4 * value) / 4);

/** Null before there is a picture. */
export function galleryValues(state: GalleryState): Readonly<Record<string, string>> | null {
  const { picture, degradation, view } = state;
  const pair = pairOf(state);
  if (!pair) return null;
  const { mode, full, fit, zoom, centre } = view;
  return {
    picture,
    input: degradation,
    left: pair[0],
    right: pair[1],
    view: mode,
    ...(mode === 'difference' && { error: String(full) }),
    ...(!fit && { zoom: percentText(zoom), at: `${quarter(centre.x)},${quarter(centre.y)}` }),
  };
}

/** Takes a link's values over; those that are not to be had are noted by the reader. */
export function readGalleryLink(link: LinkReader): void {
  const degradation = link.oneOf('input', degradationsOf(gallery.getState())) ?? gallery.getState().degradation;
  const names = picturesOf({ ...gallery.getState(), degradation }).map(({ name }) => name);
  const picture = link.oneOf('picture', names);
  show({ degradation, ...(picture && { picture }) });
  const state = gallery.getState();
  const layer = (name: string): CompareLayer | null => link.oneOf(name, layersOf(state));
  const [left, right, mode] = [layer('left'), layer('right'), link.oneOf('view', comparisonModes)];
  const full = link.take('error', (text) => errorScales.find((scale) => String(scale) === text) ?? null);
  const [zoom, place] = [link.take('zoom', parsePercent), link.take('at', parsePlace)];
  const image = shownPicture(state);
  setView({
    ...(left && { left }),
    ...(right && { right }),
    ...(mode && { mode }),
    ...(full && { full }),
    ...(zoom && { zoom, fit: false }),
    ...(place && image && { centre: clampCentre(place, imageOf(image)) }),
  });
}
