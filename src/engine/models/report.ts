/** What a file of weights was found to be, in plain data for the page, and in words. */
import type { WeightFile } from '../../formats/weight-file.ts';
import type { MappingReport, TensorList } from '../../protocol/models.ts';
import { convertedBytes } from './convert.ts';
import { isComplete, type Mapping } from './mapping.ts';

const shown = 5;
const list = (names: readonly string[]): TensorList => ({ count: names.length, first: names.slice(0, shown) });

export function mappingReport(file: WeightFile, mapping: Mapping): MappingReport {
  const { network, set, matched, differences, alternatives } = mapping;
  return {
    kind: file.kind,
    path: set.path,
    alternatives,
    preset: network.preset,
    part: network.part,
    dtypes: [...new Set([...set.tensors.values()].map(({ dtype }) => dtype))].sort(),
    needed: network.shapes.size,
    matched,
    missing: list(differences.missing),
    unexpected: list(differences.unexpected),
    wrongShape: list(differences.wrongShape),
    complete: isComplete(mapping),
    bytes: { f16: convertedBytes(mapping, 'f16'), f32: convertedBytes(mapping, 'f32') },
  };
}

const parts = { autoencoder: 'autoencoder', unet: 'diffusion network' } as const;

function lines(title: string, { count, first }: TensorList): string[] {
  if (count === 0) return [];
  const more = count > first.length ? `, and ${count - first.length} more` : '';
  return [`${count} ${title}: ${first.join(', ')}${more}`];
}

/** For a terminal. */
export function reportLines(report: MappingReport): string[] {
  const { preset, part, path, matched, needed, alternatives } = report;
  return [
    `${parts[part]} of the ${preset} preset${path === '' ? '' : `, from its "${path}"`}: ${matched} of ${needed} tensors match`,
    ...lines('missing', report.missing),
    ...lines('of another shape', report.wrongShape),
    ...lines('not needed and left out', report.unexpected),
    ...(alternatives.length > 0
      ? [`the file has this network also as ${alternatives.map((p) => `"${p}"`).join(', ')}`]
      : []),
  ];
}
