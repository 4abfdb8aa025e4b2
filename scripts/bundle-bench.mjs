/** `npm run bench` as one program with its packages, for machines without npm: `node scripts/bundle-bench.mjs FOLDER`. */
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'vite';

const folder = process.argv[2];
if (!folder) {
  console.error('Usage: node scripts/bundle-bench.mjs FOLDER');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
/** It runs in the checkout: weights and pictures lie there, beside the modules that were bundled. */
const inCheckout = {
  name: 'in-checkout',
  transform(code, id) {
    if (!id.startsWith(root) || !code.includes('import.meta.dirname')) return null;
    const place = JSON.stringify(`/${relative(root, dirname(id))}`);
    return { code: code.replaceAll('import.meta.dirname', `(process.cwd() + ${place})`), map: null };
  },
};
// Outside the bundle: native libraries, and what only other kinds of measurement load.
const external = ['webgpu', 'sharp', 'vite', '@playwright/test', 'onnxruntime-web'];
await build({
  configFile: false,
  publicDir: false,
  logLevel: 'error',
  plugins: [inCheckout],
  ssr: { noExternal: true, external },
  build: {
    ssr: 'cli/bench.ts',
    outDir: folder,
    emptyOutDir: true,
    target: 'node20',
    // tfjs's WebAssembly module is CommonJS in Node.
    rollupOptions: { output: { banner: 'const __dirname = import.meta.dirname;' } },
  },
});
await writeFile(join(folder, 'package.json'), '{"type":"module"}\n');
const platform = `${process.platform}-${process.arch}`;
const dawn = ['package.json', 'index.js', 'LICENSE.md', join('dist', platform)].map((part) => join('webgpu', part));
// The backend's code is in the bundle: its module is found beside the entry.
const wasm = ['package.json', 'dist/tf-backend-wasm.node.js', 'dist/tfjs-backend-wasm-simd.wasm'].map((part) =>
  join('@tensorflow/tfjs-backend-wasm', part),
);
const sharp = [
  'sharp',
  'detect-libc',
  'semver',
  '@img/colour',
  `@img/sharp-${platform}`,
  `@img/sharp-libvips-${platform}`,
];
for (const part of [...dawn, ...wasm, ...sharp]) {
  await cp(join(root, 'node_modules', part), join(folder, 'node_modules', part), {
    recursive: true,
    dereference: true,
  });
}
