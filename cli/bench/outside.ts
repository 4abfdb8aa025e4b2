/** Others beside us in Node, where onnxruntime-web runs on WebAssembly alone, so that all run there. */
import { resolve } from 'node:path';
import { openNodeBackend } from '../backend.ts';
import { nodeExternal } from '../external.ts';
import { directoryModelSource } from '../model-directory.ts';
import { type Contest, type Contestant, contestants } from './contest.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

const models = resolve(import.meta.dirname, '../../public/models');

/** A tile's time, or why there is none. */
export type OutsideRow = { readonly name: Contestant } & ({ readonly ms: number } | { readonly error: string });

export function printOutside(where: string, { preset, tile }: Contest, rows: readonly OutsideRow[]): void {
  const own = rows.find((row) => row.name === 'ours');
  const times = rows.map((row) => {
    const { name } = contestants[row.name];
    if ('error' in row) return [name, '–', '–', '–'];
    const relative = own && 'ms' in own ? `${(row.ms / own.ms).toFixed(2)}×` : '–';
    return [name, row.ms.toFixed(0), ((16 * tile * tile) / row.ms / 1000).toPrecision(2), relative];
  });
  console.log('');
  printTable([[`${preset}, tile of ${tile} px, ${where}`, 'ms', 'MP/s', 'of ours'], ...times]);
  for (const row of rows) if ('error' in row) console.log(`${contestants[row.name].name}: ${row.error}`);
}

export async function besideOthers(contest: Contest): Promise<Finding> {
  const ground = {
    openBackend: openNodeBackend,
    models: (preset: string) => directoryModelSource(`${models}/${preset}`),
    external: nodeExternal,
  };
  const rows: OutsideRow[] = [];
  for (const name of Object.keys(contestants) as Contestant[]) {
    const { ms } = await contestants[name].run(contest, ground);
    rows.push({ name, ms });
  }
  return { json: rows, print: () => printOutside('WebAssembly', contest, rows) };
}
