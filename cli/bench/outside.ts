/** Others beside us in Node, where onnxruntime-web runs on WebAssembly alone, so that all run there. */
import { openNodeBackend } from '../backend.ts';
import { nodeExternal } from '../external.ts';
import { shippedFolder } from '../model-directory.ts';
import { type Contest, type Contestant, contestants, type Ground, timeTile } from './contest.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';

export const nodeGround: Ground = { openBackend: openNodeBackend, models: shippedFolder, external: nodeExternal };

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
  const rows: OutsideRow[] = [];
  for (const name of Object.keys(contestants) as Contestant[]) {
    const { ms } = await timeTile(name, contest, nodeGround);
    rows.push({ name, ms });
  }
  return { json: rows, print: () => printOutside('WebAssembly', contest, rows) };
}
