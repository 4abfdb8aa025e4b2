/**
 * `npm run gallery`: the test pictures through the methods, as WebP files with an index of their scores, for the Gallery page. A
 * method whose weights and pictures are those of the last time is not run again, so a run that was cut off goes on where it stopped.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { type DegradationKind, degradationKinds } from '../src/degradation/index.ts';
import { teacherStepsOf } from '../src/engine/runtime/networks.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { type BackendRequest, defaultOptions } from '../src/protocol/upscale.ts';
import { type MethodResult, metricsVersion } from '../src/report/columns.ts';
import {
  type GalleryIndex,
  type GalleryMethod,
  type GalleryPicture,
  type GalleryRun,
  galleryDegradations,
  galleryFile,
  galleryIndexFile,
  onnxNameOf,
  pictureTitle,
  readGalleryIndex,
} from '../src/report/gallery.ts';
import { evaluationMethods, isClassical, isExternal, isMethodName, methodTitle } from '../src/report/methods.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { type PictureSet, pairedSet } from './evaluate/pictures.ts';
import { chooseMethods, onnxPathOf, presetSource, type RunOptions, runEvaluation } from './evaluate/run.ts';
import { clearGallery, creditsIn, webp } from './gallery/files.ts';
import { peers, peersFolder } from './peers/packages.ts';
import { testFolders } from './results/folders.ts';
import { fingerprint } from './results/stored.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run gallery -- [options]
  --out       folder of index.json and the pictures              (public/gallery)
  --methods   comma-separated                                    (bicubic, every student and the teacher of the weights, cached peers)
  --sets      comma-separated degradations                       (bicubic, realesrgan-test, realesrgan)
  --pictures  comma-separated parts of file names                (all of tests/images/hr)
  --quality   of the WebP files, 1 to 100                        (82)
  --backend   auto | webgpu | wasm                               (auto)
  --models    folder with a folder a preset                      (public/models)
  --fresh     make everything again, and drop what is not asked for`;

const root = resolve(import.meta.dirname, '..');
const mostBytes = 8 * 2 ** 20;

function parse() {
  return parsed(usage, {
    options: {
      out: { type: 'string', default: join(root, 'public/gallery') },
      methods: { type: 'string' },
      sets: { type: 'string', default: galleryDegradations.join(',') },
      pictures: { type: 'string' },
      quality: { type: 'string', default: '82' },
      backend: { type: 'string', default: 'auto' },
      models: { type: 'string', default: join(root, 'public/models') },
      fresh: { type: 'boolean', default: false },
    },
  }).values;
}

const values = parse();
const quality = positiveInteger('--quality', values.quality, 100);
const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
const { preset, seed, colourLock } = defaultOptions;
const options: RunOptions = { preset, models: values.models, seed, colourLock, tile: 64, backend };
const indexFile = join(values.out, galleryIndexFile);
const listed = (text: string) => text.split(',').map((part) => part.trim());
const kinds: readonly DegradationKind[] = listed(values.sets).map((name) => oneOf('--sets', name, degradationKinds));

/** Null: there is none yet, or one of another version. */
async function knownIndex(): Promise<GalleryIndex | null> {
  try {
    return readGalleryIndex(JSON.parse(await readFile(indexFile, 'utf8')));
  } catch {
    return null;
  }
}

/** The method that the evaluation is called with, and the one that its pictures are listed under. */
interface Asked {
  readonly run: GalleryMethod;
  readonly method: GalleryMethod;
}

/** @throws one sentence where a named one can't be had */
async function askedMethods(): Promise<Asked[]> {
  if (values.methods !== undefined) {
    const named = listed(values.methods).map((name) =>
      isMethodName(name) && !name.startsWith('result:')
        ? (name as GalleryMethod)
        : fail(`--methods: "${name}" is none; ${usage}`, 2),
    );
    await chooseMethods({ ...options, methods: named }, true);
    return named.map(entry);
  }
  const own = (await chooseMethods({ ...options, methods: null }, true)).filter(
    (name) => !['nearest', 'lanczos', 'autoencoder'].includes(name),
  ) as GalleryMethod[];
  const cached: GalleryMethod[] = [];
  for (const { name } of peers) {
    const path = `${peersFolder}/${name}.onnx`;
    if (existsSync(path)) cached.push(`onnx:${path}`);
  }
  // In the order of work, the longest last: what there is after an hour is worth looking at.
  const last = own.filter((name) => name === 'resshift');
  return [...own.filter((name) => name !== 'resshift'), ...cached.reverse(), ...last].map(entry);
}

/** In the order of tables: the simplest, the public networks, ours. */
function place(method: GalleryMethod): number {
  if (isExternal(method)) return 1;
  return isClassical(method) ? 0 : 2 + [...evaluationMethods, method].indexOf(method);
}

const entry = (run: GalleryMethod): Asked => {
  const path = onnxPathOf(run);
  return { run, method: path === undefined ? run : onnxNameOf(path) };
};

const nameOf = (file: string) => basename(file, extname(file));

/** Of the pictures that are asked for. */
async function openSet(kind: DegradationKind): Promise<PictureSet> {
  const set = await pairedSet(join(root, testFolders.hr), join(root, testFolders.lr[kind]));
  const parts = values.pictures === undefined ? null : listed(values.pictures);
  const pictures = set.pictures.filter(({ name }) => parts?.some((part) => name.includes(part)) ?? true);
  return pictures.length > 0 ? { ...set, pictures } : fail(`--pictures: no test picture has ${values.pictures}.`, 2);
}

async function main(): Promise<void> {
  const asked = await askedMethods();
  const manifest = await presetSource(options).manifest();
  const steps = teacherStepsOf(manifest);
  const before = values.fresh ? null : await knownIndex();
  const pictures = new Map<string, GalleryPicture>(before?.pictures.map((picture) => [picture.name, picture]));
  const runs = new Map<string, GalleryRun>();
  for (const set of before?.sets ?? []) for (const run of set.runs) runs.set(`${set.degradation}/${run.method}`, run);
  if (values.fresh) await clearGallery(values.out);

  const keep = () => {
    const sets = galleryDegradations.flatMap((degradation) => {
      const found = [...runs].filter(([key]) => key.startsWith(`${degradation}/`)).map(([, run]) => run);
      found.sort((a, b) => place(a.method) - place(b.method));
      return found.length > 0 ? [{ degradation, runs: found }] : [];
    });
    const sorted = [...pictures.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const index: GalleryIndex = { version: 1, seed, pictures: sorted, sets };
    return writeFileWhole(indexFile, `${JSON.stringify(index)}\n`);
  };

  const prints = new Map<DegradationKind, string>();
  for (const kind of kinds) prints.set(kind, await writeInputs(kind, await openSet(kind), pictures));
  for (const { run, method } of asked) {
    for (const kind of kinds) {
      const key = `${kind}/${method}`;
      const mark = fingerprint(run, manifest, `${metricsVersion} ${quality} ${prints.get(kind)}`, options);
      if (runs.get(key)?.fingerprint === mark) continue;
      const title = methodTitle(method, steps).replace(/\.onnx$/, '');
      console.log(`${title}: ${kind}`);
      const { methods: measured } = await runEvaluation(await openSet(kind), true, [run], options, {
        onOutput: (_, name, output) => write(galleryFile(nameOf(name), kind, method), output, quality),
      });
      runs.set(key, { method, title, fingerprint: mark, scores: scoresOf(measured) });
      await keep();
    }
  }
  await keep();
  await report();
}

const write = async (file: string, image: Rgba8, as: number) =>
  writeFileWhole(join(values.out, file), await webp(image, as));

/** LR pictures and truths of a set; `pictures` gets their facts. @returns a hash of their pixels */
async function writeInputs(
  kind: DegradationKind,
  set: PictureSet,
  pictures: Map<string, GalleryPicture>,
): Promise<string> {
  const credits = creditsIn(await readFile(join(root, 'tests/images/README.md'), 'utf8'));
  const hash = createHash('sha256');
  for (const { name, load } of set.pictures) {
    const { lr, truth } = await load();
    if (!truth) throw new Error(`${name}: there is no truth to it.`);
    hash.update(lr.data).update(truth.data);
    const plain = nameOf(name);
    const { width, height } = truth;
    pictures.set(plain, { name: plain, title: pictureTitle(plain), credit: credits.get(name) ?? '', width, height });
    // Few pixels, and enlarged on the page: their loss would be seen first.
    await write(galleryFile(plain, kind, 'lr'), lr, Math.max(quality, 92));
    await write(galleryFile(plain, kind, 'truth'), truth, quality);
  }
  return hash.digest('hex');
}

/** Of the pictures that both could be measured of. */
function scoresOf(measured: readonly MethodResult[]): GalleryRun['scores'] {
  const rows = measured.flatMap(({ images }) => images);
  return Object.fromEntries(
    rows.flatMap(({ name, psnrY, lpips }) =>
      typeof psnrY === 'number' && typeof lpips === 'number'
        ? [[nameOf(name), { psnrY: Number(psnrY.toFixed(3)), lpips: Number(lpips.toFixed(4)) }] as const]
        : [],
    ),
  );
}

/** Says the size; all of it is downloaded by nobody, but lies in the repository. */
async function report(): Promise<void> {
  const entries = await readdir(values.out, { recursive: true, withFileTypes: true });
  let [files, bytes] = [0, 0];
  for (const file of entries.filter((each) => each.isFile())) {
    files++;
    bytes += (await readFile(join(file.parentPath, file.name))).length;
  }
  console.log(`${values.out}: ${files} files, ${(bytes / 2 ** 20).toFixed(1)} MB`);
  if (bytes > mostBytes) console.error(`More than ${mostBytes / 2 ** 20} MB: fewer methods or a lower --quality.`);
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
