import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin, type Rolldown } from 'vite';
import { esrganNames } from './src/report/methods.ts';

// SharedArrayBuffer, and with it the threaded WASM fallback, needs a cross-origin isolated page.
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

// A policy in the page's head binds the page alone; the worker, where everything is computed, takes its own from the header.
const [, policy = ''] = /Content-Security-Policy"\s+content="([^"]+)"/.exec(readFileSync('index.html', 'utf8')) ?? [];

/**
 * tfjs starts its WASM threads from the source text of a function, by `toString()`. Minified, that text names variables
 * that exist only in the bundle, and every thread dies; so it is given the file's own text instead.
 */
function wasmThreadSource(): Plugin {
  const call = /\[`var WasmBackendModuleThreadedSimd = ` \+\s*wasmFactoryThreadedSimd\.toString\(\)\]/;
  return {
    name: 'wasm-thread-source',
    transform(code, id) {
      if (!/tfjs-backend-wasm\/dist\/backend_wasm\.js/.test(id)) return null;
      if (!call.test(code))
        this.error('tfjs-backend-wasm starts its threads in another way now: adapt wasmThreadSource.');
      const source = `import threadSource from '../wasm-out/tfjs-backend-wasm-threaded-simd.js?raw';\n`;
      return { code: source + code.replace(call, '[threadSource]'), map: null };
    },
  };
}

/** KaTeX offers each font in three formats; every browser with WebGPU takes the smallest. */
function woff2Alone(): Plugin {
  return {
    name: 'woff2-alone',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex\.min\.css/.test(id)) return null;
      const [before, after] = [code, code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("[^"]*"\)/g, '')];
      if (before === after) this.error('KaTeX lists its fonts in another way now: adapt woff2Alone.');
      return { code: after, map: null };
    },
  };
}

/** UpscalerJS's models ×4, with their licence, at models/outside: their packages bring the weights. */
function outsideModels(): Plugin {
  const files = new Map<string, string>();
  for (const name of esrganNames) {
    const folder = `node_modules/@upscalerjs/${name}`;
    files.set(`models/outside/${name}/LICENSE`, `${folder}/LICENSE`);
    for (const file of readdirSync(`${folder}/models/x4`))
      files.set(`models/outside/${name}/${file}`, `${folder}/models/x4/${file}`);
  }
  return {
    name: 'outside-models',
    generateBundle() {
      for (const [fileName, path] of files) this.emitFile({ type: 'asset', fileName, source: readFileSync(path) });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = files.get((request.url ?? '').slice(1).split('?')[0] ?? '');
        if (path) createReadStream(path).pipe(response);
        else next();
      });
    },
  };
}

/** All of public but weights, which the engine keeps by itself, recordings, and the gallery's pictures, which come one by one. */
const publicFiles = (): string[] =>
  readdirSync('public', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(safetensors|zip|md|txt)$/.test(entry.name))
    .map(({ parentPath, name }) => `${parentPath.replace(/^public\/?/, '')}/${name}`.replace(/^\//, ''))
    .filter((path) => !path.startsWith('gallery/'))
    .sort();

/**
 * In licences.md the notices of all packages whose code is in the build, workers' too, which are built before the page: most licences
 * ask that a notice goes with each copy.
 */
function licences(): { readonly found: () => Plugin; readonly written: () => Plugin } {
  const folders = new Set<string>();
  const apache =
    'Apache-2.0, where a package has no text of it: [LICENSE-Apache-2.0.txt](models/LICENSE-Apache-2.0.txt).\n';
  const find: Plugin['generateBundle'] = (_, bundle) => {
    for (const chunk of Object.values(bundle))
      for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
        const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replace(/^\0/, '')) ?? [];
        if (folder) folders.add(folder);
      }
  };
  const section = (folder: string): string => {
    const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
    const text = file
      ? readFileSync(`${folder}/${file}`, 'utf8').trim()
      : `By ${author?.name ?? author ?? 'its contributors'}. The package brings no text of its licence.`;
    return `## ${name} ${version} (${license})\n\n${text}\n`;
  };
  return {
    found: () => ({ name: 'licences-found', generateBundle: find }),
    written: () => ({
      name: 'licences-written',
      apply: 'build',
      generateBundle: {
        order: 'post',
        handler(options, bundle, isWrite) {
          find.call(this, options, bundle, isWrite);
          const source = ['# Packages in this build\n', apache, ...[...folders].map(section).sort()].join('\n');
          this.emitFile({ type: 'asset', fileName: 'licences.md', source });
        },
      },
    }),
  };
}

/** The service worker, with the names of the build's files: onnxruntime's and AVIF's decoder are left out, which few visits need. */
function offlineWorker(): Plugin {
  return {
    name: 'offline-worker',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: 'src/engine/service-worker.ts', fileName: 'sw.js' });
    },
    generateBundle: {
      // Vite removes chunks that are style sheets alone: a file that is not there would end the worker's installation.
      order: 'post',
      handler(_, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') this.error('The service worker is not in the bundle.');
        const built = Object.keys(bundle).filter(
          (name) => /^assets\/.*\.(js|css|woff2|wasm)$/.test(name) && !/^assets\/(ort|avif)/.test(name),
        );
        const files = [...publicFiles(), ...built.sort()];
        const version = createHash('sha256')
          .update(files.join() + policy + worker.code)
          .digest('hex')
          .slice(0, 12);
        const values = { offlineFiles: files, offlineVersion: version, offlinePolicy: policy };
        for (const [name, value] of Object.entries(values))
          worker.code = worker.code.replaceAll(name, JSON.stringify(value));
      },
    },
  };
}

/**
 * All modules that the engine's worker imports at its start, in one chunk. Left alone they become one for each set of modules that
 * import them later, and a browser hears of each level of imports only when it has the one before.
 */
function startOfEngine(): Rolldown.CodeSplittingGroup {
  const entry = resolve(import.meta.dirname, 'src/engine/worker.ts');
  const reached = new Set<string>();
  return {
    debugName: 'the start of the engine',
    name(id, context) {
      // Other workers are built by these options as well.
      if (!context.getModuleInfo(entry)) return null;
      const waiting = reached.size === 0 ? [entry] : [];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (reached.has(next)) continue;
        reached.add(next);
        waiting.push(...(context.getModuleInfo(next)?.importedIds ?? []));
      }
      return reached.has(id) ? 'engine' : null;
    },
  };
}

/** The page's own chunks load beside its entry, which starts the engine and imports them only then. */
function pagePreload(): Plugin {
  return {
    name: 'page-preload',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const page = Object.values(bundle).find(({ name }) => name === 'page');
        if (page?.type !== 'chunk') return html;
        const scripts = [page.fileName, ...page.imports];
        const sheets = scripts.flatMap((name) => {
          const chunk = bundle[name];
          return chunk?.type === 'chunk' ? [...(chunk.viteMetadata?.importedCss ?? [])] : [];
        });
        const isThere = (file: string) => html.includes(`./${file}"`);
        const link = (rel: string) => (file: string) => ({
          tag: 'link',
          attrs: { rel, crossorigin: true, href: `./${file}` },
          injectTo: 'head' as const,
        });
        return [
          ...scripts.filter((file) => !isThere(file)).map(link('modulepreload')),
          ...sheets.filter((file) => !isThere(file)).map(link('stylesheet')),
        ];
      },
    },
  };
}

const { found, written } = licences();

export default defineConfig({
  base: './',
  // As on any static host: a file that is not there is not the page.
  appType: 'mpa',
  plugins: [react(), woff2Alone(), outsideModels(), offlineWorker(), pagePreload(), written()],
  // onnxruntime's module as a file of its own, from which it starts its threads.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  worker: {
    format: 'es',
    plugins: () => [wasmThreadSource(), found()],
    rolldownOptions: { output: { codeSplitting: { groups: [startOfEngine()] } } },
  },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 2048,
    // The page's policy takes fonts from its own folder alone.
    assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
  },
  server: { headers: isolation },
  preview: { headers: { ...isolation, 'Content-Security-Policy': policy } },
});
