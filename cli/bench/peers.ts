/**
 * Public networks beside the student by time for a megapixel and for its arithmetic, all in Node on WebAssembly: theirs and ours
 * in onnxruntime-web, and ours on tfjs's module with our kernels. Their files are those of `npm run peers`, LPIPS that of the results.
 */
import { existsSync, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openOnnxModel } from '../../src/engine/external/onnx-model.ts';
import { upscaleFactor } from '../../src/presets/architecture.ts';
import { knownCosts, ownCost } from '../peers/cost.ts';
import { peers, peersFolder } from '../peers/packages.ts';
import { faster, type Times, untimed } from './clock.ts';
import { type Contest, contestants, tileOf } from './contest.ts';
import type { Finding } from './measure.ts';
import { nodeGround } from './outside.ts';
import { printTable } from './table.ts';

const root = resolve(import.meta.dirname, '../..');

/** Networks that the ratios are to. */
const [perMegapixel, perMac] = ['realesrgan-x4plus', 'realesr-animevideov3-x4'];

interface PeerRow {
  readonly name: string;
  readonly runtime: 'onnxruntime-web' | 'tfjs';
  /** Of a tile. */
  readonly times: Times;
  readonly gmacPerMegapixel: number;
  /** Of megapixels and of arithmetic, by CPU time: theirs ÷ this one's, and this one's ÷ theirs. Null without the other's file. */
  readonly cheaperThanX4plus: number | null;
  readonly perGmacOfAnimevideo: number | null;
  /** On each set of docs/results.json that has it, by the set's degradation. */
  readonly lpips: Readonly<Record<string, number>>;
}

/** @returns of a method, its LPIPS by degradation */
async function storedLpips(): Promise<(method: string) => Record<string, number>> {
  interface Stored {
    readonly sets: readonly {
      readonly degradation: string;
      readonly methods: readonly { readonly method: string; readonly lpips: number }[];
    }[];
  }
  const { sets }: Stored = JSON.parse(await readFile(join(root, 'docs/results.json'), 'utf8'));
  return (name) =>
    Object.fromEntries(
      sets.flatMap(({ degradation, methods }) =>
        methods.filter(({ method }) => method === name).map(({ lpips }) => [degradation, lpips] as const),
      ),
    );
}

interface Entered extends Pick<PeerRow, 'name' | 'runtime' | 'gmacPerMegapixel' | 'lpips'> {
  readonly run: () => Promise<unknown>;
  readonly dispose: () => void;
}

async function enter(contest: Contest, folder: string): Promise<Entered[]> {
  const { preset, tile } = contest;
  const lpipsOf = await storedLpips();
  const own = { gmacPerMegapixel: ownCost(preset, tile).gmac, lpips: lpipsOf('ours') };
  const entered: Entered[] = [];
  for (const [name, runtime] of [
    ['ours', 'tfjs'],
    ['onnx', 'onnxruntime-web'],
  ] as const) {
    const { network, dispose } = await contestants[name].open(contest, nodeGround);
    entered.push({ name: 'the student', runtime, ...own, run: tileOf(network, tile), dispose });
  }
  const costs = await knownCosts(folder);
  for (const { name } of peers) {
    const file = join(folder, `${name}.onnx`);
    const cost = costs[name];
    if (!cost || !existsSync(file)) continue;
    const model = await openOnnxModel(await openAsBlob(file), await nodeGround.external.runtime(), tile);
    const lpips = lpipsOf(`onnx:${join(peersFolder, `${name}.onnx`)}`);
    const facts = { name, runtime: 'onnxruntime-web', gmacPerMegapixel: cost.gmac, lpips } as const;
    entered.push({ ...facts, run: tileOf(model, tile), dispose: () => model.dispose() });
  }
  return entered;
}

export async function besidePeers(contest: Contest): Promise<Finding> {
  const entered = await enter(contest, join(root, peersFolder));
  const best = new Map(entered.map((each) => [each, untimed]));
  // In turns, so that other work slows all of them; the first time prepares.
  for (let repeat = 0; repeat <= contest.repeats; repeat++) {
    for (const each of entered) {
      const times = await faster(each.run, best.get(each) ?? untimed);
      if (repeat > 0) best.set(each, times);
    }
    process.stderr.write(`  ${repeat} of ${contest.repeats}\n`);
  }
  for (const { dispose } of entered) dispose();
  const cpuOf = (each: Entered) => best.get(each)?.cpu ?? Number.NaN;
  const named = (wanted: string | undefined) => entered.find(({ name }) => name === wanted);
  const [x4plus, animevideo] = [named(perMegapixel), named(perMac)];
  const rows = entered.map((each): PeerRow => {
    const { name, runtime, gmacPerMegapixel, lpips } = each;
    const perGmac = (of: Entered) => cpuOf(of) / of.gmacPerMegapixel;
    return {
      name,
      runtime,
      times: best.get(each) ?? untimed,
      gmacPerMegapixel,
      cheaperThanX4plus: x4plus ? cpuOf(x4plus) / cpuOf(each) : null,
      perGmacOfAnimevideo: animevideo ? perGmac(each) / perGmac(animevideo) : null,
      lpips,
    };
  });
  const ratios = Object.fromEntries(
    rows.flatMap(({ name, runtime, cheaperThanX4plus, perGmacOfAnimevideo }) =>
      Object.entries({
        [`x4plus ÷ ${name}, ${runtime}`]: cheaperThanX4plus,
        [`${name}, ${runtime} ÷ animevideov3, a GMAC`]: perGmacOfAnimevideo,
      }).flatMap(([key, ratio]) => (ratio === null ? [] : [[key, ratio] as const])),
    ),
  );
  return { json: rows, ratios, print: () => printPeers(contest, rows) };
}

function printPeers({ preset, tile }: Contest, rows: readonly PeerRow[]): void {
  const megapixels = (tile * upscaleFactor) ** 2 / 1e6;
  const sets = [...new Set(rows.flatMap(({ lpips }) => Object.keys(lpips)))];
  const times = (ratio: number | null) => (ratio === null ? '–' : `${ratio.toFixed(2)}×`);
  console.log('');
  printTable([
    [
      `${preset}, tile of ${tile} px, WebAssembly in Node`,
      'ms',
      'CPU ms',
      's/MP',
      'x4plus ÷ it',
      'GMAC/MP',
      'ms/GMAC',
      'of animevideov3',
      ...sets.map((degradation) => `LPIPS ${degradation}`),
    ],
    ...rows.map(({ name, runtime, times: { wall, cpu }, gmacPerMegapixel, lpips, ...ratios }) => [
      `${name}, ${runtime}`,
      wall.toFixed(0),
      cpu.toFixed(0),
      (cpu / 1000 / megapixels).toFixed(2),
      times(ratios.cheaperThanX4plus),
      gmacPerMegapixel.toFixed(1),
      (cpu / (gmacPerMegapixel * megapixels)).toFixed(1),
      times(ratios.perGmacOfAnimevideo),
      ...sets.map((degradation) => lpips[degradation]?.toFixed(4) ?? '–'),
    ]),
  ]);
  console.log('s/MP, ms/GMAC and the ratios are by CPU time, without what tiles compute twice.');
  if (rows.some(({ cheaperThanX4plus: ratio }) => ratio === null)) console.log('npm run peers fetches the others.');
}
