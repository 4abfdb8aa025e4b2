/** The perception–distortion plane: as an SVG that needs no style sheet, and as the fixed points of the Train page. */

import { type Column, headOf, type MethodResult } from '../../src/report/columns.ts';
import { isNetwork } from '../../src/report/methods.ts';
import { type PlanePoint, planeOf } from '../../src/report/plane.ts';
import type { StoredResults } from './stored.ts';

const [width, height] = [720, 380];
const colours: Readonly<Record<PlanePoint['group'], string>> = {
  teacher: '#8a5a00',
  student: '#1556b8',
  other: '#555',
};

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const place = (value: number) => value.toFixed(1);

/** @param title of the set @returns null where fewer than two methods have both values */
export function planeSvg(
  results: readonly MethodResult[],
  fidelity: Column,
  perception: Column,
  title: string,
): string | null {
  const plane = planeOf(results, fidelity, perception, width, height);
  if (!plane) return null;
  const { left, top, right, bottom } = plane;
  const grid = [
    ...plane.yTicks.map(
      ({ value, at }) =>
        `<path stroke="#ddd" d="M${left} ${place(at)}H${right}"/><text x="${left - 8}" y="${place(at + 4)}" text-anchor="end">${value}</text>`,
    ),
    ...plane.xTicks.map(
      ({ value, at }) =>
        `<path stroke="#ddd" d="M${place(at)} ${top}V${bottom}"/><text x="${place(at)}" y="${bottom + 18}" text-anchor="middle">${value}</text>`,
    ),
  ];
  const middle = (top + bottom) / 2;
  const axes = [
    `<text x="${(left + right) / 2}" y="${height - 8}" text-anchor="middle">${headOf(fidelity)}</text>`,
    `<text x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${headOf(perception)}</text>`,
  ];
  const points = plane.points.map(
    ({ x, y, labelY, label, group }) =>
      `<circle cx="${place(x)}" cy="${place(y)}" r="4.5" fill="${colours[group]}"/>` +
      `<text x="${place(x + 9)}" y="${place(labelY + 4)}" fill="${colours[group]}">${escaped(label)}</text>`,
  );
  const line = plane.teacher.map(({ x, y }) => `${place(x)},${place(y)}`).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#333">
<title>${escaped(`${headOf(fidelity)} against ${headOf(perception)}: ${title}`)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...grid, ...axes].join('\n')}
<polyline fill="none" stroke="${colours.teacher}" stroke-dasharray="4 4" points="${line}"/>
${points.join('\n')}
</svg>
`;
}

/**
 * Each network's place of each set, as differences from bicubic of the same pictures: dB of PSNR-Y above it, LPIPS below it. The Train
 * page draws them beside a run's way.
 */
export function fixedPointsJson({ sets }: Pick<StoredResults, 'sets'>): string {
  const places = sets.map(({ degradation, methods }) => {
    const bicubic = methods.find(({ method }) => method === 'bicubic');
    const found = methods.filter(({ method }) => isNetwork(method));
    return [
      degradation,
      found.map(({ method, steps, psnrY, lpips }) => ({
        method,
        steps: steps ?? null,
        psnrY: Number(((psnrY ?? Number.NaN) - (bicubic?.psnrY ?? Number.NaN)).toFixed(4)),
        lpips: Number(((bicubic?.lpips ?? Number.NaN) - (lpips ?? Number.NaN)).toFixed(5)),
      })),
    ] as const;
  });
  return `${JSON.stringify(Object.fromEntries(places), null, 1)}\n`;
}
