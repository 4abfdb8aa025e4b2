/**
 * The sets that can be evaluated: pairs by file name, HR pictures degraded here, or LR pictures alone. Files that do not fit are
 * told before anything runs. Command line and page make their sets here.
 */
import { type DegradationKind, degrade } from '../../degradation/index.ts';
import { errorMessage } from '../../formats/errors.ts';
import { pairKey, stem } from '../../formats/names.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { fnv1a32 } from '../../imaging/random.ts';
import { upscaleFactor } from '../../presets/architecture.ts';

export interface PictureSet {
  readonly pictures: readonly EvaluationPicture[];
  /** A sentence for each picture that was left out or cut. */
  readonly notes: readonly string[];
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface PictureFile {
  /** With its ending. */
  readonly file: string;
  /** Upright. @throws one sentence when it is no picture */
  size(): Promise<PictureSize>;
  /** @throws one sentence with the file's name */
  read(): Promise<Rgba8>;
}

export interface PictureFolder {
  /** For sentences about it: its path, or what it is. */
  readonly label: string;
  readonly files: readonly PictureFile[];
}

/** Real-ESRGAN's blurs reflect at the border, and a metric needs its window. */
const smallestTruth = 16;

const describe = ({ width, height }: PictureSize) => `${width} × ${height} px`;
/** A picture that can't be used takes its place in the set: its reason is told when it is asked for. */
const unusable = (name: string, reason: string): EvaluationPicture => ({
  name,
  load: () => Promise.reject(new Error(reason)),
});

/** The set, unless no picture of it can be used. @throws the first one's reason then */
function withReasons(set: PictureSet, reasons: readonly string[]): PictureSet {
  if (reasons[0] !== undefined && reasons.length === set.pictures.length) throw new Error(reasons[0]);
  return set;
}

const cut = (image: Rgba8, { width, height }: PictureSize) =>
  image.width === width && image.height === height ? image : cropRgba8(image, 0, 0, width, height);

/** Pictures by their names without ending. @throws one sentence when two have one */
function byName({ label, files }: PictureFolder): Map<string, PictureFile> {
  const named = new Map<string, PictureFile>();
  for (const picture of files) {
    const name = stem(picture.file);
    const other = named.get(name);
    if (other) throw new Error(`${label}: ${other.file} and ${picture.file} have one name; move one away.`);
    named.set(name, picture);
  }
  if (named.size === 0) throw new Error(`${label}: no pictures in this folder.`);
  return named;
}

/** Of a picture whose header can be read, else why not. */
const sizeOf = (picture: PictureFile): Promise<PictureSize | string> => picture.size().catch(errorMessage);

/** LR pictures alone. */
export async function plainSetOf(lr: PictureFolder): Promise<PictureSet> {
  const pictures: EvaluationPicture[] = [];
  const reasons: string[] = [];
  for (const picture of byName(lr).values()) {
    const size = await sizeOf(picture);
    if (typeof size === 'string') {
      pictures.push(unusable(picture.file, size));
      reasons.push(size);
    } else pictures.push({ name: picture.file, load: async () => ({ lr: await picture.read(), truth: null }) });
  }
  return withReasons({ pictures, notes: [] }, reasons);
}

/** The HR pictures (or outputs) that have no LR picture of exactly their name, by the name of both; of several of one name none. */
function unpaired(truths: ReadonlyMap<string, PictureFile>, inputs: ReadonlyMap<string, unknown>) {
  const byKey = new Map<string, PictureFile | null>();
  for (const [name, picture] of truths) {
    const key = pairKey(picture.file);
    if (!inputs.has(name)) byKey.set(key, byKey.has(key) ? null : picture);
  }
  return byKey;
}

/** HR and LR of one picture (formats/names.ts); a pair that doesn't fit has empty cells. An HR picture up to 3 px larger than four times the LR one is cut, as benchmarks do. */
export async function pairedSetOf(hr: PictureFolder, lr: PictureFolder): Promise<PictureSet> {
  const [truths, inputs] = [byName(hr), byName(lr)];
  const byKey = unpaired(truths, inputs);
  const pictures: EvaluationPicture[] = [];
  const notes: string[] = [];
  const reasons: string[] = [];
  for (const [name, input] of inputs) {
    const truth = truths.get(name) ?? byKey.get(pairKey(input.file));
    if (!truth) continue;
    const refuse = (reason: string) => {
      pictures.push({ ...unusable(input.file, reason), truthFile: truth.file });
      reasons.push(reason);
    };
    const [large, small] = [await sizeOf(truth), await sizeOf(input)];
    if (typeof large === 'string' || typeof small === 'string') {
      refuse(typeof large === 'string' ? large : `${small}`);
      continue;
    }
    const target = { width: small.width * upscaleFactor, height: small.height * upscaleFactor };
    const extra = [large.width - target.width, large.height - target.height];
    if (extra.some((pixels) => pixels < 0 || pixels >= upscaleFactor)) {
      refuse(`${name}: the HR picture (${describe(large)}) is not ×4 of the LR one (${describe(small)}).`);
      continue;
    }
    if (extra.some((pixels) => pixels > 0))
      notes.push(`${truth.file}: cut to ${describe(target)}, four times the LR size.`);
    pictures.push({
      name: input.file,
      truthFile: truth.file,
      load: async () => ({ lr: await input.read(), truth: cut(await truth.read(), target) }),
    });
  }
  if (pictures.length === 0) throw new Error(`${lr.label} and ${hr.label} have no picture of the same name.`);
  const alone = truths.size + inputs.size - 2 * pictures.length;
  if (alone > 0) notes.push(`${alone} pictures are in one of the folders only and are left out.`);
  return withReasons({ pictures, notes }, reasons);
}

/** The seed of one picture: it depends on its name, so a subset is degraded like the whole. */
const seedOf = (seed: number, name: string) => seed + (fnv1a32(name) & 0x1fffff) * 2 ** 32;

/** LR pictures made from the HR ones; sides are cut to multiples of 4 first. */
export async function degradedSetOf(hr: PictureFolder, kind: DegradationKind, seed: number): Promise<PictureSet> {
  const pictures: EvaluationPicture[] = [];
  const notes: string[] = [];
  const reasons: string[] = [];
  for (const [name, picture] of byName(hr)) {
    const size = await sizeOf(picture);
    if (typeof size === 'string') {
      pictures.push(unusable(picture.file, size));
      reasons.push(size);
      continue;
    }
    const whole = (side: number) => Math.floor(side / upscaleFactor) * upscaleFactor;
    const target = { width: whole(size.width), height: whole(size.height) };
    if (Math.min(target.width, target.height) < smallestTruth) {
      const reason = `${picture.file}: ${describe(size)} are too few to degrade; it takes ${smallestTruth} px a side.`;
      pictures.push(unusable(picture.file, reason));
      reasons.push(reason);
      continue;
    }
    if (target.width !== size.width || target.height !== size.height)
      notes.push(`${picture.file}: cut to ${describe(target)}, multiples of 4.`);
    // Kept: every method asks for it, and it is a sixteenth of the picture.
    let lr: Rgba8 | null = null;
    pictures.push({
      name: picture.file,
      load: async () => {
        const truth = cut(await picture.read(), target);
        lr ??= floatToRgba8(degrade(rgba8ToFloat(truth), kind, seedOf(seed, name)));
        return { lr, truth };
      },
    });
  }
  return withReasons({ pictures, notes }, reasons);
}

/** Outputs that another program made for the pictures of a set. */
export interface FinishedOutputs {
  /** @param name of the set's picture. @throws one sentence where it has no output, or one that is no picture */
  read(name: string): Promise<Rgba8>;
  /** The file of a set's picture; null: there is none. */
  fileOf(name: string): string | null;
  /** A sentence about files that belong to no picture. */
  readonly notes: readonly string[];
}

/** At most this many names in a sentence. */
const mostNames = 5;

/** Outputs by the pictures' names, as pairs are found (formats/names.ts). @throws one sentence where there is none */
export async function finishedOutputsOf(
  folder: PictureFolder,
  { pictures }: Pick<PictureSet, 'pictures'>,
): Promise<FinishedOutputs> {
  const files = byName(folder);
  const names = new Map(pictures.map(({ name }) => [stem(name), { file: name }] as const));
  const byKey = unpaired(files, names);
  const outputs = new Map<string, PictureFile>();
  for (const [name, { file }] of names) {
    const output = files.get(name) ?? byKey.get(pairKey(file));
    if (output) outputs.set(file, output);
  }
  if (outputs.size === 0) throw new Error(`${folder.label}: no file has the name of a picture of the set.`);
  const used = new Set(outputs.values());
  const extra = [...files.values()].filter((file) => !used.has(file)).map(({ file }) => file);
  const more = extra.length > mostNames ? ` and ${extra.length - mostNames} more` : '';
  return {
    notes:
      extra.length === 0
        ? []
        : [`${folder.label}: of no picture of the set: ${extra.slice(0, mostNames).join(', ')}${more}.`],
    fileOf: (name) => outputs.get(name)?.file ?? null,
    async read(name) {
      const output = outputs.get(name);
      if (!output) throw new Error(`${folder.label} has no output for ${name}.`);
      return output.read();
    },
  };
}

export interface EvaluationPicture {
  readonly name: string;
  /** The HR picture's file, where it is not that of the name. */
  readonly truthFile?: string;
  /** Both are asked for again with every method, so that a set need not fit into memory. */
  load(): Promise<{ readonly lr: Rgba8; readonly truth: Rgba8 | null }>;
}
