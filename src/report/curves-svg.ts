/** Curves over iterations as an SVG that needs no style sheet: of a saved page, and of a file in docs. */
import { escaped } from './html.ts';
import { ticks } from './plane.ts';

export interface Curve {
  readonly name: string;
  /** Of CSS. */
  readonly colour: string;
  readonly isDashed?: boolean;
  /** Drawn behind its own average. */
  readonly isFaint?: boolean;
  /** Iterations and values, in the order of the iterations. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

interface Drawing {
  /** Said to screen readers. */
  readonly title: string;
  /** Of the vertical axis. */
  readonly unit: string;
  /** Values at or below 0 are left out. */
  readonly isLogarithmic?: boolean;
  /** The curves' names at their ends; else there is a legend elsewhere. */
  readonly isLabelled?: boolean;
  /** Where the file has no page around it. */
  readonly sheet?: { readonly paper: string; readonly ink: string };
}

const [width, height] = [720, 300];
const margin = { left: 64, right: 84, top: 16, bottom: 42 };
/** Points of a curve: about one a pixel of a small screen. */
const mostPoints = 600;

/** The lowest and the highest point of each part, in their order, so that no peak goes. */
export function thinned(points: Curve['points'], most = mostPoints): Curve['points'] {
  if (points.length <= most) return points;
  const parts = Math.floor(most / 2);
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((points.length * part) / parts);
    const to = Math.floor((points.length * (part + 1)) / parts);
    const [start, ...others] = points.slice(from, to);
    let [low, high] = [start, start];
    for (const point of others) {
      if (point[1] < low[1]) low = point;
      if (point[1] > high[1]) high = point;
    }
    return low === high ? [low] : [low, high].sort((a, b) => a[0] - b[0]);
  }).flat();
}

/** Lines of the vertical axis: of a logarithmic one at powers of ten, and between them where there are few. */
function verticalTicks(low: number, high: number, isLogarithmic: boolean): number[] {
  if (!isLogarithmic) return ticks(low, high, 6);
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  const factors = last - first > 3 ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((power) => power % every === 0);
  const found = powers
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
  // Between two of them there may be all of the curve.
  return found.length < 2 ? ticks(10 ** low, 10 ** high, 6) : found;
}

/** @returns null where no curve has a value */
export function curvesSvg(
  curves: readonly Curve[],
  { title, unit, isLogarithmic = false, isLabelled = false, sheet }: Drawing,
): string | null {
  const along = (value: number) => (isLogarithmic ? Math.log10(value) : value);
  const drawn = curves.map((curve) => ({
    ...curve,
    points: thinned(curve.points.filter(([, value]) => Number.isFinite(along(value)))),
  }));
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return null;
  const bounds = (values: readonly number[]) =>
    values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [values[0], values[0]]);
  const [least, most] = bounds(all.map(([, value]) => along(value)));
  const [first, last] = bounds(all.map(([step]) => step));
  const room = 0.06 * (most - least) || 1;
  const [low, high] = [least - room, most + room];
  const [right, bottom] = [width - (isLabelled ? margin.right : 16), height - margin.bottom];
  const x = (step: number) => margin.left + ((step - first) / (last - first || 1)) * (right - margin.left);
  const y = (value: number) => bottom - ((along(value) - low) / (high - low)) * (bottom - margin.top);
  const place = (value: number) => value.toFixed(1);

  const horizontal = verticalTicks(low, high, isLogarithmic).map(
    (value) =>
      `<path stroke="currentColor" stroke-opacity="0.15" d="M${margin.left} ${place(y(value))}H${right}"/>` +
      `<text x="${margin.left - 8}" y="${place(y(value) + 4)}" text-anchor="end">${value}</text>`,
  );
  const vertical = ticks(first, Math.max(last, first + 1), 10)
    .filter((step) => Number.isInteger(step) && step <= last)
    .map((step) => `<text x="${place(x(step))}" y="${bottom + 18}" text-anchor="middle">${step}</text>`);
  const middle = (margin.top + bottom) / 2;
  const axes = [
    `<text x="${(margin.left + right) / 2}" y="${height - 6}" text-anchor="middle">iterations</text>`,
    `<text x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${escaped(unit)}</text>`,
  ];
  const lines = drawn.flatMap(({ name, colour, isDashed, isFaint, points }) => {
    const end = points.at(-1);
    if (!end) return [];
    const ink = escaped(colour);
    const dash = `${isDashed ? ' stroke-dasharray="6 4"' : ''}${isFaint ? ' stroke-opacity="0.25"' : ''}`;
    const line =
      points.length === 1
        ? `<circle fill="${ink}" r="3" cx="${place(x(end[0]))}" cy="${place(y(end[1]))}"/>`
        : `<polyline fill="none" stroke="${ink}" stroke-width="2"${dash} points="${points.map(([step, value]) => `${place(x(step))},${place(y(value))}`).join(' ')}"/>`;
    const label = `<text x="${right + 8}" y="${place(y(end[1]) + 4)}" fill="${ink}">${escaped(name)}</text>`;
    return isLabelled ? [line, label] : [line];
  });
  const ink = sheet?.ink ?? 'currentColor';
  const paper = sheet ? [`<rect width="${width}" height="${height}" fill="${sheet.paper}"/>`] : [];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${ink}" color="${ink}" role="img">
<title>${escaped(title)}</title>
${[...paper, ...horizontal, ...vertical, ...axes, ...lines].join('\n')}
</svg>
`;
}
