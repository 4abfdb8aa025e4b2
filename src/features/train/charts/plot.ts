/** A chart of the feed's columns: uPlot, drawn at most a few times a second and read from the feed's own arrays. */
import uPlot from 'uplot';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { ChartGroup } from './groups.ts';

const height = 190;
const redrawMilliseconds = 200;

/** @param legend one element a series, in order: its colour is the curve's, and `[data-value]` in it gets the number */
export function attachPlot(
  host: HTMLElement,
  legend: readonly HTMLElement[],
  { series, scale }: ChartGroup,
  feed: TrainingFeed,
): () => void {
  const colour = (element: HTMLElement) => () => getComputedStyle(element).color;
  const gridColour = () => getComputedStyle(host).borderTopColor;
  const axis = {
    stroke: colour(host),
    grid: { stroke: gridColour, width: 1 },
    ticks: { stroke: gridColour, width: 1 },
  };
  const font = '11px system-ui, sans-serif';
  const data = () => [feed.column('step'), ...series.map(({ column }) => feed.column(column))] as uPlot.AlignedData;

  const say = (index: number | null | undefined) => {
    series.forEach(({ column }, i) => {
      const item = legend[i];
      const value = item?.querySelector('[data-value]');
      if (!item || !value) return;
      const number = feed.column(column)[index ?? feed.length - 1] ?? null;
      item.hidden = !feed.column(column).some((each) => each !== null);
      value.textContent = number === null ? '' : number.toPrecision(4);
    });
  };
  const plot = new uPlot(
    {
      width: Math.max(1, host.clientWidth),
      height,
      legend: { show: false },
      cursor: { sync: { key: 'training' }, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { distr: scale === 'logarithmic' ? 3 : 1 } },
      axes: [
        { ...axis, font, size: 28 },
        { ...axis, font, size: 52 },
      ],
      series: [
        {},
        ...series.map((_, i) => ({
          stroke: colour(legend[i] ?? host),
          width: 1.5,
          spanGaps: true,
        })),
      ],
      hooks: { setCursor: [({ cursor }) => say(cursor.idx)] },
    },
    data(),
    host,
  );

  let timer: ReturnType<typeof setTimeout> | null = null;
  const redraw = () => {
    timer = null;
    plot.setData(data());
    say(plot.cursor.idx);
  };
  const stop = feed.listen((change) => {
    if (change === 'rows') timer ??= setTimeout(redraw, redrawMilliseconds);
  });
  const size = new ResizeObserver(() => plot.setSize({ width: Math.max(1, host.clientWidth), height }));
  size.observe(host);
  // Colours are read when they are drawn, so a change of theme needs a drawing.
  const repaint = () => plot.redraw(false, true);
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', repaint);
  say(null);
  return () => {
    stop();
    if (timer !== null) clearTimeout(timer);
    size.disconnect();
    theme.disconnect();
    scheme.removeEventListener('change', repaint);
    plot.destroy();
  };
}
