/**
 * The one tile size of a session, chosen once since tfjs's buffer pool keeps every size it has seen: the largest the memory
 * budget and the device's buffers allow, with the reason in words.
 */
import type { Backend, BackendKind } from '../../gpu/backend.ts';
import { computedSide, type Tiling } from '../../imaging/tiling.ts';

export interface TileCost {
  /** Peak bytes of all that is alive at once while one tile runs. */
  readonly peak: number;
  /** The largest single tensor in bytes. */
  readonly largest: number;
}

export interface TileChoice {
  readonly tile: number;
  /** Rows of the latent that are decoded at once; undefined: all. */
  readonly rows?: number;
  readonly reason: string;
}

export interface TileQuestion {
  readonly requested: number | 'auto';
  readonly backend: BackendKind;
  /** WebGPU on the CPU: many times slower than a GPU. */
  readonly isSoftware: boolean;
  readonly tiling: Tiling;
  /** @param side of the square that is computed, LR pixels; rows of its latent that are decoded at once, left out: all */
  readonly cost: (side: number, rows?: number) => TileCost;
  readonly memoryBudget: number;
  /** Largest buffer the device binds. */
  readonly maxBuffer: number;
}

/** The part of a question that is the device's. */
export const deviceOf = ({
  kind,
  adapter,
  limits,
}: Backend): Pick<TileQuestion, 'backend' | 'isSoftware' | 'maxBuffer'> => ({
  backend: kind,
  isSoftware: adapter?.isSoftware ?? false,
  maxBuffer: limits ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : 2 ** 31,
});

/**
 * Beyond this a tile only costs patience: it is the unit of progress and of cancelling. Networks whose tiles have context take
 * a fifth of the others' time for a pixel or less, and the larger a tile, the less of it is context.
 */
const largestAuto: Record<Tiling['join'], Record<BackendKind | 'software', number>> = {
  blend: { webgpu: 128, wasm: 64, cpu: 64, software: 32 },
  context: { webgpu: 256, wasm: 128, cpu: 128, software: 64 },
};
const largestTile = 256;

const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;

/** Into so many strips the smallest tile's decode is cut where it doesn't fit whole; the encoder needs as much as a quarter. */
const stripCounts = [2, 4] as const;

/** Rows of the latent in the smallest strip of the smallest tile. */
export const fewestRows = (tiling: Tiling): number => computedSide(tiling, tiling.align) / Math.max(...stripCounts);

/** @throws one sentence when not even the smallest tile fits. */
export function chooseTile(question: TileQuestion): TileChoice {
  const { requested, backend, isSoftware, tiling, memoryBudget, maxBuffer } = question;
  const alignment = tiling.align;
  const cost = (tile: number, rows?: number) => question.cost(computedSide(tiling, tile), rows);
  const sides: number[] = [];
  for (let side = alignment; side <= largestTile; side += alignment) sides.push(side);
  const fits = (side: number, rows?: number) =>
    cost(side, rows).peak <= memoryBudget && cost(side, rows).largest <= maxBuffer;
  const possible = sides.filter((side) => fits(side));
  const largest = possible[possible.length - 1];
  if (largest === undefined) {
    const smallest = computedSide(tiling, alignment);
    const count = stripCounts.find((strips) => fits(alignment, smallest / strips));
    if (count !== undefined) {
      const rows = smallest / count;
      return {
        tile: alignment,
        rows,
        reason: `${alignment} px, the smallest, decoded in ${count} strips: ${megabytes(cost(alignment, rows).peak)} of a ${megabytes(memoryBudget)} budget, where a whole decode needs ${megabytes(cost(alignment).peak)}.`,
      };
    }
    const need = cost(alignment, fewestRows(tiling));
    throw new Error(
      need.largest > maxBuffer
        ? `This device binds at most ${megabytes(maxBuffer)} at once, and the smallest tile needs ${megabytes(need.largest)}: use a smaller preset.`
        : `The smallest tile needs ${megabytes(need.peak)}, over the memory budget of ${megabytes(memoryBudget)}: raise the budget or use a smaller preset.`,
    );
  }
  const budget = `${megabytes(cost(largest).peak)} of a ${megabytes(memoryBudget)} budget`;
  if (requested !== 'auto') {
    const wanted = Math.min(largestTile, Math.max(alignment, Math.round(requested / alignment) * alignment));
    if (wanted > largest) {
      return {
        tile: largest,
        reason: `${wanted} px was asked for; ${largest} px is the largest that fits (${budget}).`,
      };
    }
    const rounded = wanted === requested ? '' : ` (${requested} px rounded to a multiple of ${alignment})`;
    return {
      tile: wanted,
      reason: `${wanted} px as asked${rounded}: ${megabytes(cost(wanted).peak)} of ${megabytes(memoryBudget)}.`,
    };
  }
  const usual = largestAuto[tiling.join][isSoftware ? 'software' : backend];
  const tile = Math.max(alignment, Math.min(largest, Math.floor(usual / alignment) * alignment));
  const reason =
    tile < largest
      ? `${tile} px keeps a tile short enough to watch and cancel on ${backend === 'webgpu' && !isSoftware ? 'this GPU' : 'the CPU'}; it needs ${megabytes(cost(tile).peak)}.`
      : `${tile} px is the largest that fits: ${budget}.`;
  return { tile, reason };
}
