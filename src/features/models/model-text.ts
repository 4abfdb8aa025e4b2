/** Models in words. */

import type { PresetName } from '../../presets/presets.ts';
import type { ModelEntry, PresetModels } from '../../protocol/models.ts';
import { isNetwork, methodTitle } from '../../report/methods.ts';

export const presetHints: Readonly<Record<PresetName, string>> = {
  compact: 'Plain convolutions at the size of the LR picture: the least arithmetic and memory for what they show.',
  paper: 'The networks of the papers. Add their autoencoder, and a student or a teacher.',
};

const besideG = (method: ModelEntry['method']) => (method === 'ours-conv' ? ' (conv G)' : '');

/** A network's role in words. */
export function roleName({ role, method, steps }: Pick<ModelEntry, 'role' | 'method' | 'steps'>): string {
  switch (role) {
    case 'autoencoder':
      return 'Autoencoder';
    case 'teacher':
      return methodTitle('resshift', steps);
    case 'student':
      return method && isNetwork(method) ? `student (${methodTitle(method)})` : 'student';
    case 'downsampler':
      return method === 'ours' ? 'Downsampler G, diffusion' : 'Downsampler G, convolutional';
    case 'discriminator-hr':
      return `Discriminator D_H${besideG(method)}`;
    case 'discriminator-lr':
      return `Discriminator D_L${besideG(method)}`;
  }
}

export const titleOf = (model: ModelEntry): string => model.title ?? roleName(model);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const words = (key: string) => key.replaceAll('_', ' ');
const number = (value: number) =>
  Number.isInteger(value) ? value.toLocaleString('en-US') : String(Number(value.toPrecision(4)));

/** Training and metrics of a manifest, of any shape, as names and values. */
export function factsOf(value: unknown, path: readonly string[] = []): [string, string][] {
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => factsOf(inner, [...path, words(key)]));
  if (value === null || value === undefined || path.length === 0) return [];
  const text = Array.isArray(value)
    ? value.map(String).join(', ')
    : typeof value === 'number'
      ? number(value)
      : String(value);
  return [[path.join(' · '), text]];
}

/** Names the networks that a preset lacks; empty when it runs. */
export function lackOf({ files, runs }: Pick<PresetModels, 'files' | 'runs'>): string {
  if (runs) return '';
  const used = files.filter(({ inUse }) => inUse);
  const autoencoder = used.some(({ role }) => role === 'autoencoder');
  const upscaler = used.some(({ role }) => role === 'student' || role === 'teacher');
  if (!autoencoder && !upscaler) return 'No weights yet.';
  return autoencoder ? 'A student or a teacher is still missing.' : 'The autoencoder is still missing.';
}
