/**
 * Outside models in the browser's worker: UpscalerJS's files and onnxruntime's own are served beside the page, which
 * connects nowhere else; ONNX files come from the user. Nothing of it is loaded before the first such model is opened.
 */
import { adapterSummary, findAdapter } from '../../gpu/device.ts';
import type { BackendRequest } from '../../protocol/upscale.ts';
import type { OnnxRuntime } from './onnx-model.ts';
import type { OutsideSource } from './open.ts';

/** onnxruntime with WebGPU and, in the same module, its WebAssembly. A software adapter is slower than that. */
async function openRuntime(backend: BackendRequest): Promise<OnnxRuntime> {
  const [ort, { default: wasm }, { default: mjs }] = await Promise.all([
    import('onnxruntime-web/webgpu'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'),
  ]);
  ort.env.logLevel = 'error';
  ort.env.wasm.wasmPaths = { wasm, mjs };
  const adapter = backend === 'wasm' ? null : await findAdapter(navigator.gpu).catch(() => null);
  const onGpu = adapter !== null && (backend === 'webgpu' || !adapterSummary(adapter).isSoftware);
  return { ort, providers: onGpu ? ['webgpu', 'wasm'] : ['wasm'] };
}

/**
 * @param base the app's folder
 * @param files the user's ONNX files, by the address they are named with
 */
export function browserOutside(
  base: URL,
  backend: BackendRequest,
  files: (address: string) => Promise<Blob>,
): OutsideSource {
  const download = async (path: string): Promise<Response> => {
    const response = await fetch(new URL(`models/outside/${path}`, base));
    if (!response.ok) throw new Error(`${path} can't be loaded (${response.status}): reload the page.`);
    return response;
  };
  let runtime: Promise<OnnxRuntime> | null = null;
  return {
    esrgan: async (name) => ({
      model: await (await download(`${name}/model.json`)).json(),
      file: async (part) => (await download(`${name}/${part}`)).arrayBuffer(),
    }),
    onnx: files,
    runtime() {
      runtime ??= openRuntime(backend);
      return runtime;
    },
  };
}
