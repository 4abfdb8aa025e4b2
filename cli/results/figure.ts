/** The perception–distortion plane: as an SVG that needs no style sheet, and as the fixed points of the Train page. */

import { degradationTitles } from '../../src/degradation/index.ts';
import dial from '../../src/features/viewer/detail-curve.json';
import { fullDetail } from '../../src/imaging/detail.ts';
import { type Column, headOf, type MethodResult } from '../../src/report/columns.ts';
import { isNetwork } from '../../src/report/methods.ts';
import { type Plane, type PlaneEntry, planeOf, planeOfMethods } from '../../src/report/plane.ts';
import { type Ablation, meanOf } from './ablation.ts';
import type { StoredResults } from './stored.ts';

const [width, height] = [720, 380];
const colours: Readonly<Record<PlaneEntry['group'], string>> = {
  teacher: '#8a5a00',
  student: '#1556b8',
  other: '#555',
};

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const place = (value: number) => value.toFixed(1);

/** @param heads of the axes @param title of the set */
function planeSvg(plane: Plane, [fidelity, perception]: readonly [string, string], title: string): string {
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
    `<text x="${(left + right) / 2}" y="${height - 8}" text-anchor="middle">${fidelity}</text>`,
    `<text x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${perception}</text>`,
  ];
  const points = plane.points.map(
    ({ x, y, labelY, label, group }) =>
      // A label that had to make room for another is tied to its point.
      (Math.abs(labelY - y) < 8
        ? ''
        : `<path stroke="${colours[group]}" stroke-width="0.5" d="M${place(x)} ${place(y)}L${place(x + 8)} ${place(labelY)}"/>`) +
      `<circle cx="${place(x)}" cy="${place(y)}" r="4.5" fill="${colours[group]}"/>` +
      `<text x="${place(x + 9)}" y="${place(labelY + 4)}" fill="${colours[group]}">${escaped(label)}</text>`,
  );
  const line = plane.line.map(({ x, y }) => `${place(x)},${place(y)}`).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#333">
<title>${escaped(`${fidelity} against ${perception}: ${title}`)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...grid, ...axes].join('\n')}
<polyline fill="none" stroke="${colours[plane.line[0]?.group ?? 'other']}" stroke-dasharray="4 4" points="${line}"/>
${points.join('\n')}
</svg>
`;
}

/** @returns null where fewer than two methods have both values */
export function methodsSvg(results: readonly MethodResult[], fidelity: Column, perception: Column, title: string) {
  const plane = planeOfMethods(results, fidelity, perception, width, height);
  return plane && planeSvg(plane, [headOf(fidelity), headOf(perception)], title);
}

/** Rows of `variants`, with their labels; the line joins ours by the weight of L_H^G, from the row of the ablation that has neither critic. */
const byCritic = {
  'ours, half L_H^G': 'λ_H ½',
  ours: 'ours',
  'ours, twice L_H^G': 'λ_H 2×',
  'ours, four times L_H^G': 'λ_H 4×',
};
const byTerms = ['ours, perceptual 0', 'ours, distill 1', 'SinSR', 'SinSR + L_denoise', 'SinSR + perceptual'];

/**
 * Students of the same few updates over the plane, by the weights of their terms, with ours that ships (the dial's end).
 * @returns null where there are no such students
 */
export function studentsSvg(ablation: Ablation, variants: Ablation, kind: keyof typeof dial): string | null {
  const entry = (from: Ablation, row: string, label = row): PlaneEntry[] => {
    const values = [meanOf(from, row, kind, 'psnr_y'), meanOf(from, row, kind, 'lpips_alex')] as const;
    return values.every(Number.isFinite) ? [{ label, group: 'student', values }] : [];
  };
  const critics = [
    ...entry(ablation, 'distill', 'λ_H, λ_L 0'),
    ...Object.entries(byCritic).flatMap(([row, label]) => entry(variants, row, label)),
  ];
  const { psnr_y, lpips_alex } = dial[kind].curve.find(({ detail }) => detail === fullDetail) ?? {};
  const shipped: PlaneEntry[] =
    psnr_y && lpips_alex ? [{ label: 'ours as shipped', group: 'other', values: [psnr_y, lpips_alex] }] : [];
  const entries = [...critics, ...byTerms.flatMap((row) => entry(variants, row)), ...shipped];
  const plane = critics.length > 1 ? planeOf(entries, critics, ['higher', 'lower'], width, height) : null;
  return plane && planeSvg(plane, ['PSNR-Y ↑', 'LPIPS ↓'], `validation pictures, ${degradationTitles[kind]}`);
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
