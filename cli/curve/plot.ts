/** The PSNR-Y of a student on the held-out pictures by iteration, beside bicubic's, as an SVG that needs no style sheet. */
import { ticks } from '../../src/report/plane.ts';

/** dB after so many iterations. */
export interface Point {
  readonly step: number;
  readonly student: number;
  readonly bicubic: number;
}

const [width, height] = [720, 300];
const margin = { left: 52, right: 84, top: 16, bottom: 42 };

/** @param points two at least, in the order of their iterations */
export function plotSvg(points: readonly Point[]): string {
  const values = points.flatMap(({ student, bicubic }) => [student, bicubic]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (most - least) || 1;
  const [low, high] = [least - room, most + room];
  const [first, last] = [points[0], points.at(-1) as Point];
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const x = (step: number) => margin.left + ((step - first.step) / (last.step - first.step)) * (right - margin.left);
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - margin.top);
  const place = (value: number) => value.toFixed(1);
  const line = (of: (point: Point) => number) => points.map((p) => `${place(x(p.step))},${place(y(of(p)))}`).join(' ');

  const horizontal = ticks(low, high, 6).map(
    (value) =>
      `<path stroke="#ddd" d="M${margin.left} ${place(y(value))}H${right}"/>` +
      `<text x="${margin.left - 8}" y="${place(y(value) + 4)}" text-anchor="end">${value}</text>`,
  );
  const vertical = ticks(first.step, last.step, 10).map(
    (step) => `<text x="${place(x(step))}" y="${bottom + 18}" text-anchor="middle">${step}</text>`,
  );
  const names = [
    `<text x="${right + 8}" y="${place(y(last.student) + 4)}" fill="#1556b8">student</text>`,
    `<text x="${right + 8}" y="${place(y(last.bicubic) + 4)}" fill="#8a5a00">bicubic</text>`,
    `<text x="${(margin.left + right) / 2}" y="${height - 6}" text-anchor="middle">iterations</text>`,
    `<text x="14" y="${(margin.top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(margin.top + bottom) / 2})">PSNR-Y, dB</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#333">
<title>PSNR-Y of the student and of bicubic on the held-out pictures, by iteration</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...horizontal, ...vertical, ...names].join('\n')}
<polyline fill="none" stroke="#8a5a00" stroke-width="2" stroke-dasharray="6 4" points="${line((p) => p.bicubic)}"/>
<polyline fill="none" stroke="#1556b8" stroke-width="2" points="${line((p) => p.student)}"/>
</svg>
`;
}
