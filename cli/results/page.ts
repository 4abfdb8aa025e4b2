/** `docs/results.md` from what was measured: a pure function, so the page can be checked against its numbers. */
import { type DegradationKind, degradationTitles } from '../../src/degradation/index.ts';
import { lpipsColumn, type MethodResult, niqeColumn, psnrColumn } from '../../src/report/columns.ts';
import { methodTitle } from '../../src/report/methods.ts';
import { paperOrder, tableOne, tableTwo } from '../../src/report/paper-tables.ts';
import { sideBySide } from '../../src/report/side-by-side.ts';
import { markdownTable, sideBySideMarkdown } from '../../src/report/write-table.ts';
import { type Ablation, ablationPart, usefulnessPart, variantsPart } from './ablation.ts';
import { baselines, comparison } from './claims.ts';
import { type Diversity, diversityPart } from './diversity.ts';
import { methodsSvg, studentsSvg } from './figure.ts';
import type { StoredResults, StoredSet, StoredWeights } from './stored.ts';
import { methodTable } from './tables.ts';

const adapters = ({ sets }: StoredResults) => [
  ...new Set(sets.flatMap(({ methods }) => methods.map(({ adapter }) => adapter))),
];

function introduction(results: StoredResults): string[] {
  const { preset, seed, colourLock, sets } = results;
  const count = sets[0]?.methods[0]?.images.length ?? 0;
  const measured = (value: (result: MethodResult) => unknown) =>
    sets.some(({ methods }) => methods.some((method) => value(method) !== undefined));
  return [
    '# Results',
    '',
    `<!-- Written by \`npm run results\`; the numbers are in results.json. -->`,
    '',
    `The shipped ${preset} weights in the app’s own TypeScript inference, on ${count} photographs of 256×256 that none of the`,
    'networks was trained on. Their LR versions were written by the trainer (tests/images/README.md says how), so other programs',
    'can be measured on the same ones.',
    '',
    `- Command: \`npm run results\` (preset ${preset}, noise seed ${seed}, colour lock ${colourLock})`,
    `- Networks ran on: ${adapters(results).join('; ')}`,
    '- PSNR, SSIM and MS-SSIM are those of luma (BT.601 studio range, no border left out): larger is better.',
    ...(measured(({ lpips }) => lpips)
      ? ['- LPIPS: AlexNet, v0.1, against the truth; smaller is better (docs/metrics.md).']
      : []),
    ...(measured(({ niqe }) => niqe)
      ? [
          '- NIQE: of the result alone, also where its detail is not the picture’s; smaller is better (docs/metrics.md).',
        ]
      : []),
    '- **Best** and _second best_ of those that see the LR picture alone. “Autoencoder of HR” is the round trip of the true picture',
    '  through the autoencoder: the ceiling of everything that works on its latents. GMAC/MP are the multiply–accumulates of',
    '  convolutions and matrix products for a million output pixels, without what tiles compute twice (times: docs/performance.md).',
    '',
  ];
}

/** All of it in one table, as `npm run table` makes it of any sets. */
function together(sets: readonly StoredSet[]): string[] {
  const named = sets.map(({ degradation, methods }) => ({ name: degradationTitles[degradation], methods }));
  return [
    '## Side by side',
    '',
    'These sets beside each other, with Tables I and II as the paper prints them. `npm run table` and the Evaluate page make this table of any sets.',
    '',
    sideBySideMarkdown(sideBySide(named, [tableOne, tableTwo])),
  ];
}

function weights({ created, files }: StoredWeights): string[] {
  const text = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en') : String(value ?? '—'));
  return [
    '## Weights',
    '',
    `Manifest of ${created}.`,
    '',
    ...markdownTable(
      ['', 'parameters', 'steps', 'samples', 'hours', 'device', 'date'],
      files.map(({ name, parameters, training }) => [
        name,
        text(parameters),
        ...['steps', 'samples', 'hours', 'device', 'date'].map((key) => text(training[key])),
      ]),
    ),
    '',
    'Losses, as each file’s manifest entry states them:',
    '',
    ...files.flatMap(({ name, training }) => (training.losses ? [`- ${name}: ${text(training.losses)}.`] : [])),
    '',
  ];
}

/** Contact sheets beside the page (`npm run showcase -- --only sheets`), and the set of each. */
export const contactSheets: Readonly<Record<string, string>> = {
  'contact-sheet.webp': 'under Real-ESRGAN’s test settings',
  'contact-sheet-bicubic.webp': 'reduced bicubically',
};

/** @param sheets names of those that are there */
function pictures(sheets: readonly string[]): string[] {
  if (sheets.length === 0) return [];
  return [
    '## To look at',
    '',
    ...sheets.map((name) => `![Pictures of the set ${contactSheets[name]}, a column a method](${name})`),
    '',
    'LR, methods and ground truth, pixel for pixel. The pictures’ sources and licences: tests/images/README.md.',
    '',
  ];
}

function flatPart({ flat, colourLock }: StoredResults): string[] {
  const [first] = flat;
  if (!first) return [];
  return [
    '## Flat colours',
    '',
    `Colour errors of ${first.colours} flat patches (three levels of R, G and B each, 256×256, without a border of 16 px), in CIEDE2000, of which`,
    '1 can just be seen: how far a patch’s mean is from its colour, and a pixel from its patch’s mean. Upscaling is as in the app, with',
    `colour lock ${colourLock}; the round trip is the autoencoder’s alone.`,
    '',
    ...markdownTable(
      ['', 'mean, on average', 'mean, at most', 'pixel, on average', 'pixel, at most', 'of R, G, B'],
      flat.map(({ method, shift, largestShift, pattern, largestPattern, largestPatternOf }) => [
        methodTitle(method),
        ...[shift, largestShift, pattern, largestPattern].map((difference) => difference.toFixed(2)),
        largestPatternOf.join(', '),
      ]),
    ),
    '',
  ];
}

/** The sets' perception–distortion planes, drawn beside the page. */
const figures = [
  { file: 'plane-lpips.svg', fidelity: psnrColumn, perception: lpipsColumn },
  { file: 'plane-niqe.svg', fidelity: psnrColumn, perception: niqeColumn },
] as const;
const studentsFile = 'plane-students.svg';
const planeSet = 'realesrgan-test' satisfies DegradationKind;

/** Measurements of the trainer: each null where there is none. */
export interface FromTrainer {
  readonly ablation: Ablation | null;
  readonly variants: Ablation | null;
  readonly usefulness: Ablation | null;
  readonly diversity: Diversity | null;
}

/** The files of figures that the page shows, with their content. */
export function resultsFigures(
  { sets }: StoredResults,
  { ablation, variants }: FromTrainer,
): { readonly file: string; readonly svg: string }[] {
  const set = sets.find(({ degradation }) => degradation === planeSet);
  const methods = figures.flatMap(({ file, fidelity, perception }) => {
    const svg = set ? methodsSvg(set.methods, fidelity, perception, degradationTitles[planeSet]) : null;
    return svg ? [{ file, svg }] : [];
  });
  const svg = ablation && variants && studentsSvg(ablation, variants, planeSet);
  return svg ? [...methods, { file: studentsFile, svg }] : methods;
}

function planes(results: StoredResults, trainer: FromTrainer): string[] {
  const drawn = resultsFigures(results, trainer).map(({ file }) => file);
  if (drawn.length === 0) return [];
  const students = drawn.includes(studentsFile)
    ? [
        '',
        'Below, students on the validation pictures: those of the same few updates under **Ablation** and **Parts of the objective**, ours',
        'joined by the weight of L_H^G, and ours that ships.',
        '',
        `![Students by the weights of their terms](${studentsFile})`,
      ]
    : [];
  return [
    '## Perception and distortion',
    '',
    `Methods by PSNR-Y and by LPIPS or NIQE, ${degradationTitles[planeSet]}; right and up is better. The dashed line joins the teacher at its`,
    'numbers of steps. A method can’t be best at both beyond a bound (Blau and Michaeli, CVPR 2018), so neither number alone ranks methods.',
    '',
    ...figures
      .filter(({ file }) => drawn.includes(file))
      .map(({ file, perception }) => `![${perception.title} against PSNR-Y](${file})`),
    ...students,
    '',
  ];
}

export function resultsPage(results: StoredResults, trainer: FromTrainer, sheets: readonly string[]): string {
  const { ablation, variants, usefulness, diversity } = trainer;
  const { preset, sets } = results;
  return [
    ...introduction(results),
    ...sets.flatMap(({ degradation, folder, methods }) => [
      `## ${degradationTitles[degradation]}`,
      '',
      `LR pictures: ${folder}.`,
      '',
      ...methodTable(methods, preset),
      '',
      paperOrder,
      '',
    ]),
    ...planes(results, trainer),
    ...flatPart(results),
    ...pictures(sheets),
    ...comparison(results),
    ...together(sets),
    ...baselines(sets),
    ...(ablation ? ablationPart(ablation) : []),
    ...(variants ? variantsPart(variants) : []),
    ...(diversity ? diversityPart(diversity) : []),
    ...(usefulness ? usefulnessPart(usefulness) : []),
    ...weights(results.weights),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
