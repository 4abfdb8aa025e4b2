import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

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

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es', plugins: () => [wasmThreadSource()] },
  build: { target: 'es2023', chunkSizeWarningLimit: 2048 },
  server: { headers: isolation },
  preview: { headers: { ...isolation, 'Content-Security-Policy': policy } },
});
