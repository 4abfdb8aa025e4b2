/**
 * Damaged input for every reader: pictures, weights, ONNX models, run files, settings and addresses, mutated by a seeded
 * generator. Each is read, or refused by a short sentence; nothing crashes, hangs or leaves half a file.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImage } from '../cli/image-file.ts';
import { readSettings } from '../src/degradation/index.ts';
import { realesrgan } from '../src/degradation/settings.ts';
import { mapWeights } from '../src/engine/models/mapping.ts';
import { UserModels } from '../src/engine/models/user-models.ts';
import { readAddress } from '../src/features/train/training-run.ts';
import { parseHash } from '../src/features/ui/router.ts';
import { FormatError } from '../src/formats/errors.ts';
import { inspectOnnx } from '../src/formats/onnx/inspect.ts';
import { openSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { openWeights } from '../src/formats/weight-file.ts';
import { RandomStream } from '../src/imaging/random.ts';
import { defaultConfig, readTrainingConfig } from '../src/paper/config.ts';
import { parseManifest } from '../src/presets/manifest.ts';
import { readLogbook, writeLogbook } from '../src/report/logbook.ts';
import { MetricsLog } from '../src/report/metrics-log.ts';
import { type RunBundle, readRunBundle, writeRunBundle } from '../src/report/run-bundle.ts';
import { defaultSettings, parseSettings } from '../src/store/settings.ts';
import { noteFigures } from './support/figures.ts';
import { hashedParameter } from './support/hashed.ts';
import { memoryFolder } from './support/memory-folder.ts';
import { metricFile } from './support/metric-file.ts';
import { pictureCorpus } from './support/picture-corpus.ts';
import { tinyNetworks } from './support/tiny-model.ts';
import { torchFile } from './torch/torch-file.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const folder = mkdtempSync(join(tmpdir(), 'cosr-mutations-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The remedy in a message: "must be …" of a setting says so too. */
const instruction =
  /\b(must|needs|save|download|convert|choose|import|export|crop|make|keep|update|use|open|give|write|add|leave|remove|rename|start|reduce)\b/;

/** Longest message, with the file's name. */
const longest = 200;

interface Count {
  inputs: number;
  read: number;
  refused: number;
  /** Of a message with its file's name, characters. */
  longest: number;
}

/** By the kind of file. */
const counts = new Map<string, Count>();
let kind = '';
/** The counts from now on. */
function count(name: string): void {
  kind = name;
}
afterAll(() => noteFigures('mutations', Object.fromEntries(counts)));

const mutations: readonly ((bytes: Bytes, random: RandomStream) => Bytes)[] = [
  // Bits anywhere, and where headers are.
  (bytes, random) => flip(bytes, bytes.length, random),
  (bytes, random) => flip(bytes, Math.min(bytes.length, 120), random),
  (bytes, random) => bytes.slice(0, random.integer(bytes.length)),
  (bytes, random) => {
    const from = random.integer(bytes.length);
    return bytes.copyWithin(random.integer(bytes.length), from, from + random.integer(64));
  },
  (bytes, random) => bytes.fill(random.integer(2) * 255, random.integer(bytes.length)),
  (bytes, random) => {
    const at = random.integer(Math.max(1, bytes.length - 4));
    return at + 4 > bytes.length ? bytes : setWord(bytes, at, random.integer(4) === 0 ? 0 : 0xffffffff);
  },
];

function flip(bytes: Bytes, end: number, random: RandomStream): Bytes {
  for (let n = 1 + random.integer(6); n > 0; n--) {
    const at = random.integer(end);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
  }
  return bytes;
}

function setWord(bytes: Bytes, at: number, value: number): Bytes {
  new DataView(bytes.buffer).setUint32(at, value);
  return bytes;
}

/** Errors that a reader makes, rather than the language: those show a case that nobody thought of. */
const isSentence = (error: unknown): error is Error =>
  error instanceof Error &&
  (error instanceof FormatError || error.constructor === Error || error.constructor === RangeError) &&
  !/\n|undefined|\bNaN\b|not a function|Invalid (array|typed)|offset is out of/i.test(error.message);

/** @returns 1 where it is refused, 0 where it is read */
async function tryOne(name: string, read: () => unknown): Promise<0 | 1> {
  const tally = counts.get(kind) ?? { inputs: 0, read: 0, refused: 0, longest: 0 };
  counts.set(kind, tally);
  tally.inputs++;
  try {
    await read();
    tally.read++;
    return 0;
  } catch (error) {
    if (!isSentence(error)) throw new Error(`${name} is not refused by a sentence`, { cause: error });
    const said = error.message.includes(name) ? error.message : `${name}: ${error.message}`;
    expect(said.length, said).toBeLessThanOrEqual(longest);
    expect(said).toMatch(instruction);
    tally.refused++;
    tally.longest = Math.max(tally.longest, said.length);
    return 1;
  }
}

/** @returns how many were refused */
async function tryAll(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  each: number,
  read: (bytes: Bytes, name: string) => unknown,
): Promise<number> {
  let refused = 0;
  for (const [which, [name, bytes]] of files.entries()) {
    const random = new RandomStream(2026, which);
    for (let i = 0; i < each; i++) {
      const mutate = mutations[i % mutations.length] ?? ((same: Bytes) => same);
      refused += await tryOne(name, () => read(mutate(Uint8Array.from(bytes), random), name));
    }
  }
  return refused;
}

/** Values that a setting should not have. */
const oddValues = [
  null,
  true,
  -1,
  Number.POSITIVE_INFINITY,
  0.5,
  '',
  'x'.repeat(300),
  '\n',
  [],
  [[]],
  {},
  { length: 1e9 },
  '__proto__',
];

/** The settings with one of them, at any depth, changed, renamed or gone. */
function changed(value: unknown, random: RandomStream): unknown {
  if (typeof value !== 'object' || value === null) return oddValues[random.integer(oddValues.length)];
  const entries = Object.entries(value);
  const at = random.integer(entries.length + 1);
  const kind = random.integer(6);
  const next = entries.flatMap(([name, entry], i): [string, unknown][] => {
    if (i !== at) return [[name, entry]];
    if (kind === 0) return [];
    return kind === 1 ? [[`${name}${'é'.repeat(200)}`, entry]] : [[name, changed(entry, random)]];
  });
  if (Array.isArray(value)) return next.map(([, entry]) => entry);
  return Object.fromEntries(kind === 2 ? [...next, ['constructor', 1]] : next);
}

const networks = tinyNetworks();
const tensorsOf = (index: number) =>
  [...(networks[index]?.shapes ?? [])].map(([name, shape]) => ({
    name,
    shape,
    data: hashedParameter('a', name, shape),
  }));

async function runBundle(): Promise<RunBundle> {
  const png = new Blob([Uint8Array.from(await pictureOf('rgb-8.png'))], { type: 'image/png' });
  const shares = Array.from({ length: 30 }, () => 1 / 30);
  const frame = (step: number) => ({
    frame: { step, places: [{ name: 'lr', y: 2, width: 8, height: 8 }], histograms: [{ name: 'hrReal', shares }] },
    image: png,
  });
  return {
    preset: 'compact',
    config: defaultConfig,
    pictures: null,
    created: 1,
    environment: { backend: 'wasm', adapter: 'CPU', host: 'test', versions: { app: '1' } },
    rows: new MetricsLog(),
    notes: 'Notes.',
    pins: [{ step: 1, panel: 'lr', caption: 'LR', image: png }],
    frames: [frame(1), frame(2)] as never,
    checkpoints: [],
  };
}

async function logbookFile(): Promise<Bytes> {
  const run = { name: 'seed 42', bundle: await runBundle(), weights: [] };
  const file = await writeLogbook({ title: 'Runs', saved: 1, runs: [run, run], charts: [], goesOn: true });
  return new Uint8Array(await file.arrayBuffer());
}

const corpus = await pictureCorpus();
function pictureOf(name: string): Uint8Array {
  const found = corpus.find((file) => file.name === name);
  if (!found) throw new Error(`The corpus has no ${name}.`);
  return found.bytes;
}

describe('damaged input', () => {
  it('of pictures', async () => {
    count('pictures');
    const names = [
      ...['rgb-8.png', 'rgba-16-interlaced.png', 'palette-4.png', '420.jpg', 'exif-6.jpg', 'lossy.webp'],
      ...['exif-6-lossless.webp', 'plain.gif', 'lossy-444.avif', '24.bmp', '8-runs.bmp', '16-565.bmp'],
    ];
    const files = names.map((name) => [name, pictureOf(name)] as const);
    const refused = await tryAll(files, 18, async (bytes, name) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const { width, height, data } = await readImage(path);
      expect(data).toHaveLength(width * height * 4);
    });
    expect(refused).toBeGreaterThan(100);
  });

  it('of weights: each becomes a whole model, or none', async () => {
    count('weights (safetensors, pth)');
    const own = [0, 1].map((index) => [`network-${index}.pth`, torchFile(tensorsOf(index))] as const);
    const fixtures = ['training.pth', 'views.pth', 'types.pth'].map(
      (name) => [name, new Uint8Array(readFileSync(resolve(import.meta.dirname, 'torch', name)))] as const,
    );
    const tensors = tensorsOf(1).map((tensor) => ({ ...tensor, dtype: 'F32' as const }));
    const safetensors = new Uint8Array(await writeSafetensors(tensors).arrayBuffer());
    const files = [...own, ...fixtures, ['network.safetensors', safetensors] as const];
    const refused = await tryAll(files, 24, async (bytes, fileName) => {
      const models = memoryFolder();
      try {
        const mapping = mapWeights(await openWeights(new Blob([bytes])), networks);
        await new UserModels(models, 'compact').import({ fileName, mapping, identity: 'sinsr', precision: 'f16' });
      } catch (error) {
        expect([...models.files.keys()]).toEqual([]);
        throw error;
      }
      for (const [name, file] of models.files) if (name.endsWith('.safetensors')) await openSafetensors(file);
    });
    expect(refused).toBeGreaterThan(50);
  });

  it('of ONNX models and of run files', async () => {
    count('ONNX models');
    const onnx = new Uint8Array(await metricFile({ kind: 'distance' }).arrayBuffer());
    expect(await tryAll([['metric.onnx', onnx]], 60, (bytes) => inspectOnnx(new Blob([bytes])))).toBeGreaterThan(5);
    count('run files (zip)');
    const run = new Uint8Array(await (await writeRunBundle(await runBundle())).arrayBuffer());
    await readRunBundle(new Blob([run]));
    expect(await tryAll([['run.zip', run]], 60, (bytes) => readRunBundle(new Blob([bytes])))).toBeGreaterThan(20);
    count('logbooks (HTML)');
    const readAll = async (bytes: Bytes) => {
      for (const file of await readLogbook(new Blob([bytes]))) await readRunBundle(file);
    };
    const logbook = await logbookFile();
    await readAll(logbook);
    expect(await tryAll([['logbook.html', logbook]], 60, readAll)).toBeGreaterThan(20);
  });

  it('of settings and addresses', async () => {
    const manifest = JSON.parse(
      readFileSync(resolve(import.meta.dirname, '../public/models/compact/manifest.json'), 'utf8'),
    );
    const readers: readonly (readonly [string, unknown, (json: unknown) => unknown])[] = [
      ['training.json', defaultConfig, (json) => readTrainingConfig(json)],
      ['degradation.json', realesrgan, readSettings],
      ['manifest.json', manifest, parseManifest],
      ['settings', { version: 2, ...defaultSettings }, parseSettings],
    ];
    count('settings (JSON)');
    let refused = 0;
    const random = new RandomStream(77);
    for (const [name, json, read] of readers) {
      read(json);
      for (let i = 0; i < 40; i++) refused += await tryOne(name, () => read(changed(json, random)));
    }
    count('addresses');
    const address = '#/train?crop=64&window=32&downsampler=convolutional&perceptualWeight=0.5';
    readAddress(address);
    refused += await tryAll([['address', new TextEncoder().encode(address)]], 60, (bytes) => {
      const hash = new TextDecoder().decode(bytes);
      parseHash(hash);
      readAddress(hash);
    });
    expect(refused).toBeGreaterThan(60);
  });
});
