/**
 * Maps a file of weights to a network by its tensors' names and shapes. Nothing is loaded for that; a misfit is
 * listed, so that a person sees it before anything is kept.
 */
import { FormatError, quote } from '../../formats/errors.ts';
import type { WeightFile, WeightSet } from '../../formats/weight-file.ts';
import { autoencoderParamShapes } from '../../nn/autoencoder.ts';
import { compareNames, type NameReport } from '../../nn/params.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import type { AutoencoderConfig, ParamShapes, UnetConfig } from '../../presets/architecture.ts';
import { type OfficialFile, officialFile } from '../../presets/official.ts';
import { type PresetName, presetNames, presets } from '../../presets/presets.ts';
import { checkpointFormat } from '../../training/checkpoint.ts';

export type KnownNetwork = { readonly preset: PresetName; readonly shapes: ParamShapes } & (
  | { readonly part: 'autoencoder'; readonly config: AutoencoderConfig }
  | { readonly part: 'unet'; readonly config: UnetConfig }
);

export interface Mapping {
  readonly network: KnownNetwork;
  readonly set: WeightSet;
  /** The network's name of a tensor → the file's. */
  readonly names: ReadonlyMap<string, string>;
  /** Tensors that are there, with the right shape. */
  readonly matched: number;
  readonly differences: NameReport;
  /** Other dictionaries of the file that are this network as well, such as its running average. */
  readonly alternatives: readonly string[];
}

/** Every network that can upscale, of every preset. */
export const knownNetworks = (): KnownNetwork[] =>
  [...presetNames].reverse().flatMap((preset): KnownNetwork[] => {
    const { autoencoder, unet } = presets[preset];
    return [
      { preset, part: 'autoencoder', config: autoencoder, shapes: autoencoderParamShapes(autoencoder) },
      { preset, part: 'unet', config: unet, shapes: unetParamShapes(unet) },
    ];
  });

/** Strips the prefixes of DistributedDataParallel and torch.compile from names. */
const strip = (name: string) => name.replaceAll(/(^|\.)(module|_orig_mod)(?=\.)/g, '').replace(/^\./, '');

function stripped(set: WeightSet): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of set.tensors.keys()) {
    const short = strip(name);
    if (names.has(short)) {
      throw new FormatError(`The file has the tensor ${quote(short)} twice, with and without a prefix.`);
    }
    names.set(short, name);
  }
  return names;
}

function compare(set: WeightSet, names: ReadonlyMap<string, string>, network: KnownNetwork) {
  const found = new Map(
    [...names].map(([short, name]) => [short, { shape: set.tensors.get(name)?.shape ?? [] }] as const),
  );
  const differences = compareNames(network.shapes, found);
  const matched = network.shapes.size - differences.missing.length - differences.wrongShape.length;
  return { network, set, names, matched, differences };
}

/** The tensors below a prefix, by their names behind it. */
function within(set: WeightSet, path: string): WeightSet {
  const prefix = `${path}.`;
  const tensors = [...set.tensors].filter(([name]) => name.startsWith(prefix));
  return {
    path,
    tensors: new Map(tensors.map(([name, tensor]) => [name.slice(prefix.length), tensor])),
    read: (name) => set.read(prefix + name),
  };
}

/** Of the networks in a checkpoint of co-training the student upscales. */
const setsOf = ({ metadata, sets }: WeightFile): readonly WeightSet[] =>
  metadata.format === checkpointFormat
    ? sets.flatMap((set) => ['student', 'average.student'].map((path) => within(set, path)))
    : sets;

/** A running average gives the better pictures; the plain network is what a file is expected to hold. */
const preference = ({ path }: WeightSet) =>
  /ema|average/i.test(path) ? 2 : path === '' || path === 'state_dict' ? 1 : 0;

/**
 * The network that most of a file's tensors belong to.
 * @throws FormatError when none does
 */
export function mapWeights(file: WeightFile, networks: readonly KnownNetwork[] = knownNetworks()): Mapping {
  const candidates = setsOf(file).flatMap((set) => {
    const names = stripped(set);
    return networks.map((network) => compare(set, names, network));
  });
  const share = ({ matched, network }: (typeof candidates)[number]) => matched / network.shapes.size;
  // Sorting is stable: among equals the file's own order holds.
  const [best] = candidates
    .filter(({ matched }) => matched > 0)
    .sort((a, b) => share(b) - share(a) || preference(b.set) - preference(a.set));
  if (!best) {
    const names = file.sets.flatMap(({ tensors }) => [...tensors.keys()]);
    throw new FormatError(
      `No network here has such tensors (${names.length}, the first is ${quote(names[0] ?? '')}): choose an autoencoder, a teacher or a student.`,
    );
  }
  const alternatives = candidates
    .filter(({ network, set, matched }) => network === best.network && set !== best.set && matched === best.matched)
    .map(({ set }) => set.path);
  return { ...best, alternatives };
}

/** Facts of a public file: its name identifies it, and its tensors confirm that. */
export const knownFile = (fileName: string, { network }: Mapping): OfficialFile | null =>
  network.preset === 'paper' ? officialFile(fileName) : null;

/** Nothing missing, and every shape right; what is there beyond that is left alone. */
export const isComplete = ({ differences }: Mapping): boolean =>
  differences.missing.length === 0 && differences.wrongShape.length === 0;
