/**
 * Our own GPU device. tfjs would ask for one with few features and no handler for its loss; we ask for everything the
 * kernels may use, raise the limits to the adapter's, and hear when the device goes away.
 */
import { type Counts, countCalls } from './counters.ts';
import { Profiler } from './profiler.ts';

/** Wanted when the adapter has them; nothing depends on one being there. */
const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query', 'bgra8unorm-storage'] as const;

/** Raised from WebGPU's low defaults to what the adapter offers. */
const raisedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

export type DeviceLimits = Readonly<Record<(typeof raisedLimits)[number], number>>;

export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Runs on the CPU: SwiftShader, llvmpipe, WARP. */
  readonly isSoftware: boolean;
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly adapter: AdapterSummary;
  readonly features: readonly string[];
  readonly limits: DeviceLimits;
  readonly counts: () => Counts;
  /** Null where the adapter keeps no time. */
  readonly profiler: Profiler | null;
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|warp|basic render|software/i;

export function adapterSummary({ info }: GPUAdapter): AdapterSummary {
  const { vendor, architecture, device, description } = info;
  const isSoftware = info.isFallbackAdapter || softwareNames.test(`${architecture} ${device} ${description}`);
  return { vendor, architecture, device, description, isSoftware };
}

/** As the adapter calls itself, as far as it says. */
export const adapterName = ({ description, vendor, architecture, device }: AdapterSummary): string =>
  description || [vendor, architecture, device].filter(Boolean).join(' ');

/** The adapter to use, or null when the system offers none. */
export async function findAdapter(gpu: GPU | undefined): Promise<GPUAdapter | null> {
  return (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
}

export async function openDevice(adapter: GPUAdapter): Promise<OpenDevice> {
  const features = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const limits = Object.fromEntries(raisedLimits.map((limit) => [limit, adapter.limits[limit]])) as DeviceLimits;
  const device = await adapter.requestDevice({
    label: 'cosr',
    requiredFeatures: features as GPUFeatureName[],
    requiredLimits: limits,
  });
  const counts = countCalls(device);
  const profiler = features.includes('timestamp-query') ? new Profiler(device) : null;
  return { device, info: adapter.info, adapter: adapterSummary(adapter), features, limits, counts, profiler };
}
