/** A manifest as it is written: what `parseManifest` reads back. */
import type { AutoencoderConfig } from './architecture.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** The public configurations keep the networks' numbers in `ddconfig`, beside the embedding's. */
export function autoencoderJson(config: AutoencoderConfig): object {
  if (config.kind === 'tiny') return config;
  const { kind: _, embed_dim, n_embed, ...ddconfig } = config;
  return { embed_dim, n_embed, ddconfig };
}

function fileJson(entry: ManifestFile, spare: boolean): object {
  const { title, licence, source, diffusion, config, ...facts } = entry;
  const stated = Object.entries({ title, licence, source, diffusion }).filter(([, value]) => value !== null);
  return {
    ...facts,
    ...Object.fromEntries(stated),
    config: entry.role === 'autoencoder' ? autoencoderJson(entry.config) : config,
    ...(spare ? { spare } : {}),
  };
}

export function manifestJson({ files, spare, ...top }: Manifest): string {
  const entries = [...files.map((entry) => fileJson(entry, false)), ...spare.map((entry) => fileJson(entry, true))];
  return `${JSON.stringify({ format: 1, ...top, files: entries }, null, 2)}\n`;
}
