/** Sources of external models, and the one way to open any of them by name. */
import { errorMessage } from '../../formats/errors.ts';
import { adapterSummary, findAdapter } from '../../gpu/device.ts';
import type { BackendRequest } from '../../protocol/upscale.ts';
import { type EsrganName, type ExternalMethod, isEsrgan } from '../../report/methods.ts';
import { type EsrganFiles, openEsrgan } from './esrgan.ts';
import type { ExternalModel } from './external-model.ts';
import { type OnnxRuntime, openOnnxModel } from './onnx-model.ts';

export interface ExternalSource {
  esrgan(name: EsrganName): Promise<EsrganFiles>;
  /** The file of `onnx:ADDRESS`. @throws one sentence when it is not there */
  onnx(address: string): Promise<Blob>;
  /** Loaded when the first ONNX model is opened: it weighs tens of megabytes. */
  runtime(): Promise<OnnxRuntime>;
}

/** @throws one sentence, with the model's name where that is a file's */
export async function openExternal(
  name: ExternalMethod,
  source: ExternalSource,
  tile: number | 'auto' = 'auto',
): Promise<ExternalModel> {
  if (isEsrgan(name)) return openEsrgan(name, await source.esrgan(name), tile);
  const address = name.slice('onnx:'.length);
  const file = await source.onnx(address);
  try {
    return await openOnnxModel(file, await source.runtime(), tile);
  } catch (error) {
    throw new Error(`${address}: ${errorMessage(error)}`);
  }
}

// External models in the browser's worker: UpscalerJS's files and onnxruntime's own are served beside the page, which
// connects nowhere else; ONNX files come from the user. Nothing of it is loaded before the first such model is opened.

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
export function browserExternal(
  base: URL,
  backend: BackendRequest,
  files: (address: string) => Promise<Blob>,
): ExternalSource {
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
