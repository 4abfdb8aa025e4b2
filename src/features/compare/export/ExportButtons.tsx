import { FileCode, ImageDown } from 'lucide-react';
import { useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import { stem } from '../../../formats/names.ts';
import type { CompareLayer, CompareResult, CompareSettings, Degradation } from '../../../protocol/compare.ts';
import { formatValue, ranksOf, rankTitles } from '../../../report/columns.ts';
import { dataUrl } from '../../../report/html.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import { type ErrorScale, shownPair } from '../../../store/view.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { formatMilliseconds } from '../../ui/format.ts';
import { blobOf, save } from '../../ui/save.ts';
import { layOut } from '../../viewer/comparison/paint.ts';
import { outputScale } from '../../viewer/transform.ts';
import { metricsOf, noteOf, workCells, workTitles } from '../analysis/metrics.ts';
import { layersOf, subjectOf, useComparePictures, useTitles } from '../use-compare.ts';
import { comparisonHtml } from './comparison-html.ts';

/** @param times LR pictures become squares of so many pixels */
async function bitmapUrl(bitmap: ImageBitmap, times: 1 | typeof outputScale): Promise<string> {
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width * times;
  canvas.height = bitmap.height * times;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no memory left for a picture of this size.');
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return dataUrl(await blobOf(canvas));
}

export interface Caption {
  /** The pane's corner, device pixels of the canvas. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align: 'left' | 'right';
}

/** The canvas as it is, with the captions that lie over it on the page. @param ratio device pixels a CSS pixel */
function viewPng(source: HTMLCanvasElement, captions: readonly Caption[], ratio: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = source.width;
  canvas.height = source.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no memory left for a picture of this size.');
  context.fillStyle = getComputedStyle(source.parentElement ?? source).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0);
  context.font = `${Math.round(12 * ratio)}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  const [margin, pad] = [6 * ratio, 4 * ratio];
  for (const { x, y, text, align } of captions) {
    const width = context.measureText(text).width + 2 * pad;
    const left = align === 'left' ? x + margin : x - margin - width;
    context.fillStyle = 'rgb(0 0 0 / 70%)';
    context.fillRect(left, y + margin, width, 12 * ratio + 2 * pad);
    context.fillStyle = '#fff';
    context.fillText(text, left + pad, y + margin + pad);
  }
  return blobOf(canvas);
}

/** Of a saved error map: its measure, and the pictures that it is of. */
export const errorMapCaption = (measure: ErrorScale, from: string, to: string): string =>
  measure === 'flip' ? `FLIP of ${to} against ${from}` : `${to} − ${from}`;

const baseName = (name: string) => stem(name) || 'picture';

const conditionsOf = ({ name, seed }: Degradation) =>
  name === 'given' ? 'as it was given' : `degradation ${name}, seed ${seed}`;

/** @param note empty: there is none */
const noted = (text: string, note: string) => (note === '' ? text : `${text},${note}`);

/** The table of numbers as on the page, its head first; empty without a result. @param options those that the page is set to */
function tableOf(
  results: readonly CompareResult[],
  options: CompareSettings,
  titleOf: (layer: CompareLayer) => string,
): readonly (readonly string[])[] {
  if (results.length === 0) return [];
  const metrics = metricsOf(results).map((metric) => {
    const values = results.map(({ method, scores }) => ({ of: method, value: scores && metric.of(scores) }));
    return { ...metric, ranks: ranksOf(values, metric.better) };
  });
  const heads = metrics.map(({ label, better }) => `${label} ${better === 'higher' ? '↑' : '↓'}`);
  const rows = results.map((result) => {
    const numbers = metrics.map((metric) => {
      const text = formatValue(result.scores && metric.of(result.scores), metric);
      const rank = metric.ranks.get(result.method);
      return rank ? `${text} (${rankTitles[rank]})` : text;
    });
    return [noted(titleOf(result.method), noteOf(result, options)), ...numbers, ...workCells(result)];
  });
  return [['Method', ...heads, ...workTitles], ...rows];
}

/** The view as a picture, and the whole comparison as a file that works by itself. */
export function ExportButtons() {
  const app = useApp();
  const state = useAppState(({ compare }) => compare.state);
  const view = useAppState(({ compare }) => compare.view);
  const settings = useAppState((app) => app.settings);
  const pictures = useComparePictures();
  const titleOf = useTitles();
  const [busy, setBusy] = useState(false);
  const input = state?.inputs.find(({ id }) => id === state.selected);
  const layers = layersOf({ state }, pictures.layers);

  const guarded = (work: () => Promise<void>) => async () => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      app.actions.notify('warning', errorMessage(error));
    } finally {
      setBusy(false);
    }
  };

  const saveView = async () => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-viewer="comparison"] canvas');
    const subject = subjectOf(app);
    if (!canvas || !subject || !input) return;
    const { panes } = layOut(subject.view, subject.pair, subject.several, subject.image, canvas);
    const captions = panes.flatMap(({ x, y, width, parts }) =>
      parts.map(({ layer }, i): Caption => {
        const [from, to] = subject.pair.map(titleOf);
        const text = layer === 'difference' ? errorMapCaption(subject.view.full, from, to) : titleOf(layer);
        return { x: i === 0 ? x : x + width, y, text, align: i === 0 ? 'left' : 'right' };
      }),
    );
    save(`${baseName(input.name)}_comparison.png`, await viewPng(canvas, captions, devicePixelRatio));
  };

  const saveHtml = async () => {
    if (!state?.prepared || !input) return;
    const resultOf = (layer: CompareLayer) => state.results.find(({ method }) => method === layer);
    // Those on screen: others may be kept of methods that are not chosen any more.
    const results = layers.flatMap((layer) => resultOf(layer) ?? []);
    const exported = [];
    const shown = layers.filter((layer) => pictures.layers.has(layer));
    const [left, right] = shownPair(view, shown) ?? [shown[0], shown[0]];
    for (const layer of shown) {
      const bitmap = pictures.layers.get(layer);
      if (!bitmap) continue;
      const result = resultOf(layer);
      const url = await bitmapUrl(bitmap, layer === 'lr' || layer === 'reference' ? outputScale : 1);
      const facts = result ? noted(formatMilliseconds(result.ms), noteOf(result, settings.options)) : '';
      exported.push({ title: titleOf(layer), facts, url });
    }
    const html = comparisonHtml({
      title: `${input.name}: comparison`,
      width: state.prepared.width * outputScale,
      height: state.prepared.height * outputScale,
      pictures: exported,
      pair: [Math.max(0, shown.indexOf(left)), Math.max(0, shown.indexOf(right))],
      conditions: `Seed ${settings.options.seed}, ${settings.options.preset} weights. Input: ${conditionsOf(input.degradation)}.`,
      table: tableOf(results, settings.options, titleOf),
    });
    save(`${baseName(input.name)}_comparison.html`, new Blob([html], { type: 'text/html' }));
  };

  return (
    <>
      <IconButton
        icon={ImageDown}
        label="Save the view as PNG"
        disabled={busy || layers.length === 0}
        onClick={guarded(saveView)}
      />
      <IconButton
        icon={FileCode}
        label="Save the comparison as one HTML file"
        disabled={busy || layers.length < 2}
        onClick={guarded(saveHtml)}
      />
    </>
  );
}
