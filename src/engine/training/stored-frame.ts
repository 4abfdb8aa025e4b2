/** What is on a picture that is kept as a file, read with distrust: from a run's folder, or from a file that was dropped. */
import { scoreNames } from '../../training/names.ts';
import { histogramBins } from '../../training/scores.ts';
import { type PanelPlace, panelNames, type StoredFrame } from '../training-protocol.ts';
import { count, type Fields, list, oneOf } from './record-fields.ts';

/** Chrome's canvases end there. */
export const largestSheet = { maxSide: 16_384, maxPixels: 2 ** 24 };

function readPlace({ name, y, width, height }: Fields): PanelPlace {
  const side = (value: unknown) => count(value, largestSheet.maxSide);
  return { name: oneOf(name, panelNames), y: side(y), width: side(width), height: side(height) };
}

const isShare = (share: unknown): share is number => typeof share === 'number' && share >= 0 && share <= 1.001;

/** @throws one sentence */
export const readStoredFrame = ({ step, places, histograms }: Fields): StoredFrame => ({
  step: count(step),
  places: list(places, readPlace).slice(0, panelNames.length),
  histograms: list(histograms, ({ name, shares }) => ({
    name: oneOf(name, scoreNames),
    shares: Array.isArray(shares) && shares.length === histogramBins ? shares.filter(isShare) : [],
  })).filter(({ shares }) => shares.length === histogramBins),
});
