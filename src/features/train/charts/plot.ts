/** A chart of the feed's curves: uPlot, drawn at most a few times a second, at the resolution of the screen. */
import uPlot from 'uplot';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { TrainingLook } from '../../../store/training-look.ts';
import { atBeat, leaveBeat } from '../beat.ts';
import { decimate } from './decimate.ts';
import { drawMarks } from './draw-marks.ts';
import type { ChartGroup, Scale, Series } from './groups.ts';
import { isSmooth, writeLegend } from './legend.ts';
import type { Mark } from './marks.ts';
import { shownRange } from './range.ts';

const height = 190;
const redrawMilliseconds = 200;
/** A drag of fewer pixels is a click. */
const smallestDrag = 6;
const faint = 0.3;
const distributions: Readonly<Record<Scale, uPlot.Scale.Distr>> = { linear: 1, logarithmic: 3, arcsinh: 4 };

interface Parts {
  readonly host: HTMLElement;
  /** One element a series, in order: its colour is the curve's, and `[data-value]`, `[data-smooth]` in it get the numbers. */
  readonly legend: readonly HTMLElement[];
}

export function attachPlot(
  { host, legend }: Parts,
  { series }: ChartGroup,
  scale: Scale,
  feed: TrainingFeed,
  look: TrainingLook,
  marks: () => readonly Mark[],
): () => void {
  const colour = (element: HTMLElement) => () => getComputedStyle(element).color;
  const gridColour = () => getComputedStyle(host).borderTopColor;
  const axis = {
    stroke: colour(host),
    grid: { stroke: gridColour, width: 1 },
    ticks: { stroke: gridColour, width: 1 },
  };
  const font = '11px system-ui, sans-serif';

  /** The curves, then the same smoothed; smoothed ones are empty where they would say nothing new. */
  const data = (): uPlot.AlignedData => {
    const { curves } = feed;
    const [low, high] = shownRange(feed, look.now);
    // One more on both sides, so that lines reach the edges.
    const from = Math.max(curves.first, curves.indexOf(low) - 1);
    const to = Math.min(curves.end, curves.indexOf(high) + 2);
    const shown = series.flatMap(({ curve }) => curves.get(curve));
    const smooth = series.map((each) =>
      isSmooth(each, look) ? curves.smoothed(each.curve, look.now.smoothing) : null,
    );
    const drawn = smooth.filter((pyramid) => pyramid !== null);
    const { x, y } = decimate(
      curves.get('iteration'),
      [...shown, ...drawn],
      from,
      to,
      plot ? plot.bbox.width / devicePixelRatio : 300,
    );
    let next = shown.length;
    const none = x.map(() => null);
    return [x, ...y.slice(0, shown.length), ...smooth.map((pyramid) => (pyramid ? (y[next++] ?? none) : none))];
  };

  const say = () => writeLegend(legend, series, feed, look);

  const line = (each: Series, index: number, isRaw: boolean): uPlot.Series => ({
    stroke: colour(legend[index] ?? host),
    width: 1.5,
    spanGaps: true,
    dash: each.isReference || index >= 4 ? [6, 3] : undefined,
    alpha: isRaw && isSmooth(each, look) ? faint : 1,
    points: { show: false },
  });

  const iterationAt = (chart: uPlot, left: number) => {
    const { curves } = feed;
    return curves.get('iteration').at(curves.indexOf(Math.round(chart.posToVal(left, 'x'))));
  };
  let plot: uPlot | null = null;
  let isOurs = false;
  const options: uPlot.Options = {
    width: Math.max(1, host.clientWidth),
    height,
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { show: false },
      bind: { dblclick: () => null },
    },
    scales: {
      x: { time: false, range: () => shownRange(feed, look.now) },
      y: { distr: distributions[scale] },
    },
    axes: [
      { ...axis, font, size: 28 },
      { ...axis, font, size: 52 },
    ],
    series: [{}, ...series.map((each, i) => line(each, i, true)), ...series.map((each, i) => line(each, i, false))],
    hooks: {
      draw: [
        (chart) =>
          drawMarks(chart, {
            marks: marks(),
            colour: colour(host)(),
            pinned: look.now.iteration,
            pinnedColour: getComputedStyle(host).outlineColor,
          }),
      ],
      setCursor: [
        (chart) => {
          if (isOurs) return;
          const { left = -1 } = chart.cursor;
          look.change({ hover: left < 0 || feed.curves.end === feed.curves.first ? null : iterationAt(chart, left) });
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < smallestDrag) return;
          look.change({ range: [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')] });
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  plot = new uPlot(options, data(), host);
  const chart = plot;

  let pressedAt = 0;
  const press = ({ clientX }: MouseEvent) => {
    pressedAt = clientX;
  };
  const click = ({ clientX, offsetX, detail }: MouseEvent) => {
    if (Math.abs(clientX - pressedAt) >= smallestDrag || feed.curves.end === feed.curves.first) return;
    if (detail === 2) look.change({ range: null, tail: null, iteration: null });
    else look.change({ iteration: iterationAt(chart, offsetX) });
  };
  chart.over.addEventListener('mousedown', press);
  chart.over.addEventListener('click', click);

  let isVisible = true;
  let isStale = false;
  const redraw = () => {
    say();
    isStale = !isVisible;
    if (!isVisible) return;
    series.forEach((each, i) => {
      (chart.series[i + 1] as uPlot.Series).alpha = line(each, i, true).alpha;
    });
    chart.setData(data());
  };
  const stop = feed.listen((change) => {
    if (change === 'rows') atBeat(redrawMilliseconds, redraw);
  });
  let before = look.now;
  const stopLooking = look.listen(() => {
    const { now } = look;
    const onlyMoved = now.range === before.range && now.tail === before.tail && now.smoothing === before.smoothing;
    const isMoved = now.iteration !== before.iteration;
    before = now;
    if (!onlyMoved) {
      redraw();
      return;
    }
    say();
    if (!isVisible) {
      isStale = true;
      return;
    }
    if (isMoved) chart.redraw(false);
    isOurs = true;
    const left = look.iteration === null ? -10 : chart.valToPos(look.iteration, 'x');
    chart.setCursor({ left, top: left < 0 ? -10 : 10 }, false);
    isOurs = false;
  });
  const seen = new IntersectionObserver(([entry]) => {
    isVisible = entry?.isIntersecting ?? true;
    if (isVisible && isStale) redraw();
  });
  seen.observe(host);
  const size = new ResizeObserver(() => {
    chart.setSize({ width: Math.max(1, host.clientWidth), height });
    redraw();
  });
  size.observe(host);
  // Colours are read when they are drawn, so a change of theme needs a drawing.
  const repaint = () => chart.redraw(false, true);
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', repaint);
  say();
  return () => {
    stop();
    stopLooking();
    leaveBeat(redrawMilliseconds, redraw);
    for (const observer of [seen, size, theme]) observer.disconnect();
    scheme.removeEventListener('change', repaint);
    chart.destroy();
  };
}
