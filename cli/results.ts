/**
 * `npm run results`: the shipped weights on the three LR sets of tests/images, and docs/results.md from that. A method whose
 * weights and pictures are those of the last time is not measured again, so a run that was cut off goes on where it stopped.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DegradationKind } from '../src/degradation/index.ts';
import { openMethod } from '../src/engine/evaluation/methods.ts';
import { teacherStepsOf } from '../src/engine/runtime/networks.ts';
import { type BackendRequest, defaultOptions } from '../src/protocol/upscale.ts';
import { type MethodResult, metricsVersion } from '../src/report/columns.ts';
import {
  type ComputedMethod,
  type EvaluationMethod,
  esrganNames,
  evaluationMethods,
  isEsrgan,
  isExternal,
  isTeacherSampling,
  teacherSamplings,
} from '../src/report/methods.ts';
import { fail, oneOf, parsed } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { pairedSet } from './evaluate/pictures.ts';
import { chooseMethods, presetSource, type RunOptions, runEvaluation } from './evaluate/run.ts';
import { hasNoise, readSeeds } from './evaluate/seeds.ts';
import { TextTable } from './evaluate/table.ts';
import { knownCosts } from './peers/cost.ts';
import { peers, peersFolder } from './peers/packages.ts';
import { readAblation } from './results/ablation.ts';
import { readDiversity } from './results/diversity.ts';
import { fixedPointsJson } from './results/figure.ts';
import { flatMethods, measureFlatColours } from './results/flat.ts';
import { testFolders } from './results/folders.ts';
import { contactSheets, resultsFigures, resultsPage } from './results/page.ts';
import {
  fingerprint,
  hashFolders,
  readResults,
  type StoredFlatColours,
  type StoredMethod,
  type StoredResults,
  type StoredSet,
  weightsOf,
  writeResults,
} from './results/stored.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run results -- [options]
  --backend  auto | webgpu | wasm           (auto)
  --out      folder of results.json, results.md, the contact sheets, the trainer's ablation, variants, usefulness and diversity.json   (docs)
  --methods  comma-separated: measure these alone, and keep what is known of the others
  --peers    also measure the public networks that \`npm run peers\` made (slow without a GPU)
  --seeds    comma-separated: further noise seeds, of the networks, for the intervals
  --fresh    measure everything again
  --page     write the page from results.json, measuring nothing`;

const root = resolve(import.meta.dirname, '..');
const { hr, lr: folders } = testFolders;
const kinds: readonly DegradationKind[] = ['bicubic', 'realesrgan-test', 'realesrgan'];

function parse() {
  return parsed(usage, {
    options: {
      backend: { type: 'string', default: 'auto' },
      out: { type: 'string', default: join(root, 'docs') },
      methods: { type: 'string' },
      peers: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  }).values;
}

const values = parse();
const { preset, seed, colourLock } = defaultOptions;
const backend: BackendRequest = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
const nameable: readonly ComputedMethod[] = [...evaluationMethods, ...esrganNames];
const named =
  values.methods
    ?.split(',')
    .map((name) => name.trim())
    .map((name) => (isTeacherSampling(name) ? name : oneOf('--methods', name, nameable))) ?? null;
/** Beside the page's own. */
const moreSeeds = (values.seeds === undefined ? [] : readSeeds(values.seeds)).filter((other) => other !== seed);
const options: RunOptions = { preset, models: join(root, 'public/models'), seed, colourLock, tile: 64, backend };
const [numbers, page] = ['results.json', 'results.md'].map((name) => join(values.out, name)) as [string, string];
/** Of the Train page, where docs are written; a trial elsewhere leaves it as it is. */
const fixedPoints = join(
  values.out === join(root, 'docs') ? join(root, 'src/features/train/forces') : values.out,
  'fixed-points.json',
);

const costs = await knownCosts(join(root, peersFolder));

/** With its arithmetic, where it is a public network whose file is there. */
function withCost(result: StoredMethod): StoredMethod {
  const peer = peers.find(({ name }) => result.method === `onnx:${peersFolder}/${name}.onnx`);
  const cost = peer && costs[peer.name];
  return cost ? { ...result, gmac: cost.gmac } : result;
}

const manifest = await presetSource(options)
  .manifest()
  .catch((error) => fail(error.message));
const stored = values.fresh ? null : await readResults(numbers);

/** From the file, so that the page can be made again from it, to the last digit. */
async function writePage(): Promise<void> {
  const results = await readResults(numbers);
  if (!results) throw new Error(`${numbers}: nothing measured yet; run without --page.`);
  const sheets = Object.keys(contactSheets).filter((name) => existsSync(join(values.out, name)));
  const trainer = {
    ablation: await readAblation(join(values.out, 'ablation.json')),
    variants: await readAblation(join(values.out, 'variants.json')),
    usefulness: await readAblation(join(values.out, 'usefulness.json')),
    diversity: await readDiversity(join(values.out, 'diversity.json')),
  };
  for (const { file, svg } of resultsFigures(results, trainer)) await writeFileWhole(join(values.out, file), svg);
  await writeFileWhole(fixedPoints, fixedPointsJson(results));
  await writeFileWhole(page, resultsPage(results, trainer, sheets));
  console.log(`\n${page}`);
}

/**
 * Measures what is not known yet of a set; `keep` is called after each method.
 * @param before what is known of any set: the autoencoder's round trip is the same in all
 */
async function measure(
  degradation: DegradationKind,
  methods: readonly ComputedMethod[],
  before: readonly StoredMethod[],
  keep: (set: StoredSet) => Promise<void>,
): Promise<StoredSet> {
  const folder = folders[degradation];
  const [truths, pairs] = [await hashFolders(join(root, hr)), await hashFolders(join(root, hr), join(root, folder))];
  const printOf = (method: EvaluationMethod) =>
    fingerprint(method, manifest, `${metricsVersion} ${method === 'autoencoder' ? truths : pairs}`, options);
  const known = new Map<EvaluationMethod, StoredMethod>();
  for (const method of methods) {
    const old = before.find((entry) => entry.method === method && entry.fingerprint === printOf(method));
    if (old) known.set(method, old);
  }
  const inOrder = (): StoredSet => ({
    degradation,
    folder,
    methods: methods.flatMap((method) => known.get(method) ?? []).map(withCost),
  });
  const table = new TextTable();
  const print = (result: MethodResult) => {
    for (const line of table.add(result)) console.log(line);
  };
  for (const result of known.values()) print(result);
  const asked = (name: ComputedMethod) =>
    isExternal(name) && !isEsrgan(name) ? values.peers : (named?.includes(name) ?? true);
  for (const method of methods.filter((name) => !known.has(name) && asked(name))) {
    const set = await pairedSet(join(root, hr), join(root, folder));
    const { adapter, methods: measured } = await runEvaluation(set, true, [method], options);
    for (const result of measured) {
      print(result);
      known.set(method, { ...result, adapter, fingerprint: printOf(method) });
    }
    await keep(inOrder());
  }
  for (const [method, result] of known) {
    for (const more of hasNoise(method) && (named?.includes(method as ComputedMethod) ?? true) ? moreSeeds : []) {
      if (known.get(method)?.seeds?.some((entry) => entry.seed === more)) continue;
      console.log(`${method}, noise seed ${more}`);
      const set = await pairedSet(join(root, hr), join(root, folder));
      const { methods: again } = await runEvaluation(set, true, [method], { ...options, seed: more });
      const before = known.get(method) ?? result;
      const found = again.map(({ images }) => ({ seed: more, images }));
      known.set(method, { ...before, seeds: [...(before.seeds ?? []), ...found] });
      await keep(inOrder());
    }
  }
  return inOrder();
}

/** Flat colours of those of `available` that are asked, measured again where the weights are others. */
async function flatColours(available: readonly ComputedMethod[]): Promise<StoredFlatColours[]> {
  const found: StoredFlatColours[] = [];
  for (const method of flatMethods.filter((name) => available.includes(name))) {
    const print = fingerprint(method, manifest, 'flat colours', options);
    const known = stored?.flat.find((entry) => entry.method === method && entry.fingerprint === print);
    if (known) found.push(known);
    else if (named?.includes(method) ?? true) {
      console.log(`\nflat colours: ${method}`);
      const open = await openNodeBackend(backend);
      try {
        const settings = { ...options, memoryBudget: defaultOptions.memoryBudget };
        const opened = await openMethod(method, open, presetSource(options), settings);
        found.push({ method, ...(await measureFlatColours(opened)), fingerprint: print });
        opened.dispose();
      } finally {
        open.dispose();
      }
    }
  }
  return found;
}

async function main(): Promise<void> {
  if (values.page) return writePage();
  let results: StoredResults = {
    preset,
    seed,
    colourLock,
    weights: weightsOf(manifest),
    sets: stored?.sets ?? [],
    flat: stored?.flat ?? [],
  };
  const keep = (set: StoredSet) => {
    const { sets } = results;
    const find = (kind: DegradationKind) => sets.find(({ degradation }) => degradation === kind) ?? [];
    results = { ...results, sets: kinds.flatMap((kind) => (kind === set.degradation ? set : find(kind))) };
    return writeResults(numbers, results);
  };
  // Those that were measured stay in the tables.
  const before = results.sets.flatMap((set) => set.methods.map(({ method }) => method));
  const publicNetworks = peers
    .map((peer) => `onnx:${peersFolder}/${peer.name}.onnx` as const)
    .filter((method) => values.peers || before.includes(method));
  if (values.peers) await chooseMethods({ ...options, methods: publicNetworks }, true);
  await chooseMethods({ ...options, methods: named }, true);
  const own = (await chooseMethods({ ...options, methods: null }, true)).filter((name) => name !== 'nearest');
  const methods = own.flatMap((name): ComputedMethod[] => {
    if (name === 'autoencoder') return [...esrganNames, ...publicNetworks, name];
    return name === 'resshift' ? [...teacherSamplings(teacherStepsOf(manifest)), name] : [name];
  });
  for (const kind of kinds) {
    console.log(`\n${kind}`);
    const before = results.sets.flatMap((set) => set.methods);
    await keep(await measure(kind, methods, before, keep));
  }
  results = { ...results, flat: await flatColours(own) };
  await writeResults(numbers, results);
  await writePage();
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
