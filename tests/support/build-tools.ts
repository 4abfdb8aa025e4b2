/**
 * Before tests that start the command line: its tools, each as the JavaScript that tsx makes of it, in `.cache/tools`. A tool
 * starts so in a quarter of the time, of which the suite spends a hundred starts.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import type { TestProject } from 'vitest/node';
import { builtTools, root } from './command-line.ts';

/** Modules that look for files beside themselves look beside their source. */
const sourcePlaces: Plugin = {
  name: 'source-places',
  transform(code, id) {
    if (!code.includes('import.meta.')) return null;
    const at = (place: string, value: string) => [`import.meta.${place}`, JSON.stringify(value)] as const;
    const [folder, url] = [at('dirname', dirname(id)), at('url', pathToFileURL(id).href)];
    return { code: code.replaceAll(...folder).replaceAll(...url), map: null };
  },
};

const buildTools = () =>
  build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    plugins: [sourcePlaces],
    // Packages stay outside, and what package.json says of them.
    ssr: { external: true },
    build: {
      ssr: true,
      outDir: builtTools,
      target: 'node20',
      rollupOptions: {
        input: readdirSync(join(root, 'cli'))
          .filter((name) => /^[a-z-]+\.ts$/.test(name))
          .map((name) => join(root, 'cli', name)),
        external: /^#/,
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'parts/[name]-[hash].mjs' },
      },
    },
  });

export default async function setup(project: TestProject): Promise<void> {
  await buildTools();
  project.onTestsRerun(async () => void (await buildTools()));
}
