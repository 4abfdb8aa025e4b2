/** The trainer's figures of G beside the degradation (`python -m trainer diversity`), as it writes them, and their part of the page. */
import { readFile } from 'node:fs/promises';
import { type DegradationKind, degradationTitles } from '../../src/degradation/index.ts';
import { markdownTable } from '../../src/report/write-table.ts';

/** Means over the pictures; levels are of 255. */
interface Figures {
  /** Standard deviation of a pixel over the draws, and the shares of that variance by frequency. */
  readonly std: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** From y. */
  readonly rms: number;
  /** σ of a Gaussian, LR pixels. */
  readonly blur: number;
  readonly noise: number;
  readonly blockiness: number;
}

export interface Diversity {
  readonly kind: DegradationKind;
  readonly draws: number;
  readonly pictures: number;
  readonly rows: Readonly<Record<string, Figures>>;
}

/** Null where there is no such file. @throws one sentence when it is there and damaged */
export async function readDiversity(path: string): Promise<Diversity | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const diversity = JSON.parse(text) as Diversity;
    if (Object.values(diversity.rows).every(({ std }) => typeof std === 'number')) return diversity;
  } catch {
    // Told below.
  }
  throw new Error(`${path}: not what \`python -m trainer diversity\` writes (an object with "rows" of figures).`);
}

export function diversityPart({ kind, draws, pictures, rows }: Diversity): string[] {
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  return [
    '## G beside the degradation',
    '',
    `${pictures} validation pictures, ${degradationTitles[kind]}: the degradation drawn ${draws} times anew, and ŷ for ${draws} draws of ε′ at the student’s output`,
    '(`python -m trainer diversity`, lumas in levels of 255). The paper says that ε′ makes ŷ diverse; a *std* far below the degradation’s says that',
    'this G answers with nearly the same picture. Noise by Immerkær’s estimate, which takes a little detail for noise; JPEG: steps across borders of',
    'blocks over other steps, 1 without blocks.',
    '',
    ...markdownTable(
      [
        '',
        'std over draws',
        'of it below ⅓',
        '⅓ to ⅔',
        'above ⅔ of the band',
        'RMS from y',
        'blur σ, px',
        'noise',
        'JPEG blocks',
      ],
      Object.entries(rows).map(([name, { std, low, middle, high, rms, blur, noise, blockiness }]) => [
        name,
        std.toFixed(2),
        ...[low, middle, high].map(share),
        rms.toFixed(2),
        blur.toFixed(2),
        noise.toFixed(2),
        blockiness.toFixed(3),
      ]),
    ),
    '',
  ];
}
