/** Estimates a run's memory, and sizes that fit the budget, from a preset's manifest alone. */

import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import type { Backend } from '../../gpu/backend.ts';
import { adapterName } from '../../gpu/device.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import type { MemoryEstimate } from '../../protocol/train.ts';
import type { RunEnvironmentFacts } from '../../report/run-record.ts';
import { estimateBytes, proposeSizes, sizeFault } from '../../training/memory.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { plannedNetworks } from '../runtime/training-networks.ts';

/** A GPU takes several crops in hardly more time than one; elsewhere each takes its own. */
const largestBatch = { gpu: 8, other: 1 } as const;

export interface EstimateFor {
  /** Bytes that a run should not go beyond. */
  readonly budget: number;
  readonly onGpu: boolean;
}

/** @throws one sentence when the preset can't be trained here */
export async function estimateRun(
  source: ModelSource,
  config: TrainingConfig,
  { budget, onGpu }: EstimateFor,
): Promise<MemoryEstimate> {
  const networks = plannedNetworks(await source.manifest(), config);
  return {
    bytes: estimateBytes(networks, config),
    budget,
    proposed: proposeSizes(networks, config, budget, onGpu ? largestBatch.gpu : largestBatch.other),
    fault: sizeFault(networks, config),
  };
}

// The hardware and software of a run, in words: adapter, host, versions.

interface Device {
  readonly kind: Backend['kind'] | 'none';
  readonly adapter: Backend['adapter'];
}

/** @param host browser or Node, and the machine as far as it says */
export function environmentOf({ kind, adapter }: Device, host: string): RunEnvironmentFacts {
  return {
    backend: kind,
    adapter: adapter ? adapterName(adapter) : '',
    host,
    versions: { 'cosr-playground': version, tfjs: version_core },
  };
}
