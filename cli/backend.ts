/** Backends in Node: WebGPU through Dawn (npm `webgpu`, Vulkan on Linux), tfjs's WebAssembly, or the CPU reference. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Backend, type BackendKind, openBackend } from '../src/gpu/backend.ts';

/** Where Chromium-like browsers keep SwiftShader, a software Vulkan driver that Dawn accepts. */
export const swiftshader = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

const hasDrivers = () => driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);

/** Points the Vulkan loader at SwiftShader; must precede the making of a Dawn instance. False when there is none. */
function chooseSwiftshader(): boolean {
  const software = swiftshader.find((path) => existsSync(path));
  if (!software) return false;
  process.env.VK_DRIVER_FILES = software;
  // Loaders before 1.3.207 know only the old name.
  process.env.VK_ICD_FILENAMES = software;
  return true;
}

async function startDawn(): Promise<GPU | undefined> {
  // Drivers that the user named are not overruled.
  const free = process.platform === 'linux' && !process.env.VK_DRIVER_FILES && !process.env.VK_ICD_FILENAMES;
  try {
    const { create, globals } = await import('webgpu');
    if (free && !hasDrivers()) chooseSwiftshader();
    let gpu = create([]) as GPU;
    if (free && hasDrivers() && !(await gpu.requestAdapter()) && chooseSwiftshader()) gpu = create([]) as GPU;
    // tfjs looks for both there; Node before 21 has no navigator of its own.
    Object.assign(globalThis, globals);
    const navigator = globalThis.navigator ?? { userAgent: `Node.js/${process.versions.node}` };
    Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    return gpu;
  } catch {
    return undefined;
  }
}

let dawn: Promise<GPU | undefined> | null = null;

/** Dawn's `navigator.gpu`, or undefined where it can't be loaded. One for the process: it must outlive its devices. */
export function nodeGpu(): Promise<GPU | undefined> {
  dawn ??= startDawn();
  return dawn;
}

/** Looked for only when it is asked for: a bundle for GPUs comes without it. */
const wasmFolder = () => join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/');

export async function openNodeBackend(kind: BackendKind | 'auto'): Promise<Backend> {
  const gpu = kind === 'auto' || kind === 'webgpu' ? await nodeGpu() : undefined;
  return openBackend({
    kind,
    gpu,
    get wasmPaths() {
      return wasmFolder();
    },
  });
}
