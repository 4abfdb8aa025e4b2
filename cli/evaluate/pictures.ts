/** The sets that `npm run evaluate` takes: pairs of two folders, a folder degraded here, or LR pictures alone. */
import { readdir } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import sharp from 'sharp';
import { type DegradationKind, degrade } from '../../src/degradation/index.ts';
import type { EvaluationPicture } from '../../src/engine/evaluation/evaluate.ts';
import { scale } from '../../src/engine/job.ts';
import { fnv1a32 } from '../../src/imaging/hash.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../src/imaging/image.ts';
import { readImage } from '../image-file.ts';

export interface PictureSet {
  readonly pictures: readonly EvaluationPicture[];
  /** What was left out or cut, a sentence each. */
  readonly notes: readonly string[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const endings = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.bmp']);
/** Real-ESRGAN's blurs reflect at the border, and a metric needs its window. */
const smallestTruth = 16;

/** Pictures of a folder by their names without ending. @throws one sentence */
async function listFolder(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: there is no such folder.`);
  });
  const files = new Map<string, string>();
  for (const file of names.filter((name) => endings.has(extname(name).toLowerCase())).sort()) {
    const { name } = parse(file);
    if (files.has(name)) throw new Error(`${folder}: ${files.get(name)} and ${file} have one name; move one away.`);
    files.set(name, file);
  }
  if (files.size === 0) throw new Error(`${folder}: no pictures in this folder.`);
  return files;
}

/** Upright, from the header alone: wrong pairs are told before anything runs. */
async function sizeOf(path: string): Promise<Size> {
  const {
    width,
    height,
    orientation = 1,
  } = await sharp(path)
    .metadata()
    .catch(() => {
      throw new Error(`${path}: damaged, or of a kind that can't be read here.`);
    });
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

const describe = ({ width, height }: Size) => `${width} × ${height} px`;
const cut = (image: Rgba8, { width, height }: Size) =>
  image.width === width && image.height === height ? image : cropRgba8(image, 0, 0, width, height);

async function read(path: string): Promise<Rgba8> {
  return readImage(path).catch((error) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  });
}

/** LR pictures alone. */
export async function plainSet(lr: string): Promise<PictureSet> {
  const files = [...(await listFolder(lr)).values()];
  for (const file of files) await sizeOf(join(lr, file));
  const pictures = files.map((name) => ({
    name,
    load: async () => ({ lr: await read(join(lr, name)), truth: null }),
  }));
  return { pictures, notes: [] };
}

/** HR and LR of the same name. An HR picture up to 3 px larger than four times the LR one is cut, as benchmarks do. */
export async function pairedSet(hr: string, lr: string): Promise<PictureSet> {
  const [truths, inputs] = [await listFolder(hr), await listFolder(lr)];
  const pictures: EvaluationPicture[] = [];
  const notes: string[] = [];
  for (const [name, input] of inputs) {
    const truth = truths.get(name);
    if (!truth) continue;
    const [large, small] = [await sizeOf(join(hr, truth)), await sizeOf(join(lr, input))];
    const target = { width: small.width * scale, height: small.height * scale };
    const extra = [large.width - target.width, large.height - target.height];
    if (extra.some((pixels) => pixels < 0 || pixels >= scale)) {
      throw new Error(`${name}: the HR picture (${describe(large)}) is not ×4 of the LR one (${describe(small)}).`);
    }
    if (extra.some((pixels) => pixels > 0)) notes.push(`${truth}: cut to ${describe(target)}, four times the LR size.`);
    pictures.push({
      name: input,
      load: async () => ({ lr: await read(join(lr, input)), truth: cut(await read(join(hr, truth)), target) }),
    });
  }
  if (pictures.length === 0) throw new Error(`${lr} and ${hr} have no picture of the same name.`);
  const alone = truths.size + inputs.size - 2 * pictures.length;
  if (alone > 0) notes.push(`${alone} pictures are in one of the folders only and are left out.`);
  return { pictures, notes };
}

/** The seed of one picture: it depends on its name, so a subset is degraded like the whole. */
const seedOf = (seed: number, name: string) => seed + (fnv1a32(name) & 0x1fffff) * 2 ** 32;

/** LR pictures made from the HR ones; sides are cut to multiples of 4 first. */
export async function degradedSet(hr: string, kind: DegradationKind, seed: number): Promise<PictureSet> {
  const pictures: EvaluationPicture[] = [];
  const notes: string[] = [];
  for (const [name, file] of await listFolder(hr)) {
    const size = await sizeOf(join(hr, file));
    const whole = (side: number) => Math.floor(side / scale) * scale;
    const target = { width: whole(size.width), height: whole(size.height) };
    if (Math.min(target.width, target.height) < smallestTruth) {
      throw new Error(`${file}: ${describe(size)} are too few to degrade; it takes ${smallestTruth} px a side.`);
    }
    if (target.width !== size.width || target.height !== size.height)
      notes.push(`${file}: cut to ${describe(target)}, multiples of 4.`);
    // Kept: every method asks for it, and it is a sixteenth of the picture.
    let lr: Rgba8 | null = null;
    pictures.push({
      name: file,
      load: async () => {
        const truth = cut(await read(join(hr, file)), target);
        lr ??= floatToRgba8(degrade(rgba8ToFloat(truth), kind, seedOf(seed, name)));
        return { lr, truth };
      },
    });
  }
  return { pictures, notes };
}
