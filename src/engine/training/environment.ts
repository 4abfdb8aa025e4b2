/** What a run is computed on, in words: adapter, host, versions. */
import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import type { Backend } from '../../gpu/backend.ts';
import { adapterName } from '../../gpu/device.ts';
import type { RunEnvironmentFacts } from '../../report/run-record.ts';

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
