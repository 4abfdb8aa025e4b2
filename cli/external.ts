/** External models in Node: UpscalerJS's from their npm packages, ONNX files from disk, onnxruntime's WebAssembly. */
import { existsSync, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ExternalSource } from '../src/engine/external/open.ts';

/** The folder of an installed package that shows nothing but its code. */
export function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  return entry.slice(0, entry.indexOf(join(name, '/')) + name.length);
}

export const nodeExternal: ExternalSource = {
  async esrgan(name) {
    const folder = join(packageFolder(`@upscalerjs/${name}`), 'models/x4');
    return {
      model: JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')),
      async file(part) {
        const { buffer, byteOffset, byteLength } = await readFile(join(folder, part));
        return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
      },
    };
  },
  async onnx(path) {
    if (!existsSync(path)) throw new Error(`${path}: there is no such file.`);
    return openAsBlob(path);
  },
  async runtime() {
    const ort = await import('onnxruntime-web');
    ort.env.logLevel = 'error';
    return { ort, providers: ['wasm'] };
  },
};
