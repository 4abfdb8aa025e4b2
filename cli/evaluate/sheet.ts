/** The contact sheet: a row a picture, a column a method, between the LR picture as it is and the truth. */
import { extname } from 'node:path';
import sharp from 'sharp';
import type { EvaluationPicture } from '../../src/engine/evaluation/sets.ts';
import { cropRgba8, type Rgba8 } from '../../src/imaging/image.ts';
import { enlarge } from '../../src/imaging/resize.ts';
import { upscaleFactor } from '../../src/presets/architecture.ts';
import { type EvaluationMethod, methodTitle } from '../../src/report/methods.ts';
import { writeFileWhole } from '../whole-file.ts';

/** Pixels: the cells' side, the space between them, the strip of titles. */
const cell = 256;
const gap = 8;
const head = 34;

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The middle of a picture, at most a cell large: details stay visible, pixel for pixel. */
function middle(image: Rgba8): Rgba8 {
  const [width, height] = [Math.min(cell, image.width), Math.min(cell, image.height)];
  return cropRgba8(image, (image.width - width) >> 1, (image.height - height) >> 1, width, height);
}

const blank: Rgba8 = { width: 1, height: 1, data: new Uint8ClampedArray(4) };

/** `count` of them, evenly spread, first and last included. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  if (count === 1) return all.slice(0, 1);
  const chosen = new Set(Array.from({ length: count }, (_, i) => Math.round((i * (all.length - 1)) / (count - 1))));
  return all.filter((_, i) => chosen.has(i));
}

export class Sheet {
  readonly #pictures: readonly EvaluationPicture[];
  readonly #methods: readonly EvaluationMethod[];
  readonly #outputs = new Map<string, Rgba8>();

  constructor(pictures: readonly EvaluationPicture[], methods: readonly EvaluationMethod[], rows: number) {
    this.#pictures = spread(pictures, rows);
    this.#methods = methods;
  }

  /** Whether a picture has a row. */
  shows = (name: string): boolean => this.#pictures.some((picture) => picture.name === name);

  /** Keeps the part of an output that the sheet shows. */
  add(method: EvaluationMethod, name: string, output: Rgba8): void {
    if (this.shows(name)) this.#outputs.set(`${method}/${name}`, middle(output));
  }

  /** Null for a picture that no method could be run on; blank cells where some could not. */
  async #row({ name, load }: EvaluationPicture): Promise<readonly Rgba8[] | null> {
    const outputs = this.#methods.map((method) => this.#outputs.get(`${method}/${name}`) ?? blank);
    if (outputs.every((output) => output === blank)) return null;
    const { lr, truth } = await load();
    const input = this.#methods.includes('nearest') ? [] : [middle(enlarge(lr, upscaleFactor, 'nearest'))];
    return [...input, ...outputs, ...(truth ? [middle(truth)] : [])];
  }

  /**
   * Once every method has run. JPEG, PNG or WebP by the name's ending; the file is whole or not there.
   * @param teacherSteps length of the teacher's schedule, for its title
   */
  async write(path: string, teacherSteps?: number): Promise<void> {
    const rows = (await Promise.all(this.#pictures.map((picture) => this.#row(picture)))).filter((row) => row !== null);
    const input = this.#methods.includes('nearest') ? [] : ['LR, nearest'];
    const columns = [...input, ...this.#methods.map((method) => methodTitle(method, teacherSteps))];
    if (rows[0] && rows[0].length > columns.length) columns.push('ground truth');
    const x = (column: number) => gap + column * (cell + gap);
    const [width, height] = [x(columns.length), head + rows.length * (cell + gap)];
    const labels = columns.map(
      (title, i) => `<text x="${x(i) + cell / 2}" y="${head - 11}" text-anchor="middle">${escaped(title)}</text>`,
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${head}" font-family="DejaVu Sans, sans-serif" font-size="17" fill="#222">${labels.join('')}</svg>`;
    const cells = rows.flatMap((row, y) =>
      row.map((image, column) => ({
        input: Buffer.from(image.data),
        raw: { width: image.width, height: image.height, channels: 4 as const },
        left: x(column),
        top: head + y * (cell + gap),
      })),
    );
    const sheet = sharp({ create: { width, height, channels: 3, background: '#fff' } })
      .composite([{ input: Buffer.from(svg), left: 0, top: 0 }, ...cells])
      .removeAlpha();
    const ending = extname(path).toLowerCase();
    if (ending === '.png') sheet.png({ compressionLevel: 9 });
    else if (ending === '.webp') sheet.webp({ quality: 90 });
    else sheet.jpeg({ quality: 90, chromaSubsampling: '4:4:4' });
    await writeFileWhole(path, await sheet.toBuffer());
  }
}
