/**
 * The smallest networks in the place of compact's, for specs about the page and not about what its networks make of a
 * picture: real files and the real engine, a tenth of the work.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BrowserContext } from '@playwright/test';
import { presets } from '../src/presets/presets.ts';
import { modelOf, type TinyModel } from '../tests/support/tiny-model.ts';

/** Networks whose tiles don't overlap. */
export const serveLocalWeights = async (context: BrowserContext): Promise<void> =>
  serve(context, await modelOf(presets.tiny, ['ours']), 15);

/** Gives these weights to every page of the context that is opened from now on. @param steps of the teacher's schedule */
export const serveTinyWeights = async (context: BrowserContext, steps = 15): Promise<void> =>
  serve(context, await tinyModels(), steps);

const tinyModels = () => modelOf(presets.tiny, ['sinsr', 'l2', 'ours-conv', 'ours'], true);

/** As `serveTinyWeights`, with the discriminators that ship: they judge pictures of any network. */
export async function serveTinyWeightsWithCritics(context: BrowserContext): Promise<void> {
  const path = resolve(import.meta.dirname, '../public/models/compact/manifest.json');
  const { files } = JSON.parse(await readFile(path, 'utf8')) as { files: readonly Entry[] };
  const critics = files.filter(({ role }) => role.startsWith('discriminator-'));
  await serve(context, await tinyModels(), 15, critics);
}

interface Entry {
  readonly name: string;
  readonly role: string;
}

/** @param shipped entries of the manifest that ships, whose files are served as they are */
async function serve(
  context: BrowserContext,
  { json, manifest, files }: TinyModel,
  steps: number,
  shipped: readonly Entry[] = [],
): Promise<void> {
  const shown = JSON.stringify({
    ...json,
    diffusion: { ...manifest.diffusion, steps },
    files: [...json.files, ...shipped],
  });
  // As the page's own: it is cross-origin isolated.
  const headers = { 'Cross-Origin-Embedder-Policy': 'require-corp' };
  await context.route(/\/models\/compact\//, async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    // The discriminators' features have one size.
    if (name.startsWith('efficientnet')) return route.continue();
    if (shipped.some((entry) => entry.name === name)) return route.continue();
    const file = files.get(name);
    const body = name === 'manifest.json' ? shown : file && Buffer.from(await file.arrayBuffer());
    await route.fulfill(body ? { body, headers } : { status: 404 });
  });
}
