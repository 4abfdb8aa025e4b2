/** A chart of curves (lines.ts) and of the marks over them: uPlot, drawn at most a few times a second, at the resolution of the screen. */
import uPlot from 'uplot';
import type { ChartView } from '../../../store/chart-view.ts';
import type { TrainingSlice } from '../../../store/training.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import { cancelDraw, scheduleDraw } from '../use-feed.ts';
import type { Scale } from './groups.ts';
import { tickText, writeLegend } from './legend.ts';
import { chartData, isSmooth, type Line, shownRange, sourcesOf, spanOf } from './lines.ts';

interface MarkLines {
  readonly marks: readonly Mark[];
  readonly colour: string;
  /** The iteration that is looked back at; null: none. */
  readonly pinned: number | null;
  readonly pinnedColour: string;
}

const editDash = [4, 3];
const checkpointDash = [1, 3];

function drawMarks(chart: uPlot, { marks, colour, pinned, pinnedColour }: MarkLines): void {
  const { ctx, bbox } = chart;
  const line = (iteration: number, stroke: string, dash: number[]) => {
    const x = Math.round(chart.valToPos(iteration, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.strokeStyle = stroke;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  };
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { step, isCheckpoint } of marks) line(step, colour, isCheckpoint ? checkpointDash : editDash);
  if (pinned !== null) line(pinned, pinnedColour, []);
  ctx.restore();
}

export interface Mark {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
  readonly isCheckpoint: boolean;
}

export function marksOf(
  { annotations }: Pick<TrainingFeed, 'annotations'>,
  { run, runs }: Pick<TrainingSlice, 'run' | 'runs'>,
): readonly Mark[] {
  const checkpoints = runs.find(({ id }) => id === run?.run)?.checkpoints ?? [];
  return [
    ...annotations.map((annotation) => ({ ...annotation, isCheckpoint: false })),
    ...checkpoints.map(({ step }) => ({ step, text: 'Checkpoint', isCheckpoint: true })),
  ];
}

/** Milliseconds between two drawings: of the numbers and of a short run's lines; of a long run's, which take longer to draw and hardly move. */
const [often, seldom] = [200, 1000];
/** Iterations a pixel from which on a run is long. */
const longRun = 10;
/** A drag of fewer pixels is a click. */
const smallestDrag = 6;
const faint = 0.3;
const distributions: Readonly<Record<Scale, uPlot.Scale.Distr>> = { linear: 1, logarithmic: 3, arcsinh: 4 };

/** Too few values to see as a line; an only one may be there twice, as both extremes of its pixel. */
const isSparse = (values: ArrayLike<number | null | undefined>): boolean => {
  let found = 0;
  for (let i = 0; i < values.length && found <= 2; i++) if (typeof values[i] === 'number') found++;
  return found <= 2;
};

const isStill = ({ type, movementX, movementY }: MouseEvent) =>
  type === 'mousemove' && movementX === 0 && movementY === 0;

/** Whether the pointer is over the chart: uPlot tells of its cursor after new data and sizes as well. It begins with null. */
const isPointed = ({ cursor: { event } }: uPlot) => event != null && event.type !== 'mouseleave';

const roomOf = ({ clientWidth, clientHeight }: HTMLElement) => ({
  width: Math.max(1, clientWidth),
  height: Math.max(1, clientHeight),
});

interface Parts {
  readonly host: HTMLElement;
  /** One element a line, in order: its colour is the curve's, and `[data-value]`, `[data-smooth]` in it get the numbers. */
  readonly legend: readonly HTMLElement[];
}

export function attachPlot(
  { host, legend }: Parts,
  lines: readonly Line[],
  scale: Scale,
  feed: TrainingFeed,
  chartView: ChartView,
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

  const data = () => chartData(lines, feed, chartView, widthNow());
  const widthNow = () => (plot ? plot.bbox.width / devicePixelRatio : 300);
  const range = () => shownRange(sourcesOf(lines, feed), chartView.now);

  const writeNumbers = () => writeLegend(legend, lines, feed, chartView);

  const style = (each: Line, index: number, isRaw: boolean): uPlot.Series => ({
    stroke: colour(legend[index] ?? host),
    width: 1.5,
    spanGaps: true,
    dash: each.isDashed ? [6, 3] : undefined,
    alpha: isRaw && isSmooth(each, chartView) ? faint : 1,
    points: { show: (chart, at) => isSparse(chart.data[at] ?? []), size: 7, fill: colour(legend[index] ?? host) },
  });

  /** Null where there is none. */
  const iterationAt = (chart: uPlot, left: number): number | null => {
    const [first, last] = spanOf(sourcesOf(lines, feed));
    return last === 0 ? null : Math.min(last, Math.max(first, Math.round(chart.posToVal(left, 'x'))));
  };
  let plot: uPlot | null = null;
  let isOurs = false;
  /** Puts the line at the iteration that is shown. */
  const placeCursor = (chart: uPlot) => {
    isOurs = true;
    const left = chartView.iteration === null ? -10 : chart.valToPos(chartView.iteration, 'x');
    chart.setCursor({ left, top: left < 0 ? -10 : 10 }, false);
    isOurs = false;
  };
  const options: uPlot.Options = {
    ...roomOf(host),
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { show: false },
      bind: { dblclick: () => null },
    },
    scales: {
      x: { time: false, range },
      y: { distr: distributions[scale] },
    },
    axes: [
      { ...axis, font, size: 28 },
      { ...axis, font, size: 52, values: (_, splits: readonly (number | null)[]) => splits.map(tickText) },
    ],
    series: [{}, ...lines.map((each, i) => style(each, i, true)), ...lines.map((each, i) => style(each, i, false))],
    hooks: {
      draw: [
        (chart) =>
          drawMarks(chart, {
            marks: marks(),
            colour: colour(host)(),
            pinned: chartView.now.iteration,
            pinnedColour: getComputedStyle(host).outlineColor,
          }),
      ],
      setCursor: [
        (chart) => {
          // Chrome tells of a move where the page moved under a pointer that rests.
          if (isOurs || (chart.cursor.event && isStill(chart.cursor.event))) return;
          const { left = -1 } = chart.cursor;
          // The line stands at the iteration that is looked back at, and new data and sizes move that.
          if (left >= 0 && !isPointed(chart)) placeCursor(chart);
          else chartView.change({ hover: left < 0 ? null : iterationAt(chart, left) });
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < smallestDrag) return;
          chartView.change({ range: [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')] });
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  plot = new uPlot(options, data(), host);
  host.toggleAttribute('data-empty', plot.data[0].length === 0);
  const chart = plot;

  const leave = () => {
    if (chartView.now.hover !== null) chartView.change({ hover: null });
  };
  document.addEventListener('scroll', leave, { capture: true, passive: true });

  let pressedAt = 0;
  const press = ({ clientX }: MouseEvent) => {
    pressedAt = clientX;
  };
  const click = ({ clientX, detail }: MouseEvent) => {
    if (Math.abs(clientX - pressedAt) >= smallestDrag || feed.curves.end === feed.curves.first) return;
    if (detail === 2) chartView.change({ range: null, tail: null, iteration: null });
    // Looking back is at the open run.
    // At the line that follows the pointer: a rounding of one's own would be an iteration beside it.
    else chartView.change({ iteration: Math.min(feed.step, iterationAt(chart, chart.cursor.left ?? 0) ?? 0) });
  };
  chart.over.addEventListener('mousedown', press);
  chart.over.addEventListener('click', click);

  let isVisible = true;
  let isStale = false;
  const redrawLines = () => {
    isStale = !isVisible;
    if (!isVisible) return;
    lines.forEach((each, i) => {
      chart.series[i + 1].alpha = style(each, i, true).alpha;
    });
    const drawn = data();
    // Axes from 0 to 1 would say what nobody measured.
    host.toggleAttribute('data-empty', drawn[0].length === 0);
    chart.setData(drawn);
  };
  const redraw = () => {
    writeNumbers();
    redrawLines();
  };
  const isLong = () => {
    const [first, last] = range();
    return (last - first) / widthNow() > longRun;
  };
  const stop = feed.listen((change) => {
    if (change !== 'rows') return;
    scheduleDraw(often, writeNumbers);
    scheduleDraw(isLong() ? seldom : often, redrawLines);
  });
  let before = chartView.now;
  const stopLooking = chartView.listen(() => {
    const { now } = chartView;
    const onlyMoved = now.range === before.range && now.tail === before.tail && now.smoothing === before.smoothing;
    const isMoved = now.iteration !== before.iteration;
    before = now;
    if (!onlyMoved) {
      redraw();
      return;
    }
    writeNumbers();
    if (!isVisible) {
      isStale = true;
      return;
    }
    if (isMoved) chart.redraw(false);
    placeCursor(chart);
  });
  const seen = new IntersectionObserver(([entry]) => {
    isVisible = entry?.isIntersecting ?? true;
    if (isVisible && isStale) redraw();
  });
  seen.observe(host);
  const size = new ResizeObserver(() => {
    chart.setSize(roomOf(host));
    redraw();
  });
  size.observe(host);
  // Colours are read when they are drawn, so a change of theme needs a drawing.
  const repaint = () => chart.redraw(false, true);
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', repaint);
  writeNumbers();
  return () => {
    stop();
    stopLooking();
    document.removeEventListener('scroll', leave, { capture: true });
    cancelDraw(often, writeNumbers);
    for (const interval of [often, seldom]) cancelDraw(interval, redrawLines);
    for (const observer of [seen, size, theme]) observer.disconnect();
    scheme.removeEventListener('change', repaint);
    chart.destroy();
  };
}
