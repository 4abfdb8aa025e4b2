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

const text = (fields: unknown, key: string): string | null => {
  const value = isRecord(fields) ? fields[key] : undefined;
  return typeof value === 'string' ? value : null;
};
const amount = (fields: unknown, key: string): number | null => {
  const value = isRecord(fields) ? fields[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

/** "160,000 crops in 2.0 h" (as far as the manifest says so) and the date; null: it says nothing. */
export function trainingOf({ training }: Pick<ModelEntry, 'training'>): Record<'trained' | 'when', string | null> {
  const [samples, steps, hours] = (['samples', 'steps', 'hours'] as const).map((key) => amount(training, key));
  const iterations = steps ?? amount(training, 'iterations');
  const count =
    typeof samples === 'number'
      ? `${number(samples)} crops`
      : typeof iterations === 'number'
        ? `${number(iterations)} iterations`
        : null;
  const time = typeof hours === 'number' ? `${hours.toFixed(1)} h` : null;
  return { trained: [count, time].filter((part) => part !== null).join(' in ') || null, when: text(training, 'date') };
}

/**
 * LPIPS and PSNR of the validation pictures, degraded by Real-ESRGAN's chain where that was told apart; null: not measured. G and
 * the discriminators have none of their own: their manifest entries repeat the student's.
 */
export function validationOf({ role, metrics }: Pick<ModelEntry, 'role' | 'metrics'>): string | null {
  if (role === 'downsampler' || role === 'discriminator-hr' || role === 'discriminator-lr') return null;
  const of = isRecord(metrics) ? metrics : {};
  // The stage `evaluate` scores all methods side by side; until then there are the stage's own last figures.
  const together = isRecord(of['realesrgan-test']) ? of['realesrgan-test'].result : undefined;
  const find = (key: string) =>
    amount(together, key) ?? amount(of.validation, `realesrgan-test ${key}`) ?? amount(of.validation, key);
  const [lpips, psnr] = [find('lpips_alex'), find('psnr_y')];
  const parts = [
    lpips === null ? null : `LPIPS ${lpips.toFixed(3)}`,
    psnr === null ? null : `PSNR ${psnr.toFixed(1)} dB`,
  ];
  return parts.filter((part) => part !== null).join(', ') || null;
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
