/** `npm run bench` as one program with its packages, for machines without npm: `node scripts/bundle-bench.mjs FOLDER`. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';

const folder = process.argv[2];
if (!folder) {
  console.error('Usage: node scripts/bundle-bench.mjs FOLDER');
  process.exit(2);
}
// Outside the bundle: Dawn, which is a native library, and what only other kinds of measurement load.
const external = ['webgpu', 'sharp', 'vite', '@playwright/test', 'onnxruntime-web'];
await build({
  configFile: false,
  publicDir: false,
  logLevel: 'error',
  ssr: { noExternal: true, external },
  build: { ssr: 'cli/bench.ts', outDir: folder, emptyOutDir: true, target: 'node20' },
});
await writeFile(join(folder, 'package.json'), '{"type":"module"}\n');
const dawn = join('node_modules', 'webgpu');
const platform = `${process.platform}-${process.arch}`;
for (const part of ['package.json', 'index.js', 'LICENSE.md', join('dist', platform)]) {
  await cp(join(dawn, part), join(folder, dawn, part), { recursive: true });
}
