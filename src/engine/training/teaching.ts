/** Makes an upscaler of the user's own: measures the student before and after, and hands the taught one on as a method. */
import { openSafetensors } from '../../formats/safetensors.ts';
import type { WeightFile } from '../../formats/weight-file.ts';
import { cropRgba8, type Rgba8 } from '../../imaging/image.ts';
import type { TaughtFacts, TaughtMethod, TaughtScores } from '../../presets/teaching.ts';
import { meanScores } from '../../report/teaching.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ActiveRun } from './active-run.ts';
import type { Examination } from './held-out-meter.ts';
import type { Exam } from './run-index.ts';
import type { StoredRun } from './stored-run.ts';

export interface TeachingEnvironment {
  /** Without loss. */
  readonly encode: (pixels: Rgba8) => Promise<Blob>;
  /** Keeps a network as a method. @throws one sentence where there is no room, or it fits no preset */
  readonly keepTaught: (file: WeightFile, facts: TaughtFacts) => Promise<TaughtMethod>;
  /**
   * Keeps the file of a network that somebody taught, as a method.
   * @returns false: it is another file
   * @throws one sentence where it is damaged, or here already
   */
  readonly takeTaught: (file: Blob) => Promise<boolean>;
}

/** Crops that are shown. */
const mostShown = 4;

/** Pictures of one size below each other, a row each of two. */
function sheet(rows: readonly (readonly [Rgba8, Rgba8])[]): Rgba8 {
  const [first] = rows;
  const [width, height] = [first?.[0].width ?? 1, first?.[0].height ?? 1];
  const data = new Uint8ClampedArray(rows.length * height * 2 * width * 4);
  rows.forEach((row, index) => {
    for (let line = 0; line < height; line++) {
      row.forEach((picture, column) => {
        const part = cropRgba8(picture, 0, line, width, 1);
        data.set(part.data, ((index * height + line) * 2 + column) * width * 4);
      });
    }
  });
  return { width: 2 * width, height: rows.length * height, data };
}

/** Those shown lie evenly over all, so that several pictures are among them. */
const shown = ({ examined }: Examination) => {
  const count = Math.min(mostShown, examined.length);
  return Array.from({ length: count }, (_, i) => examined[Math.floor(((i + 0.5) * examined.length) / count)]);
};

const sheetOf = (examination: Examination, exam: Exam): Rgba8 =>
  sheet(shown(examination).map(({ crop, output }) => (exam === 'before' ? [crop.bicubic, output] : [output, crop.hr])));

/** The student's average of a checkpoint, as a file of weights. @throws FormatError for a file that is none */
async function studentOf(checkpoint: Blob): Promise<WeightFile> {
  const { entries, readFloat32 } = await openSafetensors(checkpoint);
  const prefix = 'average.student.';
  const own = [...entries].filter(([name]) => name.startsWith(prefix));
  const tensors = new Map(own.map(([name, entry]) => [name.slice(prefix.length), entry]));
  return {
    kind: 'safetensors',
    metadata: {},
    sets: [{ path: '', tensors, read: (name) => readFloat32(prefix + name) }],
  };
}

/** Eight hexadecimal digits at random. */
const newTaughtId = (): string => crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, '0');

export class Lesson {
  readonly #environment: TeachingEnvironment;
  readonly #emit: Emit;

  constructor(environment: TeachingEnvironment, emit: Emit) {
    this.#environment = environment;
    this.#emit = emit;
  }

  /** The sentence that ends a run of this kind; null: it goes on, or is an ordinary one. @param step iterations done */
  ended({ summary: { teaching } }: StoredRun, step: number): string | null {
    if (!teaching || step < teaching.iterations) return null;
    return `“${teaching.name}” has had its ${teaching.iterations} iterations.`;
  }

  /** Measures the student that it begins as, once. */
  async begin(active: ActiveRun): Promise<void> {
    const { teaching } = active.stored.summary;
    if (teaching && !teaching.before) await this.#examine(active, 'before');
  }

  /** Measures the taught student and makes a method of it, once, after its last iteration; its checkpoint is stored. */
  async finish(active: ActiveRun): Promise<void> {
    const { stored } = active;
    const { teaching } = stored.summary;
    if (!teaching || active.run.step < teaching.iterations || teaching.method) return;
    if (!teaching.after) await this.#examine(active, 'after');
    const { before, after } = stored.summary.teaching ?? {};
    if (!before || !after) return;
    const facts: TaughtFacts = {
      name: teaching.name,
      id: newTaughtId(),
      pictures: stored.summary.pictures?.length ?? 0,
      iterations: active.run.step,
      crops: after.length,
      before: meanScores(before),
      after: meanScores(after),
    };
    const file = await studentOf(await stored.file(active.run.step));
    await stored.teach({ method: await this.#environment.keepTaught(file, facts) });
  }

  async #examine(active: ActiveRun, exam: Exam): Promise<void> {
    const { stored } = active;
    const examination = await active.examine();
    const scores: readonly TaughtScores[] = examination.scores;
    await stored.keepExam(exam, await this.#environment.encode(sheetOf(examination, exam)));
    await stored.teach({ [exam]: scores });
    await emitExam(stored, this.#emit);
  }
}

/** Tells the page of the held-out crops of a run that makes an upscaler. */
export async function emitExam(stored: StoredRun | null, emit: Emit): Promise<void> {
  const isTeaching = stored?.summary.teaching !== undefined;
  const [before, after] = isTeaching ? [await stored.exam('before'), await stored.exam('after')] : [null, null];
  emit({ type: 'training-exam', before, after });
}
